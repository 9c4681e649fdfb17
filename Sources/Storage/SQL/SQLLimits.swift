/// What bounds a database's use: every wait, queue and answer.
public struct SQLLimits: Sendable {
    /// Most connections, each with a thread of its own. 8.
    public var connectionsMax = 8
    /// Most calls that wait for a connection; more are refused at once. 1,024.
    public var waitingMax = 1_024
    /// How long a call waits for a connection. 5 s.
    public var waitMax = Duration.seconds(5)
    /// How long connecting may take. 3 s.
    public var connectMax = Duration.seconds(3)
    /// How long one statement may take. 10 s.
    public var statementMax = Duration.seconds(10)
    /// How long a statement waits for a lock that another transaction holds. 5 s.
    public var lockMax = Duration.seconds(5)
    /// How long a transaction may stay open, whatever its body waits for. 30 s.
    public var transactionMax = Duration.seconds(30)
    /// Most rows of one answer. 100,000.
    public var rowsMax = 100_000
    /// Most bytes of one answer. 64 MiB.
    public var answerBytesMax = 64 << 20

    /// The defaults.
    public init() {}
}
