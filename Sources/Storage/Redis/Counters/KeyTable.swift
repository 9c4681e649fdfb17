import Synchronization

/// A bounded table of what a process remembers about some keys: in shards with a lock each, four
/// places for a key in each; a new key takes an empty place, or that of the one that ends first.
final class KeyTable<Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var high: UInt64 = 0
        var low: UInt64 = 0
        /// When it may be forgotten, in nanoseconds.
        var end = Int64.min
        var value: Value?
    }

    private static var ways: Int { 4 }
    private static var shardCount: Int { 16 }

    private let setsPerShard: Int
    private let shards: InlineArray<16, Mutex<[Slot]>>

    /// Room for so many keys, rounded up; memory is taken once the first is noted.
    init(keysMax: Int) {
        setsPerShard = max((keysMax - 1) / (Self.ways * Self.shardCount) + 1, 1)
        shards = .init { _ in Mutex([]) }
    }

    /// Looks at what is known about a key, and may change it; the closure's result is returned. An
    /// expired value is none.
    @inline(__always)
    func withValue<Result: Sendable>(
        of key: CounterKey, at now: Int64, _ body: (inout Value?) -> Result
    ) -> Result? {
        shards[shard(key)].withLock { slots in
            guard let place = find(key, slots), slots[place].end > now else { return nil }
            return body(&slots[place].value)
        }
    }

    /// Notes a value until `end`. What was known of the same key may stay in its place; the one
    /// that did not is returned.
    @discardableResult
    func set(
        _ value: Value, until end: Int64, of key: CounterKey,
        unless isBetter: (Value) -> Bool = { _ in false }
    ) -> Value? {
        shards[shard(key)].withLock { slots in
            if slots.isEmpty {
                slots = Array(repeating: Slot(), count: setsPerShard * Self.ways)
            }
            let start = start(key)
            let known = find(key, slots)
            if let known, let held = slots[known].value, isBetter(held) { return value }
            let place =
                known ?? (start..<start + Self.ways).min { slots[$0].end < slots[$1].end } ?? start
            let old = known.flatMap { slots[$0].value }
            slots[place] = Slot(high: key.high, low: key.low, end: end, value: value)
            return old
        }
    }

    /// Forgets a key and returns what was known, expired or not.
    @discardableResult
    func remove(_ key: CounterKey) -> Value? {
        shards[shard(key)].withLock { slots in
            guard let place = find(key, slots) else { return nil }
            let value = slots[place].value
            slots[place] = Slot()
            return value
        }
    }

    @inline(__always)
    private func find(_ key: CounterKey, _ slots: [Slot]) -> Int? {
        guard !slots.isEmpty else { return nil }
        let start = start(key)
        for place in start..<start + Self.ways
        where slots[place].low == key.low && slots[place].high == key.high {
            return place
        }
        return nil
    }

    @inline(__always)
    private func shard(_ key: CounterKey) -> Int { Int(key.high & 15) }

    /// Where a key's places begin.
    @inline(__always)
    private func start(_ key: CounterKey) -> Int {
        let set = key.low.multipliedFullWidth(by: UInt64(setsPerShard)).high
        return Int(truncatingIfNeeded: set) * Self.ways
    }
}
