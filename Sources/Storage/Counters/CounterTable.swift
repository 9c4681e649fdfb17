import GatehouseCore
import Synchronization

/// The counters of one rule, in shards with a lock each, so that loops seldom meet.
final class CounterTable<Algorithm: LimitAlgorithm>: Sendable {
    /// More shards than loops on large machines; small tables use fewer of them.
    private static var shardsMax: Int { 64 }
    /// Clients that make another shard worth while.
    private static var clientsPerShard: Int { 4_096 }

    private let algorithm: Algorithm
    private let shards: InlineArray<64, Mutex<CounterShard<Algorithm>>>
    private let mask: UInt64

    init(_ rule: LimitRule, _ algorithm: Algorithm) {
        self.algorithm = algorithm
        var count = 1
        while count < Self.shardsMax, rule.clientsMax / count >= 2 * Self.clientsPerShard {
            count *= 2
        }
        mask = UInt64(count - 1)
        let mean = rule.clientsMax / count
        // Keys spread by chance; without slack a shard would evict while others have room.
        let slack = count == 1 ? 0 : 4 * Int(Double(mean).squareRoot())
        let heapMax = rule.logMax.bytes / count
        shards = .init { _ in Mutex(CounterShard(countMax: mean + slack, heapMax: heapMax)) }
    }

    /// Decides under the key's lock, asks `others` whether all other limits admit too, and takes if
    /// they do. What it returns is what holds after that.
    @inline(__always)
    func decide(
        _ key: CounterKey, cost: UInt32, at now: Int64, others: (LimitDecision) -> Bool
    ) -> (decision: LimitDecision, moment: Int64) {
        withShard(key) { shard in
            let (decision, place) = shard.decide(key, cost, algorithm, at: now)
            let isAdmitted = others(decision)
            guard decision.isAdmitted else { return (decision, LimitBatch.Item.tookNothing) }
            guard isAdmitted else {
                return (shard.report(key, algorithm, at: now), LimitBatch.Item.tookNothing)
            }
            return (decision, shard.take(key, place, cost, algorithm, at: now))
        }
    }

    /// Decides one limit that applies alone.
    @inline(__always)
    func decideAlone(_ item: inout LimitBatch.Item, at now: Int64) {
        let (key, cost) = (item.key, item.cost)
        (item.decision, item.moment) = withShard(key) {
            $0.decideAlone(key, cost, algorithm, at: now)
        }
    }

    func report(_ key: CounterKey, at now: Int64) -> LimitDecision {
        withShard(key) { $0.report(key, algorithm, at: now) }
    }

    func settle(_ correction: LimitCorrection, at now: Int64) {
        let amount = UInt32(clamping: correction.amount.magnitude)
        withShard(correction.key) { shard in
            if correction.amount > 0 {
                shard.charge(correction.key, amount, algorithm, at: now)
            } else if correction.amount < 0 {
                shard.giveBack(
                    correction.key, amount, taken: correction.moment, algorithm, at: now)
            }
        }
    }

    func reset(_ key: CounterKey) {
        withShard(key) { $0.reset(key, algorithm) }
    }

    func resetAll() {
        for index in 0...Int(mask) { shards[index].withLock { $0.resetAll() } }
    }

    @inline(__always)
    private func withShard<Result: Sendable>(
        _ key: CounterKey, _ body: (inout sending CounterShard<Algorithm>) -> sending Result
    ) -> Result {
        shards[Int(truncatingIfNeeded: key.high & mask)].withLock(body)
    }

    /// Clients remembered, places for clients, and bytes of logs.
    var usage: (clients: Int, places: Int, logBytes: Int) {
        var total = (clients: 0, places: 0, logBytes: 0)
        for index in 0...Int(mask) {
            let part = shards[index].withLock {
                (clients: $0.count, places: $0.capacity, heap: $0.heap)
            }
            total.clients += part.clients
            total.places += part.places
            total.logBytes += part.heap
        }
        return total
    }
}
