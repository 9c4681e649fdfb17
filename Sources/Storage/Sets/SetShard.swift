import GatehouseCore

/// One part of a set's table.
struct SetShard: Sendable {
    struct Slot: Sendable {
        var member: SetMember
        /// The session in which a shared store was last known to hold this record; 0: it does not.
        var session: UInt32
        /// Whether the observer was told that it counts.
        var isAnnounced: Bool
    }

    private(set) var slots: [CounterKey: Slot] = [:]
    /// No record ends before.
    private var earliest = Int64.max
    private var removals = 0
    /// Records at which what has ended is looked for.
    private var sweepAt = SetShard.sweepMin
    private static let sweepMin = 64

    @inline(__always)
    func value(_ key: CounterKey, at now: WallTime) -> Int64? {
        guard let place = slots.index(forKey: key) else { return nil }
        let member = slots.values[place].member
        return member.isPresent(at: now) ? member.value : nil
    }

    /// Merges a record in; the record in force if that is another one now.
    mutating func merge(
        _ key: CounterKey, _ member: SetMember, session: UInt32, at now: WallTime,
        _ rules: SetRules
    ) -> SetMember? {
        guard var slot = slots[key] else {
            slots[key] = Slot(member: member, session: session, isAnnounced: !member.isRemoval)
            earliest = min(earliest, member.until.nanoseconds)
            if member.isRemoval {
                removals += 1
            } else {
                rules.observer?(SetChange(member: member.name, isPresent: true))
            }
            return member
        }
        // What has ended may be forgotten at any time, and must not decide by chance.
        let hasEnded = slot.member.until <= now
        var merged = hasEnded ? member : slot.member.merged(with: member, rules.merge)
        // Where two differ in their notes alone, the shared store's is everybody's.
        if session != 0, merged.saysTheSame(as: member) { merged.note = member.note }
        let hasChanged = merged != slot.member
        // A store that holds less than this is yet to be told.
        if merged == member { slot.session = session } else if hasChanged { slot.session = 0 }
        slot.member = merged
        if slot.isAnnounced == merged.isRemoval {
            slot.isAnnounced = !merged.isRemoval
            removals += merged.isRemoval ? 1 : -1
            rules.observer?(SetChange(member: merged.name, isPresent: slot.isAnnounced))
        }
        slots[key] = slot
        earliest = min(earliest, merged.until.nanoseconds)
        return hasChanged ? merged : nil
    }

    /// Forgets what has ended once there may be as much of it as of the rest; how many went.
    mutating func sweepIfGrown(at now: WallTime, _ rules: SetRules) -> Int {
        guard slots.count >= sweepAt else { return 0 }
        let gone = sweep(at: now, andRemovals: false, rules)
        sweepAt = max(Self.sweepMin, slots.count * 2)
        return gone
    }

    /// Forgets what has ended, and removals if they are not wanted any more; how many went.
    mutating func sweep(at now: WallTime, andRemovals: Bool, _ rules: SetRules) -> Int {
        guard earliest <= now.nanoseconds || (andRemovals && removals > 0) else { return 0 }
        let before = slots.count
        var kept: [CounterKey: Slot] = [:]
        earliest = .max
        removals = 0
        for (key, slot) in slots {
            if slot.member.until > now, !(andRemovals && slot.member.isRemoval) {
                kept[key] = slot
                earliest = min(earliest, slot.member.until.nanoseconds)
                if slot.member.isRemoval { removals += 1 }
            } else if slot.isAnnounced {
                rules.observer?(SetChange(member: slot.member.name, isPresent: false))
            }
        }
        slots = kept
        return before - kept.count
    }
}
