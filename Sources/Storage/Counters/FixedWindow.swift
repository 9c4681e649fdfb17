/// A window that opens with the client's first request, and `quota` in it.
///
/// In any span of one window at most `2 · quota - 1` pass: what was left at the end of one, and the
/// next one whole.
package struct FixedWindow: LimitAlgorithm {
    package struct State: Equatable, Sendable {
        /// When the window opened.
        var start: Int64
        /// What was taken in it; 0 closes it.
        var count: UInt32
    }

    private let quota: UInt32
    private let window: Int64

    /// `quota` units in `window` nanoseconds.
    package init(quota: Int, window: Int64) {
        precondition(quota > 0 && quota <= LimitRule.quotaMax && window > 0)
        self.quota = UInt32(quota)
        self.window = window
    }

    package static var fresh: State { State(start: 0, count: 0) }

    package func decide(
        _ state: State, cost: UInt32, at now: Int64
    ) -> LimitDecision {
        let state = current(state, at: now)
        let left = quota > state.count ? quota &- state.count : 0
        let isAdmitted = max(cost, 1) <= left
        let wait =
            if cost > quota { window } else if state.count | cost == 0 {
                Int64(0)
            } else { state.start &+ window &- now }
        return LimitDecision(
            isAdmitted: isAdmitted, remaining: Int(isAdmitted ? left &- cost : left), wait: wait)
    }

    package func take(_ state: inout State, cost: UInt32, at now: Int64) -> Int64 {
        state = current(state, at: now)
        state.count &+= cost
        return max(now, state.start)
    }

    package func charge(_ state: inout State, amount: UInt32, at now: Int64) {
        state = current(state, at: now)
        state.count &+= min(amount, 2 &* quota &- state.count)
    }

    package func giveBack(
        _ state: inout State, amount: UInt32, taken moment: Int64, at now: Int64
    ) {
        guard moment >= state.start else { return }
        state.count &-= min(amount, state.count)
    }

    package func isFresh(_ state: State, at now: Int64) -> Bool {
        state.count == 0 || now &- window >= state.start
    }

    package func weight(_ state: State, at now: Int64) -> UInt64 {
        isFresh(state, at: now) ? 0 : UInt64(state.count)
    }

    /// The window that is open, or one that opens now.
    private func current(_ state: State, at now: Int64) -> State {
        isFresh(state, at: now) ? State(start: now, count: 0) : state
    }
}
