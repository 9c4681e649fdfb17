import GatehouseCore

/// Units that were taken from Redis in advance and are spent here.
///
/// Only a key that comes often is worth it: the first time it takes what it asks for, and again
/// within `holdMax`, more at once. What is not spent within that time is given back when the key
/// comes again, or lost until its window ends.
final class LeaseTable: Sendable {
    struct Lease: Sendable {
        let rule: Int
        var left: UInt32
        /// What the client has left, `left` included.
        var remaining: Int
        /// When there is more than `remaining`.
        let more: Int64
        /// The store's moment of the taking.
        let moment: Int64
        let end: Int64
    }

    private let table: KeyTable<Lease>
    private let hold: Duration
    /// Leases are looked for beyond their end, to give back what is left.
    private static let endless = Int64.min + 1

    init(keysMax: Int, hold: Duration) {
        table = KeyTable(keysMax: keysMax)
        self.hold = hold
    }

    /// Spends `cost`, if there is so much.
    func spend(_ item: inout LimitBatch.Item, at now: MonotonicTime) -> Bool {
        let cost = item.cost
        let found = table.withValue(of: item.key, at: Self.endless) { lease -> Lease? in
            guard let held = lease, held.end > now.nanoseconds, held.left >= cost else {
                return nil
            }
            lease?.left -= cost
            lease?.remaining -= Int(cost)
            return lease
        }
        guard let lease = found.flatMap({ $0 }) else { return false }
        item.decision = LimitDecision(
            isAdmitted: true, remaining: max(lease.remaining, 0),
            wait: max(lease.more &- now.nanoseconds, 0))
        item.moment = lease.moment
        return true
    }

    /// Takes back what `spend` spent, if the lease is still the same.
    func unspend(_ item: LimitBatch.Item) {
        _ = table.withValue(of: item.key, at: Self.endless) { lease in
            guard lease?.moment == item.moment else { return }
            lease?.left += item.cost
            lease?.remaining += Int(item.cost)
        }
    }

    /// Whether the key came within the last while, and what an older lease left over.
    func renew(_ key: CounterKey, at now: MonotonicTime) -> (isHot: Bool, left: Lease?) {
        guard let old = table.remove(key) else { return (false, nil) }
        return (old.end > now.nanoseconds, old.left > 0 ? old : nil)
    }

    /// Notes what was taken for an item, `taken` units in all. Another request may have taken a
    /// lease of the same key meanwhile: the larger stays, and what is left of the other is
    /// returned.
    func note(
        _ item: LimitBatch.Item, taken: UInt32, window: Int64, at now: MonotonicTime
    ) -> Lease? {
        let hold = min(hold.nanoseconds, window / 10)
        let lease = Lease(
            rule: item.rule, left: taken > item.cost ? taken - item.cost : 0,
            remaining: item.decision.remaining, more: now.nanoseconds &+ item.decision.wait,
            moment: item.moment, end: now.nanoseconds &+ hold)
        let other = table.set(lease, until: lease.end, of: item.key) { $0.left > lease.left }
        return other.flatMap { $0.left > 0 ? $0 : nil }
    }

    func forget(_ key: CounterKey) { table.remove(key) }
}
