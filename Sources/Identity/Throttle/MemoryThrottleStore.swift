package import GatehouseCore
import GatehouseStorage
import Synchronization

/// Counters of one process, in bounded memory.
package final class MemoryThrottleStore: ThrottleStore {
    private let counters = Mutex<[CounterKey: ThrottleCounter]>([:])
    private static let countersMax = 200_000

    /// Nothing was counted yet.
    package init() {}

    package func wait(
        _ keys: [ThrottleKey], now: MonotonicTime
    ) throws(ThrottleUnavailable) -> Duration? {
        wait(keys, now)
    }

    /// As `wait(_:now:)`, which never fails here.
    func wait(_ keys: [ThrottleKey], _ now: MonotonicTime) -> Duration? {
        let now = now.nanoseconds / 1_000
        let wait = counters.withLock { table in
            keys.compactMap { table[$0.key]?.wait(now) }.max() ?? 0
        }
        return wait > 0 ? .microseconds(wait) : nil
    }

    package func count(_ keys: [ThrottleKey], now: MonotonicTime) {
        let now = now.nanoseconds / 1_000
        counters.withLock { table in
            if table.count + keys.count > Self.countersMax { Self.makeRoom(&table, now) }
            for key in keys {
                table[key.key, default: ThrottleCounter(now: now)].count(free: key.free, now: now)
            }
        }
    }

    package func forget(_ key: ThrottleKey) { counters.withLock { $0[key.key] = nil } }

    /// What has faded goes, then whatever blocks nobody, then the rest.
    private static func makeRoom(_ table: inout [CounterKey: ThrottleCounter], _ now: Int64) {
        table = table.filter { $0.value.faded(now) > 0.5 }
        if table.count > countersMax / 2 { table = table.filter { $0.value.blocked > now } }
        if table.count > countersMax / 2 { table.removeAll() }
    }

    /// How many counters are kept.
    var count: Int { counters.withLock { $0.count } }
}
