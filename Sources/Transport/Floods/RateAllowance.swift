package import GatehouseCore

/// So much per second, and a burst at once (a token bucket, counted as GCRA): what a key has used
/// up is one moment, the one at which its bucket is whole again.
package struct RateAllowance: Sendable, Equatable {
    /// Nanoseconds in which one unit comes back.
    private let interval: Int64
    /// Nanoseconds that a whole bucket is worth.
    private let capacity: Int64

    /// `count` units in `window`, evenly, of which `burst` may come at once.
    package init(_ count: Int, per window: Duration = .seconds(1), burst: Int) {
        interval = max(1, window.nanoseconds / Int64(max(count, 1)))
        let (product, overflow) = interval.multipliedReportingOverflow(by: Int64(max(burst, 1)))
        capacity = overflow ? .max / 4 : min(product, .max / 4)
    }

    /// Takes units from a key's bucket, all or none.
    package func take(_ units: Int64 = 1, from whole: inout Int64, at now: MonotonicTime) -> Bool {
        let next = max(whole, now.nanoseconds) &+ units &* interval
        guard next &- now.nanoseconds <= capacity else { return false }
        whole = next
        return true
    }

    /// Charges what was not foreseen, at most down to an empty bucket twice over, so that no debt
    /// outlives the burst by much.
    package func charge(_ units: Int64, to whole: inout Int64, at now: MonotonicTime) {
        let next = max(whole, now.nanoseconds) &+ units &* interval
        whole = min(next, now.nanoseconds &+ 2 &* capacity)
    }

    /// Gives back what was foreseen and not used.
    package func giveBack(_ units: Int64, to whole: inout Int64) {
        whole &-= units &* interval
    }
}
