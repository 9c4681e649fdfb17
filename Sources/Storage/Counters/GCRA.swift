/// The generic cell rate algorithm: requests at an even pace, `burst` of them at once.
///
/// Sixteen bytes a client. Exact: the pace is a fraction of a nanosecond, never rounded. In any
/// span of one window at most `burst + quota` requests pass: a burst, and what the pace adds.
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

        static func <= (left: Exact, right: Exact) -> Bool {
            left.nanoseconds != right.nanoseconds
                ? left.nanoseconds < right.nanoseconds : left.parts <= right.parts
        }
    }

    private let quota: UInt64
    private let window: UInt64
    /// Between two requests at an even pace: window / quota.
    private let interval: Exact
    /// Most that a client may owe and still be admitted: burst - 1 intervals.
    private let tolerance: Exact
    /// Most that a client can owe: burst intervals.
    private let capacity: Exact

    /// `quota` requests in `window` nanoseconds, `burst` at once.
    package init(quota: Int, window: Int64, burst: Int) {
        precondition(quota > 0 && quota <= UInt32.max && window > 0)
        precondition(burst > 0 && burst <= quota)
        self.quota = UInt64(quota)
        self.window = UInt64(window)
        interval = Self.intervals(1, quota: self.quota, window: self.window)
        tolerance = Self.intervals(UInt64(burst - 1), quota: self.quota, window: self.window)
        capacity = Self.intervals(UInt64(burst), quota: self.quota, window: self.window)
    }

    private static func intervals(_ count: UInt64, quota: UInt64, window: UInt64) -> Exact {
        let product = count.multipliedFullWidth(by: window)
        let (nanoseconds, parts) = quota.dividingFullWidth((product.high, product.low))
        return Exact(nanoseconds: nanoseconds, parts: parts)
    }

    package static var fresh: State { State(arrival: .min, fraction: 0) }

    package func decide(_ state: inout State, at now: Int64) -> LimitDecision {
        let owed = owed(state, at: now)
        guard owed <= tolerance else {
            return LimitDecision(
                isAdmitted: false, remaining: 0, wait: roundedUp(minus(owed, tolerance)))
        }
        return describe(plus(owed, interval))
    }

    package func take(_ state: inout State, at now: Int64) {
        let owed = plus(owed(state, at: now), interval)
        state.arrival = now &+ Int64(owed.nanoseconds)
        state.fraction = UInt32(owed.parts)
    }

    package func report(_ state: inout State, at now: Int64) -> LimitDecision {
        let owed = owed(state, at: now)
        return owed <= capacity ? describe(owed) : decide(&state, at: now)
    }

    package func isFresh(_ state: borrowing State, at now: Int64) -> Bool {
        if state.arrival == now { return state.fraction == 0 }
        return state.arrival < now
    }

    package func weight(_ state: borrowing State, at now: Int64) -> UInt64 {
        state.arrival > now ? UInt64(state.arrival &- now) : 0
    }

    package func refusal(_ state: borrowing State, at now: Int64) -> LimitDecision {
        LimitDecision(isAdmitted: false, remaining: 0, wait: roundedUp(interval))
    }

    private func owed(_ state: borrowing State, at now: Int64) -> Exact {
        guard state.arrival >= now else { return Exact(nanoseconds: 0, parts: 0) }
        return Exact(
            nanoseconds: UInt64(bitPattern: state.arrival &- now), parts: UInt64(state.fraction))
    }

    /// What a client that owes `owed`, at most `capacity`, has left.
    private func describe(_ owed: Exact) -> LimitDecision {
        let spare = minus(capacity, owed)
        // In parts, spare / window is how many requests fit; the quotient is at most `burst`.
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
