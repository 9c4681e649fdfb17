import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

/// The same requests to the store in memory and to the one on Redis.
private struct SideBySide {
    struct Counts {
        var decisions = 0
        var refusals = 0
        var settled = 0
    }

    /// All algorithms, with quotas and windows that divide and that don't.
    static let rules: [LimitRule] = [
        LimitRule(name: "log", algorithm: .slidingWindow, quota: 7, window: .milliseconds(900)),
        LimitRule(name: "log-1", algorithm: .slidingWindow, quota: 1, window: .microseconds(777)),
        LimitRule(name: "log-40", algorithm: .slidingWindow, quota: 40, window: .seconds(2)),
        LimitRule(name: "two", algorithm: .slidingCounter, quota: 9, window: .milliseconds(700)),
        LimitRule(
            name: "two-large", algorithm: .slidingCounter, quota: LimitRule.quotaMax,
            window: .seconds(86_400 * 2)),
        LimitRule(
            name: "pace", algorithm: .gcra(burst: 5), quota: 7, window: .microseconds(1_000_003)),
        LimitRule(
            name: "pace-large", algorithm: .gcra(burst: LimitRule.quotaMax),
            quota: LimitRule.quotaMax, window: .seconds(86_400 * 2)),
        LimitRule(name: "fixed", algorithm: .fixedWindow, quota: 6, window: .milliseconds(800)),
    ]

    private struct Taken {
        let memory: LimitBatch.Item
        let redis: LimitBatch.Item
    }

    private let memory = MemoryCounterStore(Self.rules)
    private let redis: RedisCounterStore
    private let remembersRefusals: Bool
    private var random: SeededGenerator
    private var now: Int64 = 1_764_000_000_000_000_000
    private var taken: [Taken] = []
    private(set) var counts = Counts()

    private var time: MonotonicTime { MonotonicTime(nanoseconds: now) }

    init(seed: UInt64, remembersRefusals: Bool) throws {
        let client = try redisClient(try RedisServer.shared().address() + "/1")
        redis = try RedisCounterStore(
            Self.rules, seed: memory.seed, client: client,
            .tested("same:\(seed):\(remembersRefusals):") {
                $0.usesGivenTime = true
                if !remembersRefusals { $0.refusalsMax = 0 }
            })
        self.remembersRefusals = remembersRefusals
        random = SeededGenerator(seed: seed)
    }

    /// Does one thing to both; tells how they differ.
    mutating func step() async throws -> String? {
        now += Self.pause(&random)
        switch random.below(20) {
        case 0...13: return try await decide()
        case 14...16: try await giveBack()
        case 17: try await charge()
        case 18: return try await report()
        default:
            guard random.below(4) == 0 else { return nil }
            let (rule, key) = anyCounter()
            memory.reset(rule: rule, key: key)
            try await redis.reset(rule: rule, key: key)
        }
        return nil
    }

    private mutating func anyCounter() -> (rule: Int, key: CounterKey) {
        let rule = Int(random.below(Int64(Self.rules.count)))
        return (rule, Self.key(rule, &random))
    }

    private mutating func decide() async throws -> String? {
        var batch = Self.batch(&random)
        var other = batch
        memory.decide(&batch, at: time)
        try await redis.decide(&other, at: time)
        counts.decisions += 1
        counts.refusals += batch.isAdmitted ? 0 : 1
        guard remembersRefusals ? Self.agree(batch, other) : Self.areSame(batch, other) else {
            return "\(Self.text(batch)) is not \(Self.text(other))"
        }
        for index in 0..<batch.count where batch[index].hasTaken {
            taken.append(Taken(memory: batch[index], redis: other[index]))
        }
        if taken.count > 40 { taken.removeFirst(taken.count - 40) }
        return nil
    }

    private mutating func giveBack() async throws {
        guard let one = taken.randomElement(using: &random) else { return }
        let amount = UInt32(random.below(Int64(one.memory.cost) + 1))
        var (first, second) = (LimitCorrections(), LimitCorrections())
        first.append(LimitCorrection(givingBack: amount, of: one.memory))
        second.append(LimitCorrection(givingBack: amount, of: one.redis))
        memory.settle(first, at: time)
        try await redis.settle(second, at: time)
        counts.settled += 1
    }

