import GatehouseCore

/// Keys that Redis refused, until when: asked again before, they are refused here, so that an
/// attack does not become load on Redis.
///
/// What others give back or reset meanwhile is noticed after `longest` at the latest; what this
/// process does, at once.
final class RefusalCache: Sendable {
    private struct Refusal: Sendable {
        let cost: UInt32
        let remaining: Int
        /// When the cost fits.
        let end: Int64
    }

    private let table: KeyTable<Refusal>
    private let longest: Int64
    /// By rule, the most that one request may cost.
    private let costMax: [UInt32]

    init(keysMax: Int, longest: Duration, costMax: [UInt32]) {
        self.costMax = costMax
        table = KeyTable(keysMax: keysMax)
        self.longest = longest.nanoseconds
    }

    /// Refuses a batch that holds a key which is known to be refused, for what it asks now. Items
    /// that were not asked for say that they admit, and that all is left.
    func refuses(_ batch: inout LimitBatch, at now: MonotonicTime) -> Bool {
        var isRefused = false
        for index in 0..<batch.count where !batch[index].isShadow {
            let item = batch[index]
            let found = table.withValue(of: item.key, at: now.nanoseconds) { refusal in
                refusal.flatMap { $0.cost == item.cost ? $0 : nil }
            }
            guard let refusal = found.flatMap({ $0 }) else { continue }
            batch[index].decision = LimitDecision(
                isAdmitted: false, remaining: refusal.remaining,
                wait: refusal.end &- now.nanoseconds)
            isRefused = true
        }
        guard isRefused else { return false }
        batch.isAdmitted = false
        for index in 0..<batch.count where batch[index].decision.isAdmitted {
            batch[index].decision = LimitDecision(
                isAdmitted: true, remaining: Int(costMax[batch[index].rule]), wait: 0)
        }
        return true
    }

    /// Notes what was refused.
    /// - Parameter now: when it was asked for, so that nobody waits for longer than he must.
    func note(_ batch: LimitBatch, at now: MonotonicTime) {
        guard !batch.isAdmitted else { return }
        for index in 0..<batch.count {
            let item = batch[index]
            // What never fits is told to wait for a window from each time it is asked for.
            guard !item.isShadow, !item.decision.isAdmitted, item.decision.wait > 0,
                item.cost <= costMax[item.rule]
            else { continue }
            let refusal = Refusal(
                cost: item.cost, remaining: item.decision.remaining,
                end: now.nanoseconds &+ item.decision.wait)
            table.set(
                refusal, until: now.nanoseconds &+ min(item.decision.wait, longest), of: item.key)
        }
    }

    func forget(_ key: CounterKey) { table.remove(key) }
}
