package import GatehouseCore
import Synchronization

/// This process's copy of one set, asked for every request from all loops.
///
/// While it is empty nothing is locked; asking never allocates. A member takes about 250 bytes.
package final class SetView: Sendable {
    private final class Shard: Sendable {
        let table = Mutex(SetShard())
    }

    /// What became of a record.
    enum Merged: Sendable {
        case changed(SetMember)
        /// Nothing new.
        case known
        /// It ended before it came.
        case ended
        /// There is no room; the first since there was.
        case full(isFirst: Bool)
    }

    private static let shardCount = 64

    package let rules: SetRules
    private let seed: CounterSeed
    private let shards: [Shard]
    private let places = Atomic<Int>(0)
    /// When a record last found no room, until a whole load did.
    private let overflowed = Atomic<Bool>(false)
    /// How often something found no room.
    let overflows = Atomic<Int>(0)

    package init(_ rules: SetRules, seed: CounterSeed = .random()) {
        self.rules = rules
        self.seed = seed
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    // MARK: Asking

    /// Members and removals held, ended ones included until they are swept.
    package var count: Int { places.load(ordering: .acquiring) }
    @inline(__always)
    package var isEmpty: Bool { places.load(ordering: .acquiring) == 0 }
    /// Whether everything that it was told found room.
    package var isWhole: Bool { !overflowed.load(ordering: .acquiring) }

    /// Whether something had no room, and there is some now.
    var mayBecomeWhole: Bool { !isWhole && count < rules.membersMax }

    /// The value of a member that counts.
    @inline(__always)
    package func value(of name: String, at now: WallTime) -> Int64? {
        isEmpty ? nil : value(key(name), at: now)
    }

    /// The value of a member that counts, by 16 bytes and a number of which a name of 24 bytes is
    /// made: see `name(_:_:_:)`.
    @inline(__always)
    package func value(_ first: UInt64, _ second: UInt64, _ third: UInt64, at now: WallTime)
        -> Int64?
    {
        if isEmpty { return nil }
        var hasher = CounterHasher(seed)
        hasher.combine(24)
        hasher.combine(first)
        hasher.combine(second)
        hasher.combine(third)
        return value(hasher.finish(), at: now)
    }

    /// A name of three words.
    package static func name(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        for word in [first, second, third] {
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return bytes
    }

    private func value(_ key: CounterKey, at now: WallTime) -> Int64? {
        shard(key).table.withLock { $0.value(key, at: now) }
    }

    /// A member's record, a removal included.
    package func record(of name: [UInt8]) -> SetMember? {
        let key = key(name)
        return shard(key).table.withLock { $0.slots[key]?.member }
    }

    /// All members that count, in no order.
    package func members(at now: WallTime) -> [SetMember] {
        shards.flatMap { shard in
            shard.table.withLock { table in
                table.slots.values.lazy.map(\.member).filter { $0.isPresent(at: now) }
            }
        }
    }

    // MARK: Changing

    /// Merges a record in. `session` is 0 for what a shared store has not been told.
    func merge(_ member: SetMember, session: UInt32 = 0, at now: WallTime) -> Merged {
        guard member.until > now else { return .ended }
        let key = key(member.name)
        let isKnown = shard(key).table.withLock { $0.slots[key] != nil }
        if !isKnown, !hasRoom(at: now) {
            overflows.wrappingAdd(1, ordering: .relaxed)
            return .full(isFirst: !overflowed.exchange(true, ordering: .acquiringAndReleasing))
        }
        return shard(key).table.withLock { table in
            let ended = table.sweepIfGrown(at: now, rules)
            places.wrappingSubtract(ended, ordering: .acquiringAndReleasing)
            let before = table.slots.count
            let result = table.merge(key, member, session: session, at: now, rules)
            if table.slots.count > before {
                places.wrappingAdd(1, ordering: .acquiringAndReleasing)
            }
            return result.map { .changed($0) } ?? .known
        }
    }

    /// What a shared store was not told in a session, at most `max` records.
    func unconfirmed(in session: UInt32, at now: WallTime, max: Int) -> [SetMember] {
        var found: [SetMember] = []
        for shard in shards where found.count < max {
            shard.table.withLock { table in
                for slot in table.slots.values where slot.session != session {
                    if found.count >= max { break }
                    if slot.member.until > now { found.append(slot.member) }
                }
            }
        }
        return found
    }

    /// Two loops that find the last place at once both take it: at most one more for each.
    private func hasRoom(at now: WallTime) -> Bool {
        if count < rules.membersMax { return true }
        sweep(at: now)
        if count < rules.membersMax { return true }
        sweep(at: now, andRemovals: true)
        return count < rules.membersMax
    }

    /// Forgets what has ended.
    package func sweep(at now: WallTime, andRemovals: Bool = false) {
        for shard in shards {
            shard.table.withLock { table in
                let gone = table.sweep(at: now, andRemovals: andRemovals, rules)
                places.wrappingSubtract(gone, ordering: .acquiringAndReleasing)
            }
        }
    }

    /// Everything there is was merged in, and found room or did not.
    package func loaded(isWhole: Bool) {
        overflowed.store(!isWhole, ordering: .releasing)
    }

    // MARK: Places

    private func key(_ name: String) -> CounterKey {
        var hasher = CounterHasher(seed)
        hasher.combine(name)
        return hasher.finish()
    }

    private func key(_ name: [UInt8]) -> CounterKey {
        var hasher = CounterHasher(seed)
        hasher.combine(name.raw)
        return hasher.finish()
    }

    @inline(__always)
    private func shard(_ key: CounterKey) -> Shard {
        shards[Int(truncatingIfNeeded: key.high % UInt64(Self.shardCount))]
    }
}
