import Foundation
import GatehouseCore
import GatehouseStorage
import Synchronization
import TestSupport
import Testing

@testable import Gatehouse

/// Limits whose counters live elsewhere, in the whole pipeline, with a store that fails on command.
@Suite struct SharedLimitTests {
    private final class Store: CounterStore {
        let memory: MemoryCounterStore
        let isGone = Atomic(false)
        let settled = Atomic(0)

        init(_ rules: [LimitRule]) { memory = MemoryCounterStore(rules) }

        var rules: [LimitRule] { memory.rules }
        var seed: CounterSeed { memory.seed }

        private func check() throws(CounterStoreError) {
            if isGone.load(ordering: .relaxed) { throw .unavailable("on command") }
        }

        func decide(
            _ batch: inout LimitBatch, at now: MonotonicTime
        ) async throws(CounterStoreError) {
            await Task.yield()
            try check()
            memory.decide(&batch, at: now)
        }

        func settle(
            _ corrections: LimitCorrections, at now: MonotonicTime
        ) async throws(CounterStoreError) {
            try check()
            memory.settle(corrections, at: now)
            settled.add(corrections.count, ordering: .relaxed)
        }

        func report(
            rule: Int, key: CounterKey, at now: MonotonicTime
        ) async throws(CounterStoreError) -> LimitDecision {
            memory.report(rule: rule, key: key, at: now)
        }

        func reset(rule: Int, key: CounterKey) async throws(CounterStoreError) {
            memory.reset(rule: rule, key: key)
        }
    }

    /// Needed by the configuration; the store that tests bring stands in its place.
    private static let redis =
        "redis: { url: \"redis://127.0.0.1:1\", key: { file: redis.key } }"

    private func gate(_ limits: String) throws -> (gate: LimitedGate, store: Store) {
        let made = Mutex<Store?>(nil)
        let gate = try LimitedGate(
            limits,
            shared: { (rules, _) throws(ConfigurationError) in
                let store = Store(rules)
                made.withLock { $0 = store }
                return store
            }, more: Self.redis)
        return (gate, try #require(made.withLock { $0 }))
    }

    @Test func `refuses by the shared store, and gives back after the answer`() throws {
        let (gate, store) = try gate(
            """
              - { name: a, quota: 3, window: 1h, store: redis, when-unavailable: refuse }
              - name: b
                key: [address, route]
                algorithm: concurrency
                quota: 1
                store: redis
                when-unavailable: allow
            """)
        for count in 1...3 {
            #expect(try gate.status() == 200)
            #expect(eventually { store.settled.load(ordering: .relaxed) == count })
        }
        #expect(try gate.status() == 429)
        store.isGone.store(true, ordering: .relaxed)
        let client = try gate.client()
        client.send(LimitedGate.get)
        let answer = try #require(client.message())
        let head = String(decoding: answer.head, as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 503") && head.contains("Retry-After: "))
        #expect(
            String(decoding: answer.body, as: UTF8.self).contains(
                "http-problem-types#temporary-reduced-capacity"))
    }

    @Test func `a reload does not take the shared store away`() throws {
        let made = Mutex<[Store]>([])
        let gate = try LimitedGate(
            "  - { name: far, quota: 1, window: 1h, when-unavailable: refuse }",
            shared: { (rules, _) throws(ConfigurationError) in
                let store = Store(rules)
                made.withLock { $0.append(store) }
                return store
            }, more: Self.redis)
        #expect(try gate.status() == 200)
        var next = gate.application.configuration
        next.redis = nil
        gate.gateway.reload(next)
        let stores = made.withLock { $0 }
        #expect(stores.count == 2)
        stores.last?.isGone.store(true, ordering: .relaxed)
        #expect(try gate.status() == 503)
    }

    @Test func `what a limit here took is given back when the shared one refuses`() throws {
        let (gate, _) = try gate(
            """
              - { name: near, quota: 3, window: 1h, store: memory }
              - { name: far, quota: 1, window: 1h, store: redis, when-unavailable: refuse }
            """)
        #expect(try gate.status() == 200)
        for _ in 0..<10 {
            let client = try gate.client()
            client.send(LimitedGate.get)
            let answer = try #require(client.message())
            let body = String(decoding: answer.body, as: UTF8.self)
            #expect(body.contains("\"violated-policies\":[\"far\"]"), "\(body)")
        }
    }
}