    private mutating func charge() async throws {
        let (rule, key) = anyCounter()
        let quota = Int64(Self.rules[rule].quota)
        var charge = LimitCorrections()
        charge.append(
            LimitCorrection(rule: rule, key: key, charging: UInt32(random.below(quota * 2))))
        guard quota <= 40 || random.below(5) == 0 else { return }
        memory.settle(charge, at: time)
        try await redis.settle(charge, at: time)
        counts.settled += 1
    }

    private mutating func report() async throws -> String? {
        let (rule, key) = anyCounter()
        let wanted = memory.report(rule: rule, key: key, at: time)
        let found = try await redis.report(rule: rule, key: key, at: time)
        return Self.areSame(wanted, found) ? nil : "report of \(rule): \(wanted) is not \(found)"
    }

    /// Mostly short, sometimes nothing, a window, a jump back, or a jump far ahead.
    private static func pause(_ random: inout SeededGenerator) -> Int64 {
        switch random.below(40) {
        case 0...9: 0
        case 10...34: random.below(200_000) * 1_000
        case 35...36: random.below(1_000_000) * 1_000
        case 37: -random.below(300_000) * 1_000
        case 38: random.below(86_400) * 1_000_000_000
        default: 900_000_000
        }
    }

    private static func key(_ rule: Int, _ random: inout SeededGenerator) -> CounterKey {
        counterKey(rule * 10 + Int(random.below(3)))
    }

    private static func text(_ batch: LimitBatch) -> String {
        (0..<batch.count).map { index in
            let item = batch[index]
            return "\(rules[item.rule].name) cost \(item.cost) shadow \(item.isShadow): "
                + "\(item.decision)"
        }.joined(separator: "; ")
    }

    private static func batch(_ random: inout SeededGenerator) -> LimitBatch {
        var batch = LimitBatch()
        for (place, rule) in rules.enumerated() where random.below(3) == 0 {
            let cost: UInt32 =
                switch random.below(8) {
                case 0: 0
                case 1: UInt32(random.below(Int64(rule.costMax) + 3))
                case 2: UInt32(1 + random.below(Int64(min(rule.costMax, 3))))
                default: 1
                }
            batch.append(
                rule: place, key: Self.key(place, &random), cost: cost,
                isShadow: random.below(5) == 0)
        }
        return batch
    }

    private static func areSame(_ memory: LimitBatch, _ redis: LimitBatch) -> Bool {
        guard memory.isAdmitted == redis.isAdmitted else { return false }
        return (0..<memory.count).allSatisfy { index in
            memory[index].hasTaken == redis[index].hasTaken
                && areSame(memory[index].decision, redis[index].decision)
        }
    }

    /// Where a refusal is remembered, the other items were not asked for, and what is left beside
    /// a larger cost may have changed meanwhile.
    private static func agree(_ memory: LimitBatch, _ redis: LimitBatch) -> Bool {
        guard memory.isAdmitted == redis.isAdmitted else { return false }
        return (0..<memory.count).allSatisfy { index in
            let (wanted, found) = (memory[index].decision, redis[index].decision)
            return memory[index].hasTaken == redis[index].hasTaken
                && (found.isAdmitted
                    || !wanted.isAdmitted && (wanted.wait + 999) / 1_000 * 1_000 == found.wait)
        }
    }

    /// Redis counts microseconds: what is left of one is waited for.
    private static func areSame(_ memory: LimitDecision, _ redis: LimitDecision) -> Bool {
        memory.isAdmitted == redis.isAdmitted && memory.remaining == redis.remaining
            && (memory.wait + 999) / 1_000 * 1_000 == redis.wait
    }
}

/// Held against each other; the model holds both, in `CounterTrialTests` and its like for Redis.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisCounterEqualityTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64], [false, true])
    func `decides to the request as the store in memory does`(
        seed: UInt64, remembersRefusals: Bool
    ) async throws {
        var both = try SideBySide(seed: seed, remembersRefusals: remembersRefusals)
        for step in 0..<3_000 {
            guard let difference = try await both.step() else { continue }
            Issue.record("seed \(seed), step \(step): \(difference)")
            return
        }
        let counts = both.counts
        print("seed \(seed): \(counts)")
        #expect(counts.decisions > 1_500 && counts.refusals > 200 && counts.settled > 300)
    }
}
