/// Which member of a cluster holds which slot.
struct RedisClusterMap {
    /// For each slot a place in `members`, or `none`.
    private var slots: [UInt16] = []
    private(set) var members: [RedisAddress] = []
    private static let none = UInt16.max
    private static let membersMax = 1_024

    var isEmpty: Bool { members.isEmpty }

    func member(for slot: Int) -> RedisAddress? {
        guard slot < slots.count, slots[slot] != Self.none else { return nil }
        return members[Int(slots[slot])]
    }

    /// Notes that one slot moved.
    mutating func move(_ slot: Int, to address: RedisAddress) {
        guard slot < slots.count, let place = place(of: address) else { return }
        slots[slot] = place
    }

    private mutating func place(of address: RedisAddress) -> UInt16? {
        if let place = members.firstIndex(of: address) { return UInt16(place) }
        guard members.count < Self.membersMax else { return nil }
        members.append(address)
        return UInt16(members.count - 1)
    }

    init() {}

    /// Reads `CLUSTER SLOTS`: ranges of slots, each with its master first.
    /// - Parameter source: the member that answered; an entry without a host means it.
    init?(_ reply: RedisReply, from source: RedisAddress) {
        guard let ranges = reply.array, ranges.count <= RedisSlot.count else { return nil }
        slots = [UInt16](repeating: Self.none, count: RedisSlot.count)
        for range in ranges {
            guard let parts = range.array, parts.count >= 3, let first = parts[0].integer,
                let last = parts[1].integer, first >= 0, first <= last,
                last < RedisSlot.count, let master = parts[2].array, master.count >= 2,
                let port = master[1].integer.flatMap({ UInt16(exactly: $0) })
            else { return nil }
            var host = master[0].text ?? ""
            if host.isEmpty || host == "?" { host = source.host }
            guard port > 0, let place = place(of: .tcp(host: host, port: port)) else { return nil }
            for slot in Int(first)...Int(last) { slots[slot] = place }
        }
        if isEmpty { return nil }
    }
}
