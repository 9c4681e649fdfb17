import Foundation
import GatehouseCore
@testable import GatehouseStorage
import GatehouseTransport
import TestSupport
import Testing

@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisCounterStoreTests {
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

    @Test func `a user with the rights that the manual names is enough, in a script too`()
        async throws
    {
        let manual = try String(contentsOfFile: Tool.root + "/docs/REDIS.md", encoding: .utf8)
        let start = try #require(manual.range(of: "A user needs: `"))
        let text = manual[start.upperBound...]
        let rights = text[..<(try #require(text.firstIndex(of: "`")))]
            .replacing("\n", with: " ")
        let server = try RedisServer([
            "user gate on >pass ~gatehouse:* resetchannels -@all \(rights)"
        ])
        let rules = Self.exact.enumerated().map { number, algorithm in
            LimitRule(name: "\(number)", algorithm: algorithm, quota: 100, window: .seconds(86_400))
        }
        let store = try RedisCounterStore(
            rules, seed: CounterSeed(1, 2),
            client: try redisClient("redis://gate:pass@127.0.0.1:\(server.port)"))
        var both = LimitBatch()
        for place in rules.indices {
            #expect(try await store.ask(place, rule: place, cost: 100))
            #expect(try await !store.ask(place, rule: place))
            both.append(rule: place, key: counterKey(10 + place))
        }
        try await store.decide(&both, at: .now)
        var corrections = LimitCorrections()
        for place in rules.indices {
            corrections.append(LimitCorrection(givingBack: 1, of: both[place]))
        }
        try await store.settle(corrections, at: .now)
        try await store.reset(rule: 0, key: counterKey(0))
        #expect(try await store.client.send(RedisCommand("PING")) == .status("PONG"))
    }

    @Test func `a flushed script cache is noticed and mended`() async throws {
        let server = try RedisServer()
        let rules = [LimitRule.window(quota: 2, seconds: 3_600)]
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
                name: "\(number)", algorithm: algorithm, quota: 100, window: .seconds(86_400))
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
            #expect(left > 0 && left <= 2 * 86_400_000 + 2_000)
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
