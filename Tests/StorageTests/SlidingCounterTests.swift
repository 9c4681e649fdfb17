import GatehouseCore
import GatehouseStorage
import Testing

@Suite struct SlidingCounterTests {
    private let limit = SlidingCounter(quota: 10, window: 100)

    @Test func `refuses while the previous window weighs, to the very nanosecond`() {
        var state = SlidingCounter.fresh
        _ = limit.take(&state, cost: 10, at: 0)
        #expect(
            limit.decide(state, cost: 1, at: 1) == .init(isAdmitted: false, remaining: 0, wait: 109)
        )
        // Of ten, nine weigh from 110 on: nine hundredths and more before are rounded up to ten.
        #expect(
            limit.decide(state, cost: 1, at: 109) == .init(isAdmitted: false, remaining: 0, wait: 1)
        )
        #expect(
            limit.decide(state, cost: 1, at: 110)
                == .init(isAdmitted: true, remaining: 0, wait: 10))
        #expect(
            limit.decide(state, cost: 5, at: 110)
                == .init(isAdmitted: false, remaining: 1, wait: 40))
        #expect(limit.decide(state, cost: 5, at: 150).isAdmitted)
        #expect(!limit.isFresh(state, at: 199))
        #expect(limit.isFresh(state, at: 200))
    }

    @Test func `what can never fit is refused and told to wait for a window`() {
        #expect(
            limit.decide(SlidingCounter.fresh, cost: 11, at: 7)
                == .init(isAdmitted: false, remaining: 10, wait: 100))
    }

    @Test func `gives back to the window that took, and to none that is gone`() {
        var state = SlidingCounter.fresh
        let first = limit.take(&state, cost: 4, at: 0)
        let second = limit.take(&state, cost: 4, at: 100)
        limit.giveBack(&state, amount: 4, taken: first, at: 101)
        #expect(limit.decide(state, cost: 0, at: 101).remaining == 6)
        limit.giveBack(&state, amount: 4, taken: second, at: 102)
        #expect(limit.isFresh(state, at: 102))
        _ = limit.take(&state, cost: 10, at: 500)
        limit.giveBack(&state, amount: 4, taken: first, at: 501)
        #expect(!limit.decide(state, cost: 1, at: 501).isAdmitted)
    }

    @Test func `a debt is at most one quota, and over after two windows`() {
        var state = SlidingCounter.fresh
        limit.charge(&state, amount: .max, at: 0)
        #expect(limit.decide(state, cost: 1, at: 0).wait == 155)
        #expect(!limit.decide(state, cost: 1, at: 154).isAdmitted)
        #expect(limit.decide(state, cost: 1, at: 155).isAdmitted)
        #expect(limit.isFresh(state, at: 200))
    }

    @Test func `the largest numbers don't overflow`() {
        let most = LimitRule.quotaMax
        let limit = SlidingCounter(quota: most, window: LimitRule.windowMax.nanoseconds)
        var state = SlidingCounter.fresh
        limit.charge(&state, amount: .max, at: 0)
        let end = LimitRule.windowMax.nanoseconds
        let decision = limit.decide(state, cost: UInt32(most), at: end)
        #expect(decision == .init(isAdmitted: false, remaining: 0, wait: end))
    }
}
