import GatehouseCore
import GatehouseTransport
import Testing
import TestSupport

@testable import GatehouseStorage

/// What is kept in the process so that Redis is asked less.
@Suite(.ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisCounterLoadTests {
    @Test func `traffic of blocked keys does not reach Redis`() async throws {
        let server = try RedisServer()
        let rules = [LimitRule.window(quota: 3, seconds: 600)]
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
            .tested("blocked:") { $0.refusalMax = .seconds(600) })
        var refused = 0
        for number in 0..<10_000 {
            // Nine of ten requests come from five keys that were used up long ago.
            let key = number % 10 == 0 ? 1_000 + number : number % 5
            refused += try await store.ask(key) ? 0 : 1
        }
        #expect(refused == 9_000 - 5 * 3)
        let asked = try server.calls(of: "evalsha")
        print("10000 decisions, 9000 of them of blocked keys: \(asked) commands")
        // A tenth is honest, and five keys were asked for until they were refused once.
        #expect(asked <= 1_000 + 5 * 4)
        #expect(Double(asked - 1_000) / 9_000 < 0.05)
    }

    @Test func `a key that is given back or reset is asked for again`() async throws {
        let server = try RedisServer.shared()
        let rules = [LimitRule.window(quota: 1, seconds: 600)]
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
            .tested("again:") { $0.refusalMax = .seconds(600) })
        var batch = LimitBatch()
        batch.append(rule: 0, key: counterKey(1))
        try await store.decide(&batch, at: .now)
        #expect(batch.isAdmitted)
        #expect(try await store.ask(1) == false)
        var corrections = LimitCorrections()
        corrections.append(LimitCorrection(givingBack: 1, of: batch[0]))
        try await store.settle(corrections, at: .now)
        #expect(try await store.ask(1))
        #expect(try await store.ask(1) == false)
        try await store.reset(rule: 0, key: counterKey(1))
        #expect(try await store.ask(1))
    }

    @Test func `a refusal is believed no longer than it lasts, nor than it may be`() {
        let cache = RefusalCache(keysMax: 4, longest: .seconds(2), costMax: [5])
        func asking(cost: UInt32 = 1, isShadow: Bool = false) -> LimitBatch {
            var batch = LimitBatch()
            batch.append(rule: 0, key: counterKey(1), cost: cost, isShadow: isShadow)
            return batch
        }
        func refuses(_ cost: UInt32 = 1, isShadow: Bool = false, at seconds: Double) -> Bool {
            var batch = asking(cost: cost, isShadow: isShadow)
            return cache.refuses(
                &batch, at: MonotonicTime(nanoseconds: Int64(seconds * 1_000_000_000)))
        }
        var refused = asking()
        refused.isAdmitted = false
        refused[0].decision = LimitDecision(isAdmitted: false, remaining: 0, wait: second)
        cache.note(refused, at: MonotonicTime(nanoseconds: 0))
        #expect(refuses(at: 0.999))
        #expect(!refuses(2, at: 0.5))
        #expect(!refuses(isShadow: true, at: 0.5))
        #expect(!refuses(at: 1))
        refused[0].decision.wait = 60 * second
        cache.note(refused, at: MonotonicTime(nanoseconds: 0))
        #expect(refuses(at: 1.999))
        #expect(!refuses(at: 2))
        refused[0].cost = 6
        cache.note(refused, at: MonotonicTime(nanoseconds: 10 * second))
        #expect(!refuses(6, at: 10.5))
    }

    @Test func `a table that is full forgets what ends first, and stays as large as it is`() {
        let table = KeyTable<Int>(keysMax: 256)
        for number in 0..<10_000 { table.set(number, until: Int64(number), of: counterKey(number)) }
        let held = (0..<10_000).count { number in
            table.withValue(of: counterKey(number), at: -1) { $0 != nil } == true
        }
        #expect(held <= 256 && held > 200)
    }

    @Test(arguments: [
        LimitRule.Algorithm.slidingWindow, .slidingCounter, .gcra(burst: 1_000), .fixedWindow,
    ])
    func `leases never admit more than the limit, and spare most round trips`(
        algorithm: LimitRule.Algorithm
    ) async throws {
        let server = try RedisServer()
        let rules = [
            // So long that none comes back while a busy machine takes its time.
            LimitRule(name: "l", algorithm: algorithm, quota: 1_000, window: .seconds(8_640_000))
        ]
        let gates = try (0..<2).map { _ in
            try RedisCounterStore(
                rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
                .tested("lease:") {
                    $0.leases = [0: 20]
                    $0.leaseMax = .seconds(600)
                })
        }
        var admitted = 0
        for number in 0..<1_200 { admitted += try await gates[number % 2].ask(1) ? 1 : 0 }
        let asked = try server.calls(of: "evalsha")
        print("\(algorithm): \(admitted) of 1000 admitted with \(asked) commands")
        #expect(admitted <= 1_000)
        // One gate may hold a lease that the other would need: gates × (lease - 1).
        #expect(admitted >= 1_000 - 2 * 19)
        #expect(asked < 200)
    }

    @Test func `callers at once lose no unit of a lease`() async throws {
        let server = try RedisServer.shared()
        let rules = [LimitRule.window(quota: 1_000, seconds: 3_600)]
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
            .tested("at-once:") {
                $0.leases = [0: 10]
                $0.leaseMax = .seconds(600)
                $0.refusalsMax = 0
            })
        var admitted = 0
        for _ in 0..<130 {
            admitted += try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { try await store.ask(1) ? 1 : 0 } }
                return try await group.reduce(0, +)
            }
        }
        #expect(admitted == 1_000)
    }

    @Test func `what is left of a lease goes back when the key comes again`() async throws {
        let server = try RedisServer.shared()
        let rules = [LimitRule.window(quota: 100, seconds: 3_600)]
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
            .tested("held:") {
                $0.leases = [0: 10]
                $0.leaseMax = .seconds(1)
                $0.refusalsMax = 0
            })
        var now = MonotonicTime(nanoseconds: 1_000 * second)
        func ask() async throws -> LimitDecision {
            var batch = LimitBatch()
            batch.append(rule: 0, key: counterKey(1))
            try await store.decide(&batch, at: now)
            return batch[0].decision
        }
        #expect(try await ask().remaining == 99)
        // The second within a second takes ten; the third is served from them.
        #expect(try await ask().remaining == 98)
        #expect(try await ask().remaining == 97)
        #expect(try await store.report(rule: 0, key: counterKey(1), at: now).remaining == 89)
        now = now + .seconds(2)
        #expect(try await ask().remaining == 96)
        #expect(try await store.report(rule: 0, key: counterKey(1), at: now).remaining == 96)
    }

    @Test func `a batch that is refused elsewhere spends nothing of a lease`() async throws {
        let server = try RedisServer.shared()
        let rules = [
            LimitRule.window("leased", quota: 100, seconds: 3_600),
            LimitRule.window("tight", quota: 3, seconds: 3_600),
        ]
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2), client: try redisClient(server.address()),
            .tested("both:") {
                $0.leases = [0: 10]
                $0.refusalsMax = 0
            })
        let now = MonotonicTime(nanoseconds: 1_000 * second)
        var last = LimitBatch()
        for number in 0..<6 {
            last = LimitBatch()
            last.append(rule: 0, key: counterKey(1))
            last.append(rule: 1, key: counterKey(2))
            try await store.decide(&last, at: now)
            #expect(last.isAdmitted == (number < 3))
        }
        #expect(last[0].decision.isAdmitted && last[0].decision.remaining == 97)
        #expect(!last[0].hasTaken && !last[1].hasTaken)
    }
}
