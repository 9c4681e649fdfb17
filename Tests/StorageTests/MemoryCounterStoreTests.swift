import GatehouseCore
import GatehouseStorage
import Testing

@Suite struct MemoryCounterStoreTests {
    private static let rules: [LimitRule] = [.window(quota: 5), .gcra(quota: 5)]

    @Test(arguments: rules) func `refuses the request after the quota, for this client alone`(
        rule: LimitRule
    ) {
        let store = MemoryCounterStore([rule])
        for left in (0..<5).reversed() {
            let decision = store.ask(1, at: second)
            #expect(decision.isAdmitted)
            #expect(decision.remaining == left)
        }
        #expect(!store.ask(1, at: second).isAdmitted)
        #expect(store.ask(2, at: second).isAdmitted)
    }

    @Test(arguments: rules) func `a client that keeps trying is let in as soon as one that waited`(
        rule: LimitRule
    ) {
        let store = MemoryCounterStore([rule])
        for _ in 0..<5 { _ = store.ask(1, at: second) }
        let wait = store.ask(1, at: second).wait
        for step in 0..<1_000 {
            #expect(!store.ask(1, at: second + wait * Int64(step) / 1_000).isAdmitted)
        }
        #expect(!store.ask(1, at: second + wait - 1).isAdmitted)
        #expect(store.ask(1, at: second + wait).isAdmitted)
    }

    @Test func `a refusal by one rule consumes from none`() {
        let store = MemoryCounterStore([
            .window(quota: 10), .gcra(quota: 2), .window("v", quota: 9),
        ])
        let keys = [(rule: 0, key: 1), (rule: 1, key: 1), (rule: 2, key: 1)]
        for _ in 0..<2 {
            let decisions = store.ask(keys, at: second)
            #expect(decisions.map(\.isAdmitted) == [true, true, true])
        }
        for _ in 0..<50 {
            let decisions = store.ask(keys, at: second)
            #expect(decisions.map(\.isAdmitted) == [true, false, true])
            #expect(decisions.map(\.remaining) == [8, 0, 7])
        }
        #expect(store.ask(1, rule: 0, at: second).remaining == 7)
        #expect(store.ask(1, rule: 2, at: second).remaining == 6)
    }

    @Test func `rules count apart, though the key be the same`() {
        let store = MemoryCounterStore([.window("a", quota: 1), .window("b", quota: 1)])
        #expect(store.ask(1, rule: 0, at: second).isAdmitted)
        #expect(store.ask(1, rule: 1, at: second).isAdmitted)
        #expect(!store.ask(1, rule: 0, at: second).isAdmitted)
    }

    @Test func `a new configuration forgives nobody whose rule stayed`() {
        let old = MemoryCounterStore([.window("a", quota: 1), .window("b", quota: 1)])
        _ = old.ask(1, rule: 0, at: second)
        _ = old.ask(1, rule: 1, at: second)
        let new = MemoryCounterStore(
            [.window("c", quota: 1), .window("b", quota: 1), .window("a", quota: 2)], adopting: old)
        #expect(new.seed.first == old.seed.first && new.seed.second == old.seed.second)
        #expect(new.ask(1, rule: 0, at: second).isAdmitted)
        #expect(!new.ask(1, rule: 1, at: second).isAdmitted)
        #expect(new.ask(1, rule: 2, at: second).isAdmitted)
    }

    /// Two clients, one of whom comes at random, against a store that knows each alone.
    @Test(arguments: rules) func `clients in one table don't disturb each other`(rule: LimitRule) {
        var random = SeededGenerator(seed: 3)
        let shared = MemoryCounterStore([rule])
        var alone: [Int: MemoryCounterStore] = [:]
        var wrong = 0
        var now: Int64 = 0
        for _ in 0..<30_000 {
            // Some clients expire and go between, so that slots move.
            now += random.below(second / 50)
            let client = Int(random.below(300))
            let store = alone[client] ?? MemoryCounterStore([rule])
            alone[client] = store
            if shared.ask(client, at: now) != store.ask(client, at: now) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(shared.usage(0).clients <= 300)
    }
}

/// Many threads at once: whatever the order, exactly the quota passes.
@Suite struct CounterStoreConcurrencyTests {
    private static let threads = 8

    private func hammer(_ work: @escaping @Sendable (Int) -> Int) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for thread in 0..<Self.threads {
                group.addTask { @concurrent in work(thread) }
            }
            return await group.reduce(0, +)
        }
    }

    @Test(arguments: [LimitRule.window(quota: 1_000), .gcra(quota: 1_000)])
    func `admits exactly the quota`(rule: LimitRule) async {
        let store = MemoryCounterStore([rule])
        let admitted = await hammer { thread in
            (0..<2_000).count { store.ask(1, at: second + Int64($0 + thread)).isAdmitted }
        }
        #expect(admitted == 1_000)
    }

    @Test func `admits exactly the tightest quota, and the others lose no more than that`() async {
        let rules: [LimitRule] = [
            .window("a", quota: 900), .gcra(quota: 300), .window("b", quota: 500),
        ]
        let store = MemoryCounterStore(rules)
        let keys = [(rule: 0, key: 1), (rule: 1, key: 1), (rule: 2, key: 1)]
        let admitted = await hammer { _ in
            (0..<500).count { _ in store.ask(keys, at: second).allSatisfy(\.isAdmitted) }
        }
        #expect(admitted == 300)
        #expect(store.ask(1, rule: 0, at: second).remaining == 599)
        #expect(store.ask(1, rule: 2, at: second).remaining == 199)
    }

    @Test func `batches over many shards never wait for each other forever`() async {
        let store = MemoryCounterStore([.window("a", quota: 9), .gcra(quota: 7)])
        let admitted = await hammer { thread in
            var random = SeededGenerator(seed: UInt64(thread))
            return (0..<20_000).count { _ in
                let keys = [
                    (rule: 0, key: Int(random.below(64))), (rule: 1, key: Int(random.below(64))),
                ]
                return store.ask(keys, at: second).allSatisfy(\.isAdmitted)
            }
        }
        #expect(admitted <= 64 * 7)
        #expect(admitted > 0)
    }
}
