package import GatehouseCore

/// A limit as a store sees it. Two rules that differ in anything have counters of their own.
package struct LimitRule: Hashable, Sendable {
    package enum Algorithm: Hashable, Sendable {
        /// Exactly `quota` in any span of `window`.
        case slidingWindow
        /// Two counters, the previous one weighted by the share of it that the window still covers.
        case slidingCounter
        /// An even pace, with so many at once.
        case gcra(burst: Int)
        /// `quota` in a window that opens with the client's first request.
        case fixedWindow
    }

    /// Twice as many fit into 32 bits: a quota, and a debt of another.
    package static let quotaMax = Int(UInt32.max / 2)
    /// 104 days.
    package static let windowMax = Duration.nanoseconds(1 << 53)

    /// Names the rule among others, and in a remote store.
    package let name: String
    package let algorithm: Algorithm
    /// What may be taken in a window.
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
        precondition(quota > 0 && quota <= Self.quotaMax && clientsMax > 0)
        precondition(window > .zero && window <= Self.windowMax)
        self.name = name
        self.algorithm = algorithm
        self.quota = quota
        self.window = window.nanoseconds
        self.clientsMax = clientsMax
        self.logMax = logMax
    }

    /// Most that one request may cost; what costs more never fits.
    package var costMax: Int {
        if case .gcra(let burst) = algorithm { burst } else { quota }
    }
}
