import GatehouseCore
@testable import GatehouseStorage
import GatehouseTransport
import TestSupport
import Testing

@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisCounterStoreTests {
    /// All algorithms, with quotas and windows that divide and that don't.
    private static let rules: [LimitRule] = [
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

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `decides to the request as the store in memory does`(seed: UInt64) async throws {
        let server = try RedisServer.shared()
        let client = try redisClient(server.address() + "/1")
        let memory = MemoryCounterStore(Self.rules)
        let redis = try RedisCounterStore(
            Self.rules, seed: memory.seed, client: client,
            .tested("same:\(seed):") {
                $0.usesGivenTime = true
                $0.refusalsMax = 0
            })
        var random = SeededGenerator(seed: seed)
        var now: Int64 = 1_764_000_000_000_000_000
        var taken: [Taken] = []
        var counts = (decisions: 0, refusals: 0, settled: 0)
        for step in 0..<3_000 {
            now += Self.pause(&random)
            let time = MonotonicTime(nanoseconds: now)
            switch random.below(20) {
            case 0...13:
                var batch = Self.batch(&random)
                var other = batch
                memory.decide(&batch, at: time)
                try await redis.decide(&other, at: time)
                counts.decisions += 1
                counts.refusals += batch.isAdmitted ? 0 : 1
                guard Self.areSame(batch, other) else {
                    Issue.record(
                        "seed \(seed), step \(step): \(Self.text(batch)) is not \(Self.text(other))"
                    )
                    return
                }
                for index in 0..<batch.count where batch[index].hasTaken {
                    taken.append(Taken(memory: batch[index], redis: other[index]))
                }
                if taken.count > 40 { taken.removeFirst(taken.count - 40) }
            case 14...16:
                guard let one = taken.randomElement(using: &random) else { continue }
                let amount = UInt32(random.below(Int64(one.memory.cost) + 1))
                var (first, second) = (LimitCorrections(), LimitCorrections())
                first.append(LimitCorrection(givingBack: amount, of: one.memory))
                second.append(LimitCorrection(givingBack: amount, of: one.redis))
                memory.settle(first, at: time)
                try await redis.settle(second, at: time)
                counts.settled += 1
            case 17:
                let rule = Int(random.below(Int64(Self.rules.count)))
                var charge = LimitCorrections()
                charge.append(
                    LimitCorrection(
                        rule: rule, key: Self.key(rule, &random),
                        charging: UInt32(random.below(Int64(Self.rules[rule].quota) * 2))))
                if Self.rules[rule].quota <= 40 || random.below(5) == 0 {
                    memory.settle(charge, at: time)
                    try await redis.settle(charge, at: time)
                    counts.settled += 1
                }
            case 18:
                let rule = Int(random.below(Int64(Self.rules.count)))
                let key = Self.key(rule, &random)
                let found = try await redis.report(rule: rule, key: key, at: time)
                #expect(Self.areSame(memory.report(rule: rule, key: key, at: time), found))
            default:
                guard random.below(4) == 0 else { continue }
                let rule = Int(random.below(Int64(Self.rules.count)))
                let key = Self.key(rule, &random)
                memory.reset(rule: rule, key: key)
                try await redis.reset(rule: rule, key: key)
            }
        }
        print("seed \(seed): \(counts)")
        #expect(counts.decisions > 1_500 && counts.refusals > 200 && counts.settled > 300)
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

    /// Redis counts microseconds: what is left of one is waited for.
    private static func areSame(_ memory: LimitDecision, _ redis: LimitDecision) -> Bool {
        memory.isAdmitted == redis.isAdmitted && memory.remaining == redis.remaining
            && (memory.wait + 999) / 1_000 * 1_000 == redis.wait
    }

    @Test func `eight clients of two stores admit exactly the limit`() async throws {
        let server = try RedisServer.shared()
        for (number, algorithm) in Self.exact.enumerated() {
            let rules = [
                LimitRule(name: "exact", algorithm: algorithm, quota: 100, window: .seconds(3_600))
            ]
            let stores = try (0..<2).map { _ in
                try RedisCounterStore(
                    rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
                    .tested("exact:\(number):"))
            }
            let admitted = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var admitted = 0
                        for _ in 0..<50 {
                            var batch = LimitBatch()
                            batch.append(rule: 0, key: counterKey(1))
                            try await stores[worker % 2].decide(&batch, at: .now)
                            admitted += batch.isAdmitted ? 1 : 0
                        }
                        return admitted
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(admitted == 100, "\(algorithm)")
        }
    }

    private static let exact: [LimitRule.Algorithm] = [
        .slidingWindow, .slidingCounter, .gcra(burst: 100), .fixedWindow,
    ]

    @Test func `a flushed script cache is noticed and mended`() async throws {
        let server = try RedisServer()
        let rules = [LimitRule.window(quota: 2)]
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()))
        #expect(try await store.ask(1))
        try server.run("SCRIPT", "FLUSH")
        #expect(try await store.ask(1))
        #expect(try await store.ask(1) == false)
        #expect(try server.calls(of: "eval") == 1)
        #expect(try server.calls(of: "keys") == 0)
    }

    @Test func `no key stays for good, and each is small`() async throws {
        let server = try RedisServer()
        let rules = Self.exact.enumerated().map { number, algorithm in
            LimitRule(
                name: "\(number)", algorithm: algorithm, quota: 100, window: .seconds(60))
        }
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()))
        var batch = LimitBatch()
        for place in rules.indices { batch.append(rule: place, key: counterKey(place)) }
        try await store.decide(&batch, at: .now)
        #expect(batch.isAdmitted)
        var charges = LimitCorrections()
        for place in rules.indices {
            charges.append(LimitCorrection(rule: place, key: counterKey(10 + place), charging: 3))
        }
        try await store.settle(charges, at: .now)
        let names = try server.run("KEYS", "*").split(separator: "\n").map(String.init)
        #expect(names.count == 8)
        for name in names {
            let left = Int(try server.run("PTTL", name)) ?? -1
            #expect(left > 0 && left <= 122_000)
            let bytes = Int(try server.run("MEMORY", "USAGE", name)) ?? .max
            print("\(name): \(bytes) bytes, \(left) ms")
            #expect(bytes <= 256)
        }
        var backs = LimitCorrections()
        for place in rules.indices {
            backs.append(LimitCorrection(givingBack: 1, of: batch[place]))
        }
        try await store.settle(backs, at: .now)
        for name in try server.run("KEYS", "*").split(separator: "\n").map(String.init) {
            #expect(Int(try server.run("PTTL", name)) ?? -1 > 0)
        }
        for place in rules.indices {
            try await store.reset(rule: place, key: counterKey(10 + place))
            let whole = try await store.report(rule: place, key: counterKey(10 + place), at: .now)
            #expect(whole.remaining == 100 && whole.wait == 0)
        }
    }
}

extension RedisCounterStore.Settings {
    static func tested(
        _ prefix: String, _ change: (inout Self) -> Void = { _ in }
    ) -> Self {
        var settings = Self()
        settings.prefix = prefix
        change(&settings)
        return settings
    }
}

extension RedisCounterStore {
    /// Asks for one request under one rule.
    func ask(_ number: Int, rule: Int = 0, cost: UInt32 = 1) async throws -> Bool {
        var batch = LimitBatch()
        batch.append(rule: rule, key: counterKey(number), cost: cost)
        try await decide(&batch, at: .now)
        return batch.isAdmitted
    }
}
