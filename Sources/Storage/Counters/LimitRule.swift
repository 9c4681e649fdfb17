package import GatehouseCore

/// A limit as a store sees it. Two rules that differ in anything have counters of their own.
package struct LimitRule: Hashable, Sendable {
    package enum Algorithm: Hashable, Sendable {
        /// Exactly `quota` in any span of `window`.
        case slidingWindow
        /// An even pace, with so many at once.
        case gcra(burst: Int)
    }

    /// Names the rule among others, and in a remote store.
    package let name: String
    package let algorithm: Algorithm
    /// Requests in a window.
    package let quota: Int
    /// The window in nanoseconds.
    package let window: Int64
    /// Clients remembered at once, up to 7 % more: what bounds the memory.
    package let clientsMax: Int
    /// Most bytes that the logs of sliding windows may take, beside the table.
    package let logMax: ByteCount

    package init(
        name: String, algorithm: Algorithm, quota: Int, window: Duration,
        clientsMax: Int = 100_000, logMax: ByteCount = .mebibytes(64)
    ) {
        precondition(quota > 0 && quota <= UInt32.max && clientsMax > 0)
        self.name = name
        self.algorithm = algorithm
        self.quota = quota
        self.window = window.nanoseconds
        self.clientsMax = clientsMax
        self.logMax = logMax
    }
}
