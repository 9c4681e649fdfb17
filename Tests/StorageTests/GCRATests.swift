import GatehouseStorage
import Testing

@Suite struct GCRATests {
    @Test func `refuses once the burst is used and says exactly when to return`() {
        let limit = GCRA(quota: 10, window: 1_000, burst: 2)
        var state = GCRA.fresh
        #expect(
            limit.decide(state, cost: 1, at: 0) == .init(isAdmitted: true, remaining: 1, wait: 100))
        _ = limit.take(&state, cost: 1, at: 0)
        #expect(
            limit.decide(state, cost: 1, at: 0) == .init(isAdmitted: true, remaining: 0, wait: 100))
        _ = limit.take(&state, cost: 1, at: 0)
        #expect(
            limit.decide(state, cost: 1, at: 0) == .init(isAdmitted: false, remaining: 0, wait: 100)
        )
        #expect(
            limit.decide(state, cost: 1, at: 99) == .init(isAdmitted: false, remaining: 0, wait: 1))
        #expect(limit.decide(state, cost: 1, at: 100).isAdmitted)
    }

    @Test func `a refused request never consumes`() {
        let limit = GCRA(quota: 1, window: 100, burst: 1)
        var state = GCRA.fresh
        _ = limit.take(&state, cost: 1, at: 0)
        for now: Int64 in 1..<100 { #expect(!limit.decide(state, cost: 1, at: now).isAdmitted) }
        #expect(limit.decide(state, cost: 1, at: 100).isAdmitted)
    }

    @Test func `an interval that is no whole number of nanoseconds is not rounded`() {
        // Three a second: the fourth fits after 333,333,333.33 nanoseconds, the seventh after one
        // second and that; rounding would drift.
        let limit = GCRA(quota: 3, window: 1_000_000_000, burst: 1)
        var state = GCRA.fresh
        var now: Int64 = 0
        for count: Int64 in 1...3_000 {
            #expect(limit.decide(state, cost: 1, at: now).isAdmitted)
            _ = limit.take(&state, cost: 1, at: now)
            let wait = limit.decide(state, cost: 1, at: now).wait
            #expect(!limit.decide(state, cost: 1, at: now + wait - 1).isAdmitted)
            now += wait
            // Coming a fraction late each time, by less than a nanosecond, starts the count anew.
            #expect(now >= count * 1_000_000_000 / 3)
            #expect(now <= count * 333_333_334)
        }
    }

    @Test func `time that runs backwards gives nothing away`() {
        let limit = GCRA(quota: 2, window: 100, burst: 2)
        var state = GCRA.fresh
        _ = limit.take(&state, cost: 1, at: 1_000)
        _ = limit.take(&state, cost: 1, at: 1_000)
        let early = limit.decide(state, cost: 1, at: 900)
        #expect(early == .init(isAdmitted: false, remaining: 0, wait: 150))
        #expect(limit.decide(state, cost: 0, at: 900) == early)
    }

    /// Against fractions with 128-bit numerators: time is counted in parts of a nanosecond, `quota`
    /// parts each, so that the interval is a whole number, `window`.
    @Test(arguments: [1, 2, 3, 7, 10, 97, 100, 1_000_000]) func `agrees with exact fractions`(
        quota: Int
    ) {
        var random = SeededGenerator(seed: UInt64(quota))
        var wrong = 0
        for round in 0..<60 {
            let window = round % 2 == 0 ? 1 + random.below(1_000) : 1 + random.below(1 << 49)
            let burst = 1 + Int(random.below(Int64(quota)))
            let limit = GCRA(quota: quota, window: window, burst: burst)
            let (scale, interval) = (Int128(quota), Int128(window))
            var state = GCRA.fresh
            var arrival: Int128 = 0
            var now = random.below(1_000)
            for _ in 0..<300 {
                now += random.below(max(2, 3 * window / Int64(quota)))
                let owed = max(arrival - Int128(now) * scale, 0)
                let fits = owed + interval <= Int128(burst) * interval
                let after = fits ? owed + interval : owed
                let left = (Int128(burst) * interval - after) / interval
                let missing = after - (Int128(burst) - left - 1) * interval
                let decision = limit.decide(state, cost: 1, at: now)
                let expected = LimitDecision(
                    isAdmitted: fits, remaining: Int(left),
                    wait: Int64((missing + scale - 1) / scale))
                let agrees =
                    decision == expected && limit.isFresh(state, at: now) == (owed == 0)
                if !agrees { wrong += 1 }
                guard fits else { continue }
                _ = limit.take(&state, cost: 1, at: now)
                arrival = Int128(now) * scale + after
            }
        }
        #expect(wrong == 0)
    }

    @Test func `never more than burst and quota in one window`() {
        var random = SeededGenerator(seed: 5)
        let limit = GCRA(quota: 20, window: 1_000, burst: 5)
        var state = GCRA.fresh
        var admitted: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<20_000 {
            now += random.below(60)
            guard limit.decide(state, cost: 1, at: now).isAdmitted else { continue }
            _ = limit.take(&state, cost: 1, at: now)
            admitted.append(now)
            #expect(admitted.suffix(26).count { $0 > now - 1_000 } <= 25)
        }
        #expect(admitted.count > 1_000)
    }
}
