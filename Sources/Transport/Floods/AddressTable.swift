import GatehouseCore

/// What one address has used up of its allowances. Every field is a moment in nanoseconds of the
/// monotonic clock, so that time alone makes a record worth nothing.
struct AddressRecord {
    let address: IPAddress
    var connections: Int64 = 0
    var handshakes: Int64 = 0
    var badRequests: Int64 = 0
    var barredUntil: Int64 = 0
    var refusals = Report()
    var cuts = Report()

    /// What is counted of an address and told once in a while.
    struct Report {
        /// How often one address is told of.
        static let interval = Duration.seconds(10)

        private(set) var until: Int64 = 0
        private var count = 0

        /// Counts one; returns how many are to be told of, 0 while it is too early.
        mutating func note(at now: MonotonicTime) -> Int {
            count += 1
            guard until <= now.nanoseconds else { return 0 }
            until = (now + Self.interval).nanoseconds
            defer { count = 0 }
            return count
        }
    }

    init(_ address: IPAddress) { self.address = address }

    /// From when on forgetting the record changes nothing.
    var worthUntil: Int64 {
        max(
            max(connections, handshakes, badRequests), max(barredUntil, refusals.until, cuts.until))
    }
}

/// Records of the addresses seen lately, in sets of a few: as bounded in time as in memory.
///
/// A full set forgets the record that would have mattered for the shortest time, so that someone
/// with many addresses pushes out his own fresh ones and no penalty. Sets that nobody needed cost a
/// pointer.
struct AddressTable {
    /// Sets, and records in one: 65,536 addresses, about 6 MiB when all are in use.
    static let setCount = 8_192
    static let waysMax = 8

    private var sets: [[AddressRecord]]

    init() { sets = Array(repeating: [], count: Self.setCount) }

    /// An IPv6 customer holds at least a /64: all of it counts as one client.
    static func key(_ address: IPAddress) -> IPAddress {
        address.isIPv4 ? address : IPAddress(high: address.high, low: 0)
    }

    /// Shows the record of an address, a new one if there is none.
    mutating func with<Result>(
        _ address: IPAddress, _ body: (inout AddressRecord) -> Result
    ) -> Result {
        let key = Self.key(address)
        // Swift seeds its hashes per process: nobody can aim at a set.
        let index = key.hashValue & (Self.setCount - 1)
        return body(&sets[index][way(of: key, in: index)])
    }

    private mutating func way(of key: IPAddress, in index: Int) -> Int {
        if let way = sets[index].firstIndex(where: { $0.address == key }) { return way }
        if sets[index].count < Self.waysMax {
            sets[index].append(AddressRecord(key))
            return sets[index].count - 1
        }
        var least = 0
        for way in 1..<Self.waysMax
        where sets[index][way].worthUntil < sets[index][least].worthUntil {
            least = way
        }
        sets[index][least] = AddressRecord(key)
        return least
    }

    /// Records held now.
    var count: Int { sets.reduce(0) { $0 + $1.count } }
}
