/// The sliding window by two counters: of the previous one counts the share that the window still
/// covers. The first window opens with the client's first request.
///
/// The estimate is rounded up to a whole unit. It is what the exact count would be if the previous
/// window's requests had come evenly; when they came late in it, it is too small. What holds
/// whatever comes: in each of its windows at most `quota`, thus over any time no more than `quota`
/// a window and one quota more; in any span of one window at most `2 · quota - 2` (of a quota of 1,
/// that one). Give-backs may add one on either side.
package struct SlidingCounter: LimitAlgorithm {
    package struct State: Equatable, Sendable {
        /// When the current window opened.
        var start: Int64
        var current: UInt32
        var previous: UInt32
    }

    private let quota: UInt32
    private let window: Int64

    /// `quota` units in `window` nanoseconds.
    package init(quota: Int, window: Int64) {
        precondition(quota > 0 && quota <= LimitRule.quotaMax && window > 0)
        self.quota = UInt32(quota)
        self.window = window
    }

    package static var fresh: State { State(start: 0, current: 0, previous: 0) }

    package func decide(
        _ state: State, cost: UInt32, at now: Int64
    ) -> LimitDecision {
        var state = view(state, at: now)
        let used = UInt64(state.current) &+ weighted(state, at: now)
        let left = UInt64(quota) > used ? UInt32(truncatingIfNeeded: UInt64(quota) &- used) : 0
        let asked = max(cost, 1)
        guard asked <= left else {
            let wait = asked <= quota ? wait(state, for: asked, at: now) : window
            return LimitDecision(isAdmitted: false, remaining: Int(left), wait: wait)
        }
        state.current &+= cost
        let remaining = left &- cost
        // One more than is left; the whole quota can't grow.
        let wait = remaining == quota ? 0 : wait(state, for: remaining &+ 1, at: now)
        return LimitDecision(isAdmitted: true, remaining: Int(remaining), wait: wait)
    }

    package func take(_ state: inout State, cost: UInt32, at now: Int64) -> Int64 {
        state = view(state, at: now)
        state.current &+= cost
        return max(now, state.start)
    }

    package func charge(_ state: inout State, amount: UInt32, at now: Int64) {
        let view = view(state, at: now)
        let amount = min(amount, 2 &* quota &- view.current)
        guard amount > 0 else { return }
        state = view
        state.current &+= amount
    }

    package func giveBack(
        _ state: inout State, amount: UInt32, taken moment: Int64, at now: Int64
    ) {
        if moment >= state.start {
            state.current &-= min(amount, state.current)
        } else if moment >= state.start &- window {
            state.previous &-= min(amount, state.previous)
        }
    }

    package func isFresh(_ state: State, at now: Int64) -> Bool {
        let age = now &- state.start
        return age >= window && (state.current == 0 || age &- window >= window)
            || state.current | state.previous == 0
    }

    package func weight(_ state: State, at now: Int64) -> UInt64 {
        let state = view(state, at: now)
        return UInt64(state.current) &+ weighted(state, at: now)
    }

    /// The windows as they are now; of a client that is as good as new, one that opens now.
    private func view(_ state: State, at now: Int64) -> State {
        if isFresh(state, at: now) { return State(start: now, current: 0, previous: 0) }
        guard now &- state.start >= window else { return state }
        return State(start: state.start &+ window, current: 0, previous: state.current)
    }

    /// previous · (window - elapsed) / window, rounded up.
    private func weighted(_ state: State, at now: Int64) -> UInt64 {
        guard state.previous > 0 else { return 0 }
        let covered = UInt64(bitPattern: window &- max(now &- state.start, 0))
        let length = UInt64(bitPattern: window)
        // The quotient is at most `previous`.
        let product = UInt64(state.previous).multipliedFullWidth(by: covered)
        let (quotient, rest) = length.dividingFullWidth((product.high, product.low))
        return quotient &+ (rest > 0 ? 1 : 0)
    }

    /// Until `asked`, at most the quota, fits and did not before.
    private func wait(_ state: State, for asked: UInt32, at now: Int64) -> Int64 {
        let room = quota &- asked
        if state.current <= room {
            return state.start &+ shrunk(state.previous, to: room &- state.current) &- now
        }
        return state.start &+ window &+ shrunk(state.current, to: room) &- now
    }

    /// How far into a window a previous one of `count` has shrunk to `room`.
    private func shrunk(_ count: UInt32, to room: UInt32) -> Int64 {
        guard count > room else { return 0 }
        // The quotient is below `window`.
        let product = UInt64(room).multipliedFullWidth(by: UInt64(bitPattern: window))
        let (quotient, _) = UInt64(count).dividingFullWidth((product.high, product.low))
        return window &- Int64(truncatingIfNeeded: quotient)
    }
}
