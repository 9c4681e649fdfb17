import GatehouseCore

/// Whether a peer takes what it is sent fast enough: waiting uses credit up, bytes taken earn it.
///
/// The credit never exceeds the window, so that gigabytes taken quickly buy no endless stall; only
/// the time that we wait for the peer counts.
package struct DrainCredit: Sendable {
    private let bytesPerSecond: Int64
    private let window: Int64
    private var credit: Int64

    /// - Parameter window: how long a peer may take nothing at all.
    package init(bytesPerSecond: Int, window: Duration) {
        self.bytesPerSecond = Int64(max(bytesPerSecond, 1))
        self.window = window.nanoseconds
        credit = self.window
    }

    /// Counts a wait and what the peer took meanwhile.
    package mutating func note(waited: Duration, taken: Int) {
        let bytes = min(Int64(max(taken, 0)), .max / 2_000_000_000)
        let earned = bytes * 1_000_000_000 / bytesPerSecond
        credit = min(window, credit &- waited.nanoseconds &+ earned)
    }

    /// How much longer the peer may take nothing; zero or less when it was too slow.
    package var left: Duration { .nanoseconds(credit) }
}
