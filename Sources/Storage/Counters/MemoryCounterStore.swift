package import GatehouseCore

/// Counters in this process's memory: for one machine, lost when it restarts.
///
/// Memory: at most `clientsMax` clients a rule (up to 7 % more), each 43 bytes for `gcra` and 64
/// for `slidingWindow` (slots of 32 and 48 bytes, three quarters full), growing from nothing; and
/// for sliding windows up to `logMax` of logs, 32 bytes and 8 for each request that still counts,
/// once a client has more than two of them.
package final class MemoryCounterStore: LocalCounterStore {
    private enum Table: Sendable {
        case gcra(CounterTable<GCRA>)
        case slidingWindow(CounterTable<SlidingWindowLog>)
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
        switch rule.algorithm {
        case .gcra(let burst):
            .gcra(CounterTable(rule, GCRA(quota: rule.quota, window: rule.window, burst: burst)))
        case .slidingWindow:
            .slidingWindow(
                CounterTable(rule, SlidingWindowLog(quota: rule.quota, window: rule.window)))
        }
    }

    package func decide(_ batch: inout LimitBatch, at now: MonotonicTime) {
        guard batch.count > 0 else { return }
        batch.isAdmitted = decide(0, &batch, at: now.nanoseconds, admittedSoFar: true)
    }

    /// Decides item `index` and, while its counter is locked, those after it. On the way in each
    /// looks; on the way out, when all have looked and every lock is still held, each takes or does
    /// not. Rules ascend, so that two batches can't wait for each other.
    private func decide(
        _ index: Int, _ batch: inout LimitBatch, at now: Int64, admittedSoFar: Bool
    ) -> Bool {
        let (rule, key) = (batch[index].rule, batch[index].key)
        var isAdmitted = false
        let others = { (decision: LimitDecision) -> Bool in
            isAdmitted = admittedSoFar && decision.isAdmitted
            if index + 1 < batch.count {
                isAdmitted = self.decide(
                    index + 1, &batch, at: now, admittedSoFar: isAdmitted)
            }
            return isAdmitted
        }
        let decision =
            switch tables[rule] {
            case .gcra(let table): table.decide(key, at: now, others: others)
            case .slidingWindow(let table): table.decide(key, at: now, others: others)
            }
        batch[index].decision = decision
        return isAdmitted
    }

    /// Clients remembered, places for clients, and bytes of logs, for a rule.
    package func usage(_ rule: Int) -> (clients: Int, places: Int, logBytes: Int) {
        switch tables[rule] {
        case .gcra(let table): table.usage
        case .slidingWindow(let table): table.usage
        }
    }
}
