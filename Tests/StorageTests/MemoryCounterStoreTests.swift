import Foundation
import GatehouseCore
import GatehouseStorage
import Glibc
import Synchronization
import Testing

@Suite struct MemoryCounterStoreTests {
    private static let rules: [LimitRule] = [
        .window(quota: 5), .gcra(quota: 5), .counter(quota: 5), .fixed(quota: 5),
    ]

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

    @Test func `what is in shadow refuses nobody, and counts only what passes`() {
        let store = MemoryCounterStore([.window(quota: 1), .fixed(quota: 3)])
        func ask(shadow: Int) -> LimitBatch {
            var batch = LimitBatch()
            for rule in 0..<2 {
                batch.append(rule: rule, key: counterKey(1), isShadow: rule == shadow)
            }
            store.decide(&batch, at: MonotonicTime(nanoseconds: second))
            return batch
        }
        #expect(ask(shadow: 0)[0].hasTaken)
        let next = ask(shadow: 0)
        #expect(next.isAdmitted && !next[0].decision.isAdmitted && !next[0].hasTaken)
        #expect(next[1].hasTaken && next[1].decision.remaining == 1)
        // Now the strict one is used up: what is in shadow takes nothing either.
        let last = ask(shadow: 1)
        #expect(!last.isAdmitted && !last[1].hasTaken && last[1].decision.remaining == 1)
    }

    @Test(arguments: rules) func `a reset makes the quota whole, for this client alone`(
        rule: LimitRule
    ) {
        let store = MemoryCounterStore([rule])
        for client in 1...2 { for _ in 0..<5 { _ = store.ask(client, at: second) } }
        let now = MonotonicTime(nanoseconds: second)
        store.reset(rule: 0, key: counterKey(1))
        store.reset(rule: 0, key: counterKey(3))
        #expect(
            store.report(rule: 0, key: counterKey(1), at: now)
                == .init(isAdmitted: true, remaining: 5, wait: 0))
        #expect(!store.report(rule: 0, key: counterKey(2), at: now).isAdmitted)
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

    private final class Tally: Sendable {
        let sum = Atomic<Int>(0)
        let running = Atomic<Int>(CounterStoreConcurrencyTests.threads)
    }

    /// Threads of their own: tasks would share as few as there are cores.
    private func hammer(_ work: @escaping @Sendable (Int) -> Int) async -> Int {
        let tally = Tally()
        return await withCheckedContinuation { continuation in
            for number in 0..<Self.threads {
                Thread {
                    tally.sum.add(work(number), ordering: .sequentiallyConsistent)
                    let left = tally.running.subtract(1, ordering: .sequentiallyConsistent)
                    guard left.newValue == 0 else { return }
                    continuation.resume(
                        returning: tally.sum.load(ordering: .sequentiallyConsistent))
                }.start()
            }
        }
    }

    @Test(arguments: [
        LimitRule.window(quota: 1_000), .gcra(quota: 1_000), .counter(quota: 1_000),
        .fixed(quota: 1_000),
    ])
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

    /// Concurrency as a limit: each takes, and gives back when it is done.
    @Test(arguments: [
        LimitRule.window(quota: 3), .gcra(quota: 3), .counter(quota: 3), .fixed(quota: 3),
    ])
    func `never more inside than the quota, and no give-back is lost`(rule: LimitRule) async {
        let store = MemoryCounterStore([rule, .window("always", quota: 100_000)])
        let inside = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let admitted = await hammer { _ in
            (0..<2_000).count { step in
                var batch = LimitBatch()
                batch.append(rule: 0, key: counterKey(1))
                batch.append(rule: 1, key: counterKey(1), isShadow: true)
                // Threads do not agree on the time to the nanosecond.
                let now = MonotonicTime(nanoseconds: second + Int64(step % 3))
                store.decide(&batch, at: now)
                guard batch.isAdmitted else { return false }
                let together = inside.add(1, ordering: .sequentiallyConsistent).newValue
                most.max(together, ordering: .relaxed)
                // Others come while this one is inside.
                sched_yield()
                inside.subtract(1, ordering: .sequentiallyConsistent)
                var corrections = LimitCorrections()
                corrections.append(LimitCorrection(givingBack: 1, of: batch[0]))
                store.settle(corrections, at: now)
                return true
            }
        }
        let now = MonotonicTime(nanoseconds: second + 2)
        let together = most.load(ordering: .relaxed)
        #expect((2...3).contains(together))
        #expect(store.report(rule: 0, key: counterKey(1), at: now).remaining == 3)
        #expect(store.report(rule: 1, key: counterKey(1), at: now).remaining == 100_000 - admitted)
        print(rule.algorithm, "admitted", admitted, "of 16000, together", together)
    }
}
