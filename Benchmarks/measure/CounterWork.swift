import GatehouseCore
import GatehouseStorage

/// Decisions of limits in memory, for one client of many after the other, and a plain dictionary
/// that adds one under the same keys, the least that a counter could do.
enum CounterWork {
    private static let window = Duration.seconds(60)
    private static let quota = 100
    private static let requestsEach = 4
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    /// - Parameters:
    ///   - name: the algorithm, or `dictionary`.
    ///   - clients: how many there are, as a decimal number.
    static func decide(_ name: String, clients: String) -> Work? {
        guard let clients = Int(clients), clients > 0 else { return nil }
        // Neighbours in this list are strangers in a table: a key is a hash.
        let keys = keys(clients)
        var next = 0
        func place() -> Int {
            next &+= 1
            if next == clients { next = 0 }
            return next
        }
        if name == "dictionary" {
            var counts: [CounterKey: Int] = [:]
            for key in keys { counts[key] = 1 }
            return Work {
                counts[keys[place()], default: 0] += 1
                return true
            }
        }
        guard let store = filled(name, keys) else { return nil }
        // Each client has a few requests in a window.
        let step = window.nanoseconds / Int64(clients * requestsEach)
        var now = start
        return Work {
            now.nanoseconds &+= step
            // As the gate does where one limit applies.
            var item = LimitBatch.Item(rule: 0, key: keys[place()])
            store.decide(&item, at: now)
            return item.decision.isAdmitted
        }
    }

    /// What the process grows by for each client.
    static func bytes(_ name: String, clients: String) -> Double? {
        guard let clients = Int(clients), clients > 0 else { return nil }
        let keys = keys(clients)
        // Freed sooner, the keys' own memory would hide as much of the counters'.
        return withExtendedLifetime(keys) {
            guard let before = residentBytes(), let store = filled(name, keys),
                let after = residentBytes(), store.usage(0).clients == clients
            else { return nil }
            return Double(after - before) / Double(clients)
        }
    }

    private static func filled(_ name: String, _ keys: [CounterKey]) -> MemoryCounterStore? {
        let algorithm: LimitRule.Algorithm
        switch name {
        case "gcra": algorithm = .gcra(burst: quota)
        case "sliding-counter": algorithm = .slidingCounter
        case "sliding-window": algorithm = .slidingWindow
        case "fixed-window": algorithm = .fixedWindow
        default: return nil
        }
        let store = MemoryCounterStore([
            LimitRule(
                name: name, algorithm: algorithm, quota: quota, window: window,
                clientsMax: max(keys.count, 100_000))
        ])
        for key in keys {
            var batch = LimitBatch()
            batch.append(rule: 0, key: key)
            store.decide(&batch, at: start)
        }
        return store
    }

    private static func keys(_ count: Int) -> [CounterKey] {
        (0..<count).map { number in
            var hasher = CounterHasher(CounterSeed(1, 2))
            hasher.combine(UInt64(number))
            return hasher.finish()
        }
    }

    private static func residentBytes() -> Int? {
        guard let text = contents("/proc/self/statm") else { return nil }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * 4_096
    }
}
