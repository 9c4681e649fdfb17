package import GatehouseCore

/// Counters in this process's memory: for one machine, lost when it restarts.
///
/// Memory: at most `clientsMax` clients a rule (up to 7 % more), each 64 bytes for
/// `slidingWindow` and 43 for the others (slots of 48 and 32 bytes, three quarters full), growing
/// from nothing; and for sliding windows up to `logMax` of logs, 32 bytes and 8 for each unit that
/// still counts, once a client has more than two of them.
package final class MemoryCounterStore: LocalCounterStore {
    private enum Table: Sendable {
        case slidingWindow(CounterTable<SlidingWindowLog>)
        case slidingCounter(CounterTable<SlidingCounter>)
        case gcra(CounterTable<GCRA>)
        case fixedWindow(CounterTable<FixedWindow>)
    }

    package let rules: [LimitRule]
    package let seed: CounterSeed
    private let tables: [Table]

    /// Makes room for `rules`; those that `old` knows keep their counters, so that a new
    /// configuration forgives nobody.
    package init(_ rules: [LimitRule], adopting old: MemoryCounterStore? = nil) {
        self.rules = rules
        seed = old?.seed ?? .random()
        tables = rules.map { rule in
            if let old, let place = old.rules.firstIndex(of: rule) { return old.tables[place] }
            return Self.table(rule)
        }
    }

    private static func table(_ rule: LimitRule) -> Table {
        let (quota, window) = (rule.quota, rule.window)
        return switch rule.algorithm {
        case .slidingWindow:
            .slidingWindow(CounterTable(rule, SlidingWindowLog(quota: quota, window: window)))
        case .slidingCounter:
            .slidingCounter(CounterTable(rule, SlidingCounter(quota: quota, window: window)))
        case .gcra(let burst):
            .gcra(CounterTable(rule, GCRA(quota: quota, window: window, burst: burst)))
        case .fixedWindow:
            .fixedWindow(CounterTable(rule, FixedWindow(quota: quota, window: window)))
        }
    }

    package func decide(_ batch: inout LimitBatch, at now: MonotonicTime) {
        if batch.count > 1 {
            batch.isAdmitted = decide(0, &batch, at: now.nanoseconds, admittedSoFar: true)
        } else if batch.count == 1 {
            decide(&batch.items[0], at: now)
            batch.isAdmitted = batch.items[0].decision.isAdmitted || batch.items[0].isShadow
        }
    }

    package func decide(_ item: inout LimitBatch.Item, at now: MonotonicTime) {
        switch tables[item.rule] {
        case .slidingWindow(let table): table.decideAlone(&item, at: now.nanoseconds)
        case .slidingCounter(let table): table.decideAlone(&item, at: now.nanoseconds)
        case .gcra(let table): table.decideAlone(&item, at: now.nanoseconds)
        case .fixedWindow(let table): table.decideAlone(&item, at: now.nanoseconds)
        }
    }

    /// Decides item `index` and, while its counter is locked, those after it. On the way in each
    /// looks; on the way out, when all have looked and every lock is still held, each takes or does
    /// not. Rules ascend, so that two batches can't wait for each other.
    private func decide(
        _ index: Int, _ batch: inout LimitBatch, at now: Int64, admittedSoFar: Bool
    ) -> Bool {
        let (rule, key, cost) = (batch[index].rule, batch[index].key, batch[index].cost)
        let isShadow = batch[index].isShadow
        var isAdmitted = false
        let others = { (decision: LimitDecision) -> Bool in
            isAdmitted = admittedSoFar && (decision.isAdmitted || isShadow)
            if index + 1 < batch.count {
                isAdmitted = self.decide(
                    index + 1, &batch, at: now, admittedSoFar: isAdmitted)
            }
            return isAdmitted
        }
        let (decision, moment) =
            switch tables[rule] {
            case .slidingWindow(let table):
                table.decide(key, cost: cost, at: now, others: others)
            case .slidingCounter(let table):
                table.decide(key, cost: cost, at: now, others: others)
            case .gcra(let table): table.decide(key, cost: cost, at: now, others: others)
            case .fixedWindow(let table): table.decide(key, cost: cost, at: now, others: others)
            }
        batch[index].decision = decision
        batch[index].moment = moment
        return isAdmitted
    }

    package func settle(_ corrections: LimitCorrections, at now: MonotonicTime) {
        for index in 0..<corrections.count {
            let correction = corrections[index]
            switch tables[correction.rule] {
            case .slidingWindow(let table): table.settle(correction, at: now.nanoseconds)
            case .slidingCounter(let table): table.settle(correction, at: now.nanoseconds)
            case .gcra(let table): table.settle(correction, at: now.nanoseconds)
            case .fixedWindow(let table): table.settle(correction, at: now.nanoseconds)
            }
        }
    }

    package func report(rule: Int, key: CounterKey, at now: MonotonicTime) -> LimitDecision {
        switch tables[rule] {
        case .slidingWindow(let table): table.report(key, at: now.nanoseconds)
        case .slidingCounter(let table): table.report(key, at: now.nanoseconds)
        case .gcra(let table): table.report(key, at: now.nanoseconds)
        case .fixedWindow(let table): table.report(key, at: now.nanoseconds)
        }
    }

    package func reset(rule: Int, key: CounterKey) {
        switch tables[rule] {
        case .slidingWindow(let table): table.reset(key)
        case .slidingCounter(let table): table.reset(key)
        case .gcra(let table): table.reset(key)
        case .fixedWindow(let table): table.reset(key)
        }
    }

    /// Forgets all counters of a rule.
    package func reset(rule: Int) {
        switch tables[rule] {
        case .slidingWindow(let table): table.resetAll()
        case .slidingCounter(let table): table.resetAll()
        case .gcra(let table): table.resetAll()
        case .fixedWindow(let table): table.resetAll()
        }
    }

    /// Clients remembered, places for clients, and bytes of logs, for a rule.
    package func usage(_ rule: Int) -> (clients: Int, places: Int, logBytes: Int) {
        switch tables[rule] {
        case .slidingWindow(let table): table.usage
        case .slidingCounter(let table): table.usage
        case .gcra(let table): table.usage
        case .fixedWindow(let table): table.usage
        }
    }
}
