import GatehouseStorage
import Testing

@Suite struct FixedWindowTests {
    private let limit = FixedWindow(quota: 3, window: 100)

    @Test func `refuses beyond the quota until the very nanosecond that the window ends`() {
        var state = FixedWindow.fresh
        #expect(
            limit.decide(state, cost: 2, at: 50) == .init(isAdmitted: true, remaining: 1, wait: 100)
        )
        _ = limit.take(&state, cost: 2, at: 50)
        #expect(
            limit.decide(state, cost: 2, at: 60) == .init(isAdmitted: false, remaining: 1, wait: 90)
        )
        #expect(
            limit.decide(state, cost: 1, at: 149) == .init(isAdmitted: true, remaining: 0, wait: 1))
        _ = limit.take(&state, cost: 1, at: 149)
        #expect(
            limit.decide(state, cost: 0, at: 149) == .init(isAdmitted: false, remaining: 0, wait: 1)
        )
        #expect(
            limit.decide(state, cost: 3, at: 150)
                == .init(isAdmitted: true, remaining: 0, wait: 100))
    }

    @Test func `what can never fit is refused and told to wait for a window`() {
        #expect(
            limit.decide(FixedWindow.fresh, cost: 4, at: 7)
                == .init(isAdmitted: false, remaining: 3, wait: 100))
        #expect(
            limit.decide(FixedWindow.fresh, cost: 0, at: 7)
                == .init(isAdmitted: true, remaining: 3, wait: 0))
    }

    @Test func `a debt ends with its window, and is at most one quota`() {
        var state = FixedWindow.fresh
        limit.charge(&state, amount: .max, at: 0)
        for _ in 0..<3 { limit.giveBack(&state, amount: 1, taken: 0, at: 0) }
        #expect(
            limit.decide(state, cost: 1, at: 99) == .init(isAdmitted: false, remaining: 0, wait: 1))
        limit.giveBack(&state, amount: 1, taken: 0, at: 0)
        #expect(limit.decide(state, cost: 1, at: 99).isAdmitted)
        limit.charge(&state, amount: .max, at: 99)
        #expect(limit.isFresh(state, at: 100))
    }

    @Test func `what an earlier window took is not given back to this one`() {
        var state = FixedWindow.fresh
        let moment = limit.take(&state, cost: 1, at: 0)
        _ = limit.take(&state, cost: 3, at: 100)
        limit.giveBack(&state, amount: 1, taken: moment, at: 110)
        #expect(!limit.decide(state, cost: 1, at: 110).isAdmitted)
    }

    @Test func `time that runs backwards gives nothing away`() {
        var state = FixedWindow.fresh
        _ = limit.take(&state, cost: 3, at: 1_000)
        #expect(
            limit.decide(state, cost: 1, at: 900)
                == .init(isAdmitted: false, remaining: 0, wait: 200))
    }
}
