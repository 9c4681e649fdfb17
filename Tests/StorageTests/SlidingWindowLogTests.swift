import GatehouseStorage
import Testing

@Suite struct SlidingWindowLogTests {
    @Test func `refuses beyond the quota until the very nanosecond that the oldest stops counting`()
    {
        let log = SlidingWindowLog(quota: 2, window: 100)
        var state = SlidingWindowLog.fresh
        for now: Int64 in [0, 10] {
            #expect(log.decide(state, cost: 1, at: now).isAdmitted)
            _ = log.take(&state, cost: 1, at: now)
        }
        #expect(
            log.decide(state, cost: 1, at: 10) == .init(isAdmitted: false, remaining: 0, wait: 90))
        #expect(
            log.decide(state, cost: 1, at: 99) == .init(isAdmitted: false, remaining: 0, wait: 1))
        #expect(
            log.decide(state, cost: 1, at: 100) == .init(isAdmitted: true, remaining: 0, wait: 10))
        _ = log.take(&state, cost: 1, at: 100)
        #expect(log.decide(state, cost: 1, at: 109).wait == 1)
        #expect(log.decide(state, cost: 1, at: 110).isAdmitted)
    }

    @Test func `a refused request never consumes`() {
        let log = SlidingWindowLog(quota: 1, window: 100)
        var state = SlidingWindowLog.fresh
        _ = log.take(&state, cost: 1, at: 0)
        for now: Int64 in 1..<100 { #expect(!log.decide(state, cost: 1, at: now).isAdmitted) }
        #expect(log.decide(state, cost: 1, at: 100).isAdmitted)
    }

    @Test func `time that runs backwards gives nothing away`() {
        let log = SlidingWindowLog(quota: 2, window: 100)
        var state = SlidingWindowLog.fresh
        _ = log.take(&state, cost: 1, at: 50)
        _ = log.take(&state, cost: 1, at: 40)
        // The second counts from 50 too: to the log, time does not run backwards.
        #expect(
            log.decide(state, cost: 1, at: 40) == .init(isAdmitted: false, remaining: 0, wait: 110))
        #expect(!log.decide(state, cost: 1, at: 149).isAdmitted)
        #expect(
            log.decide(state, cost: 1, at: 150) == .init(isAdmitted: true, remaining: 1, wait: 100))
    }

    /// Against the plainest model: a list of what was admitted.
    @Test(arguments: [1, 2, 3, 5, 8, 9, 17, 100]) func `agrees with a list of times`(quota: Int) {
        var random = SeededGenerator(seed: UInt64(quota))
        var wrong = 0
        for _ in 0..<20 {
            let window = 1 + random.below(1_000)
            let log = SlidingWindowLog(quota: quota, window: window)
            var state = SlidingWindowLog.fresh
            var admitted: [Int64] = []
            var now = random.below(1_000)
            for _ in 0..<1_000 {
                now += random.below(max(2, 3 * window / Int64(quota)))
                let live = admitted.filter { $0 > now - window }
                let decision = log.decide(state, cost: 1, at: now)
                let expected = LimitDecision(
                    isAdmitted: live.count < quota, remaining: max(0, quota - live.count - 1),
                    wait: (live.first ?? now) + window - now)
                let agrees =
                    decision == expected
                    && log.decide(state, cost: 0, at: now).remaining == quota - live.count
                    && log.isFresh(state, at: now) == live.isEmpty
                    && log.heapBytes(state) <= 32 + 8 * quota
                if !agrees { wrong += 1 }
                guard decision.isAdmitted else { continue }
                _ = log.take(&state, cost: 1, at: now)
                admitted = live + [now]
            }
        }
        #expect(wrong == 0)
    }
}
