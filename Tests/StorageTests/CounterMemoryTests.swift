import GatehouseCore
import GatehouseStorage
import Testing

/// Floods of keys: memory stays bounded, and a counter that matters is not pushed out.
@Suite struct CounterMemoryTests {
    @Test(arguments: [
        LimitRule.gcra(quota: 100, clientsMax: 1_000_000),
        .window(quota: 100, clientsMax: 1_000_000),
        .counter(quota: 100, clientsMax: 1_000_000),
    ])
    func `a million clients fit in 100 MB, and a flood takes no more`(rule: LimitRule) {
        let store = MemoryCounterStore([rule])
        for number in 0..<1_000_000 { _ = store.ask(number, at: second) }
        let full = store.usage(0)
        #expect(full.clients == 1_000_000)
        #expect(store.ask(77, at: second).remaining == 98)
        let slot = rule.algorithm == .slidingWindow ? 48 : 32
        #expect(full.places * slot + full.logBytes < 100_000_000)
        for number in 1_000_000..<1_100_000 { _ = store.ask(number, at: second) }
        let flooded = store.usage(0)
        #expect(flooded.places <= full.places)
        #expect(flooded.clients <= 1_070_000)
        print("bytes a client:", Double(full.places * slot + full.logBytes) / 1_000_000)
    }

    @Test(arguments: [
        LimitRule.gcra(quota: 50, clientsMax: 10_000), .window(quota: 50, clientsMax: 10_000),
        .counter(quota: 50, clientsMax: 10_000), .fixed(quota: 50, clientsMax: 10_000),
    ])
    func `a flood of new keys does not reset a used-up counter`(rule: LimitRule) {
        let store = MemoryCounterStore([rule])
        for number in 0..<20 { for _ in 0..<50 { _ = store.ask(number, at: second) } }
        for number in 100..<60_000 { _ = store.ask(number, at: second) }
        for number in 0..<20 { #expect(!store.ask(number, at: second).isAdmitted) }
        #expect(store.usage(0).clients <= 10_700)
    }

    @Test(arguments: [
        LimitRule.gcra(quota: 5, seconds: 1, clientsMax: 1_000),
        .window(quota: 5, seconds: 1, clientsMax: 1_000),
        .counter(quota: 5, seconds: 1, clientsMax: 1_000),
        .fixed(quota: 5, seconds: 1, clientsMax: 1_000),
    ])
    func `the expired go first, and memory comes back`(rule: LimitRule) {
        let store = MemoryCounterStore([rule])
        for number in 0..<1_000 { for _ in 0..<5 { _ = store.ask(number, at: second) } }
        #expect(store.usage(0).clients == 1_000)
        // All have expired; one used-up client among those that follow stays.
        for _ in 0..<5 { _ = store.ask(5_000, at: 9 * second) }
        for number in 6_000..<6_999 { _ = store.ask(number, at: 9 * second) }
        #expect(!store.ask(5_000, at: 9 * second).isAdmitted)
        for number in 0..<2_000 { _ = store.ask(number, at: Int64(20 + number) * second) }
        #expect(store.usage(0).clients < 20)
        #expect(store.usage(0).places < 100)
        #expect(store.usage(0).logBytes < 2_000)
    }

    @Test(arguments: [LimitRule.window(quota: 100), .fixed(quota: 100)])
    func `a million addresses in a minute take no more memory than the clients that are remembered`(
        rule: LimitRule
    ) {
        let store = MemoryCounterStore([rule])
        for number in 0..<1_000_000 {
            _ = store.ask(number, at: second + Int64(number) * 60_000)
            guard number % 100_000 == 0 else { continue }
            #expect(store.usage(0).clients <= 107_000)
            #expect(store.usage(0).places <= 143_000)
        }
        print(rule.algorithm, store.usage(0))
        #expect(store.usage(0).logBytes == 0)
    }

    @Test func `a charge finds room in a full log or is felt as far as there is`() {
        let rule = LimitRule.window(quota: 1_000, clientsMax: 100, logMax: .bytes(5_000))
        let store = MemoryCounterStore([rule])
        for number in 0..<20 {
            var corrections = LimitCorrections()
            corrections.append(
                LimitCorrection(rule: 0, key: counterKey(number), charging: 1_500))
            store.settle(corrections, at: MonotonicTime(nanoseconds: second))
            #expect(store.usage(0).logBytes <= 5_000)
            #expect(store.ask(number, at: second).remaining < 999)
        }
    }

    @Test func `short memory for logs lowers a quota and never raises it`() {
        let rule = LimitRule.window(quota: 1_000, clientsMax: 100, logMax: .bytes(20_000))
        let store = MemoryCounterStore([rule])
        var admitted = [Int](repeating: 0, count: 10)
        for _ in 0..<1_500 {
            for number in 0..<10 where store.ask(number, at: second).isAdmitted {
                admitted[number] += 1
            }
            #expect(store.usage(0).logBytes <= 20_000)
        }
        #expect(admitted.allSatisfy { $0 > 0 })
        let refused = store.ask(admitted.firstIndex(of: admitted.max() ?? 0) ?? 0, at: second)
        #expect(refused.isAdmitted || refused.wait > 0)
    }

    @Test func `a table of one place works`() {
        let store = MemoryCounterStore([.window(quota: 1, clientsMax: 1)])
        #expect(store.ask(1, at: second).isAdmitted)
        #expect(!store.ask(1, at: second).isAdmitted)
        #expect(store.ask(2, at: second).isAdmitted)
        #expect(store.usage(0).clients == 1)
    }
}
