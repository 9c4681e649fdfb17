import GatehouseCore
import GatehouseStorage
import TestSupport
import Testing

/// What each algorithm promises, whatever a client does: the most that passes in a span of one
/// window.
@Suite struct CounterPromiseTests {
    private static let quota = 20
    private static let window: Int64 = 1_000

    private struct Passed {
        var time: Int64
        var amount: Int
    }

    static let rules: [LimitRule] = [
        .slidingWindow, .slidingCounter, .gcra(burst: 5), .gcra(burst: 20), .fixedWindow,
    ].map {
        LimitRule(name: "promise", algorithm: $0, quota: quota, window: .nanoseconds(window))
    }

    private static func promise(_ rule: LimitRule) -> Int {
        switch rule.algorithm {
        case .slidingWindow: quota
        case .slidingCounter: 2 * quota - 2
        case .fixedWindow: 2 * quota - 1
        case .gcra(let burst): burst + quota
        }
    }

    /// The most in any span of one window; each worst span begins with a request.
    private static func most(_ passed: [Passed]) -> Int {
        var (most, sum, end) = (0, 0, 0)
        for start in passed.indices {
            while end < passed.count, passed[end].time < passed[start].time + window {
                sum += passed[end].amount
                end += 1
            }
            most = max(most, sum)
            sum -= passed[start].amount
        }
        return most
    }

    /// A client that comes when it is let in, in bursts, at the edges of windows and at random.
    @Test(arguments: rules) func `never more passes in any span of one window`(rule: LimitRule) {
        var worst = 0
        var decisions = 0
        for seed in 1...15 as ClosedRange<UInt64> {
            var random = CounterRandom(seed: seed)
            let store = MemoryCounterStore([rule])
            var passed: [Passed] = []
            var now = second
            for _ in 0..<3_000 {
                var batch = LimitBatch()
                let cost = random.below(3) == 0 ? UInt32(1 + random.below(5)) : 1
                batch.append(rule: 0, key: counterKey(1), cost: cost)
                store.decide(&batch, at: MonotonicTime(nanoseconds: now))
                decisions += 1
                if batch.isAdmitted { passed.append(Passed(time: now, amount: Int(cost))) }
                switch random.below(seed % 2 == 0 ? 8 : 40) {
                case 0: now += batch[0].decision.wait + random.below(2)
                case 1: now += random.below(2 * Self.window)
                case 2: now += Self.window - random.below(3)
                case 3: now += random.below(Self.window / Int64(Self.quota))
                default: break
                }
            }
            worst = max(worst, Self.most(passed))
        }
        print(rule.algorithm, "most in one window:", worst, "of", decisions, "decisions")
        #expect(worst <= Self.promise(rule))
        #expect(worst >= Self.quota)
    }

    /// The promise is not larger than it need be.
    @Test(arguments: [(LimitRule.Algorithm.slidingCounter, 4), (.fixedWindow, 5)])
    func `bursts on either side of a window's end reach what is promised`(
        algorithm: LimitRule.Algorithm, most: Int
    ) {
        let rule = LimitRule(
            name: "edge", algorithm: algorithm, quota: 3, window: .nanoseconds(Self.window))
        let store = MemoryCounterStore([rule])
        var passed: [Passed] = []
        for now in stride(from: second, to: second + 3 * Self.window, by: 1) {
            let isEarly = now > second && now < second + Self.window - 1
            while !isEarly, store.ask(1, at: now).isAdmitted {
                passed.append(Passed(time: now, amount: 1))
                if now == second { break }
            }
        }
        #expect(Self.most(passed) == most)
    }

    /// In the long run, no more than the pace and what the algorithm lets pass at once.
    @Test(arguments: rules) func `over a long time no more passes than the quota for each window`(
        rule: LimitRule
    ) {
        let store = MemoryCounterStore([rule])
        let windows = 50
        var passed = 0
        for now in stride(from: second, to: second + Int64(windows) * Self.window, by: 7) {
            while store.ask(1, at: now).isAdmitted { passed += 1 }
        }
        #expect(passed <= (windows + 1) * Self.quota)
        #expect(passed >= windows / 2 * Self.quota)
    }

    @Test func `a burst that was waited out can't be had again by giving it back`() {
        let rule = LimitRule(
            name: "burst", algorithm: .gcra(burst: 10), quota: 10, window: .nanoseconds(1_000))
        let store = MemoryCounterStore([rule])
        func take(at now: Int64) -> LimitBatch.Item {
            var batch = LimitBatch()
            batch.append(rule: 0, key: counterKey(1), cost: 10)
            store.decide(&batch, at: MonotonicTime(nanoseconds: now))
            return batch[0]
        }
        let first = take(at: second)
        #expect(first.hasTaken && take(at: second + 1_000).hasTaken)
        var corrections = LimitCorrections()
        corrections.append(LimitCorrection(givingBack: 10, of: first))
        store.settle(corrections, at: MonotonicTime(nanoseconds: second + 1_000))
        #expect(!store.ask(1, at: second + 1_000).isAdmitted)
    }
}
