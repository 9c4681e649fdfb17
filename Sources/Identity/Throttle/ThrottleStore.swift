package import GatehouseCore
package import GatehouseStorage

/// A counter of failures, and how many of them are free.
package struct ThrottleKey: Sendable {
    package let key: CounterKey
    package let free: Int

    package init(_ key: CounterKey, free: Int) {
        self.key = key
        self.free = free
    }
}

/// Keeps the counters of `SignInThrottle`: each of its calls happens at once or not at all.
///
/// All forms decide alike, to the microsecond. The time is the caller's, unless a store that many
/// gates share has a clock of its own.
package protocol ThrottleStore: Sendable {
    /// How long the counter lasts that refuses for longest; nil when none does.
    func wait(
        _ keys: [ThrottleKey], now: MonotonicTime
    ) throws(ThrottleUnavailable) -> Duration?
    /// Counts a failure on each.
    func count(_ keys: [ThrottleKey], now: MonotonicTime) throws(ThrottleUnavailable)
    /// Forgets what a counter counted.
    func forget(_ key: ThrottleKey) throws(ThrottleUnavailable)
}

/// Why a store did not answer.
package struct ThrottleUnavailable: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// One counter as a value: failures that fade by half every ten minutes, and since when which tries
/// are refused. Times are microseconds, which doubles hold exactly: a store in another language
/// computes the same.
struct ThrottleCounter: Equatable, Sendable {
    /// Failures at `updated`.
    var failures: Double
    var updated: Int64
    /// No try before this moment.
    var blocked: Int64

    static let halfLife: Double = 600e6
    static let waitMax: Double = 900e6
    /// Fewer failures are none.
    static let least = 0.01
    static let doublingsMax: Double = 20

    /// Nothing was counted.
    init(now: Int64) {
        failures = 0
        updated = now
        blocked = 0
    }

    func faded(_ now: Int64) -> Double {
        var value = failures
        var halvings = Double(max(0, now - updated)) / Self.halfLife
        while halvings >= 1, value > Self.least {
            value /= 2
            halvings -= 1
        }
        return value <= Self.least ? 0 : value * (1 - halvings / 2)
    }

    mutating func count(free: Int, now: Int64) {
        failures = faded(now) + 1
        updated = now
        let over = failures - Double(free)
        guard over >= 0 else { return }
        // 1, 2, 4 … seconds, at most 15 minutes.
        let doublings = Int(min(over, Self.doublingsMax))
        blocked = now + Int64(min(1e6 * Double(1 << doublings), Self.waitMax))
    }

    /// How long it refuses: never longer than the longest wait, whatever its clock does.
    func wait(_ now: Int64) -> Int64 { min(blocked - now, Int64(Self.waitMax)) }
}
