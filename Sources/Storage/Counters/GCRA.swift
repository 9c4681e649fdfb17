/// The generic cell rate algorithm: an even pace, `burst` at once.
///
/// Sixteen bytes a client. Exact: the pace is a fraction of a nanosecond, never rounded. In any
/// span of one window at most `burst + quota` pass: a burst, and what the pace adds.
///
/// Give-backs follow the queue that the algorithm stands for: what was taken leaves it at its
/// arrival time, and gives back the part of itself that is still in it. Nobody can wait out a burst
/// and then have it again by giving it back.
package struct GCRA: LimitAlgorithm {
    /// The theoretical arrival time: when the client has paid for all it had. A moment in
    /// nanoseconds and `fraction / quota` of one.
    package struct State: Equatable, Sendable {
        var arrival: Int64
        var fraction: UInt32
    }

    /// Time as nanoseconds and parts of one nanosecond, `quota` parts each.
    private struct Exact {
        var nanoseconds: UInt64
        var parts: UInt64

        static let zero = Exact(nanoseconds: 0, parts: 0)

        static func <= (left: Exact, right: Exact) -> Bool {
            left.nanoseconds != right.nanoseconds
                ? left.nanoseconds < right.nanoseconds : left.parts <= right.parts
        }
    }

    private let quota: UInt64
    private let window: UInt64
    private let burst: UInt64
    /// Between two units at an even pace: window / quota.
    private let interval: Exact
    /// Most that a client can owe and still be admitted with one more: burst - 1 intervals.
    private let tolerance: Exact
    /// Most that a client can owe without being in debt: burst intervals.
    private let capacity: Exact

    /// `quota` units in `window` nanoseconds, `burst` at once.
    package init(quota: Int, window: Int64, burst: Int) {
        precondition(quota > 0 && quota <= LimitRule.quotaMax && window > 0)
        precondition(burst > 0 && burst <= quota)
        self.quota = UInt64(quota)
        self.window = UInt64(window)
        self.burst = UInt64(burst)
        let (whole, parts) = self.window.quotientAndRemainder(dividingBy: self.quota)
        interval = Exact(nanoseconds: whole, parts: parts)
        tolerance = Self.times(UInt64(burst - 1), interval, self.quota)
        capacity = Self.times(UInt64(burst), interval, self.quota)
    }

    package static var fresh: State { State(arrival: .min, fraction: 0) }

    package func decide(
        _ state: State, cost: UInt32, at now: Int64
    ) -> LimitDecision {
        let owed = owed(state, at: now)
        let asked = UInt64(max(cost, 1))
        guard asked <= burst else {
            return LimitDecision(
                isAdmitted: false, remaining: describe(owed).remaining, wait: Int64(window))
        }
        let most = asked == 1 ? tolerance : minus(capacity, times(asked))
        guard owed <= most else {
            return LimitDecision(
                isAdmitted: false, remaining: asked == 1 ? 0 : describe(owed).remaining,
                wait: roundedUp(minus(owed, most)))
        }
        return describe(cost == 0 ? owed : plus(owed, times(asked)))
    }

    package func take(_ state: inout State, cost: UInt32, at now: Int64) -> Int64 {
        set(&state, to: plus(owed(state, at: now), times(UInt64(cost))), at: now)
        return state.arrival &+ (state.fraction > 0 ? 1 : 0)
    }

    package func charge(_ state: inout State, amount: UInt32, at now: Int64) {
        let owed = owed(state, at: now)
        let most = plus(capacity, Exact(nanoseconds: window, parts: 0))
        // A clock that jumped back may make it owe more than any debt.
        guard owed <= most else { return }
        let charged = plus(owed, times(min(UInt64(amount), 2 * quota)))
        set(&state, to: charged <= most ? charged : most, at: now)
    }

    package func giveBack(
        _ state: inout State, amount: UInt32, taken moment: Int64, at now: Int64
    ) {
        guard moment > now else { return }
        let owed = owed(state, at: now)
        let queued = Exact(nanoseconds: UInt64(bitPattern: moment &- now), parts: 0)
        let given = times(UInt64(amount))
        let back = given <= queued ? given : queued
        if owed <= back {
            state = Self.fresh
        } else {
            set(&state, to: minus(owed, back), at: now)
        }
    }

    package func isFresh(_ state: State, at now: Int64) -> Bool {
        if state.arrival == now { return state.fraction == 0 }
        return state.arrival < now
    }

    package func weight(_ state: State, at now: Int64) -> UInt64 {
        state.arrival > now ? UInt64(state.arrival &- now) : 0
    }
}

// MARK: Arithmetic

extension GCRA {
    private func owed(_ state: State, at now: Int64) -> Exact {
        guard state.arrival >= now else { return .zero }
        return Exact(
            nanoseconds: UInt64(bitPattern: state.arrival &- now), parts: UInt64(state.fraction))
    }

    private func set(_ state: inout State, to owed: Exact, at now: Int64) {
        state.arrival = now &+ Int64(bitPattern: owed.nanoseconds)
        state.fraction = UInt32(owed.parts)
    }

    /// What a client that owes `owed` has left.
    private func describe(_ owed: Exact) -> LimitDecision {
        guard owed <= capacity else {
            return LimitDecision(
                isAdmitted: false, remaining: 0, wait: roundedUp(minus(owed, tolerance)))
        }
        let spare = minus(capacity, owed)
        // In parts, spare / window is how many units fit; the quotient is at most `burst`.
        var (high, low) = spare.nanoseconds.multipliedFullWidth(by: quota)
        let (sum, carried) = low.addingReportingOverflow(spare.parts)
        low = sum
        if carried { high &+= 1 }
        let (remaining, rest) = window.dividingFullWidth((high, low))
        if owed.nanoseconds | owed.parts == 0 {
            return LimitDecision(isAdmitted: true, remaining: Int(remaining), wait: 0)
        }
        let wait = (window &- rest &+ quota &- 1) / quota
        return LimitDecision(isAdmitted: true, remaining: Int(remaining), wait: Int64(wait))
    }

    private func times(_ count: UInt64) -> Exact {
        count == 1 ? interval : Self.times(count, interval, quota)
    }

    /// `count` is at most twice the quota, which is below 2³¹: parts stay below 2⁶³.
    private static func times(_ count: UInt64, _ interval: Exact, _ quota: UInt64) -> Exact {
        let (carried, parts) = (count &* interval.parts).quotientAndRemainder(dividingBy: quota)
        return Exact(nanoseconds: count &* interval.nanoseconds &+ carried, parts: parts)
    }

    private func plus(_ left: Exact, _ right: Exact) -> Exact {
        let parts = left.parts &+ right.parts
        let nanoseconds = left.nanoseconds &+ right.nanoseconds
        guard parts >= quota else { return Exact(nanoseconds: nanoseconds, parts: parts) }
        return Exact(nanoseconds: nanoseconds &+ 1, parts: parts &- quota)
    }

    /// `left` is not smaller.
    private func minus(_ left: Exact, _ right: Exact) -> Exact {
        let nanoseconds = left.nanoseconds &- right.nanoseconds
        guard left.parts < right.parts else {
            return Exact(nanoseconds: nanoseconds, parts: left.parts &- right.parts)
        }
        return Exact(nanoseconds: nanoseconds &- 1, parts: left.parts &+ quota &- right.parts)
    }

    private func roundedUp(_ time: Exact) -> Int64 {
        Int64(clamping: time.nanoseconds &+ (time.parts > 0 ? 1 : 0))
    }
}
