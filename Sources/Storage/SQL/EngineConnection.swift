/// What a transaction may do.
enum TransactionMode: Sendable {
    case read
    case write
    /// No other program's change of the schema overlaps.
    case schema
}

/// A connection as its engine makes it, with transactions by hand. Used by one thread at a time.
protocol EngineConnection: SQLConnection {
    /// Ends waiting and running statements from other threads.
    var interruption: Interruption { get }
    /// Whether the connection can still be used.
    var isUsable: Bool { get }
    /// What the first statement that failed since `begin` failed with: the transaction can't be
    /// committed any more, whatever was done about the error.
    var failure: DatabaseError? { get }
    /// Begins a transaction. After an error there is none.
    func begin(_ mode: TransactionMode) throws(DatabaseError)
    /// Commits. After an error there is no transaction either.
    func commit() throws(DatabaseError)
    /// Ends a transaction, if there is one, without a trace.
    func rollback()
    /// Ends the connection.
    func close()
}

extension EngineConnection {
    /// Runs `body` in a transaction once.
    /// - Throws: what `body` threw; `DatabaseError.conflict` if a conflict was behind it.
    func attempt<Value>(
        _ mode: TransactionMode, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try begin(mode)
        let value: Value
        do { value = try body(self) } catch { throw outcome(of: error) }
        try finish()
        return value
    }

    /// Ends a transaction whose body threw; the error to report. A conflict stays one, whatever
    /// the body made of it: it is what decides about another try.
    func outcome(of error: any Error) -> any Error {
        let cause = failure
        rollback()
        return cause == .conflict ? DatabaseError.conflict : error
    }

    /// Commits, unless a statement failed: an engine would answer "rolled back", or commit a half.
    func finish() throws(DatabaseError) {
        if let failure {
            rollback()
            throw failure
        }
        try commit()
    }
}

/// How often, and after which pause, a transaction that met another is tried again.
struct ConflictRetry: Sendable {
    private static let attemptsMax = 30
    private var attempt = 0

    /// The pause before the next try in milliseconds, grown and scattered, so that those who met
    /// do not meet again.
    /// - Throws: `unavailable` when it was tried often enough.
    mutating func pause() throws(DatabaseError) -> Duration {
        attempt += 1
        guard attempt < Self.attemptsMax else { throw .unavailable("too much at once") }
        return .microseconds(Int.random(in: 500...(2_000 * attempt)))
    }
}
