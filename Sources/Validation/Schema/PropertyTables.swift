import GatehouseCore

/// Names, each once, and tables that find what belongs to a name.
///
/// A table's seed is chosen when it is made so that no two of its names meet, if there is such a
/// seed: a look-up then hashes once and compares once. Names of a client's can't change a table.
struct PropertyTables: Sendable {
    /// What a table knows of a name.
    struct Entry: Sendable {
        /// The name's number, or -1 for an empty place.
        var name: Int32 = -1
        /// Block for the member, or `SchemaBlock.none`.
        var block = SchemaBlock.none
        /// Number among the names that must be there, or -1.
        var required: Int32 = -1
        /// Part of the hash, so that most names that differ are not compared.
        var tag: UInt32 = 0
    }

    private struct Table: Sendable {
        var start: Int
        var mask: Int
        var seed: UInt64
    }

    private(set) var texts: [String] = []
    private var bytes: [UInt8] = []
    private var ranges: [ByteRange] = []
    private var numbers: [String: Int32] = [:]
    private var tables: [Table] = []
    private var entries: [Entry] = []

    /// Seeds that are tried for one without collisions.
    private static let seedsMax: UInt64 = 64

    /// The number of a name.
    mutating func number(of name: String) -> Int32 {
        if let known = numbers[name] { return known }
        let number = Int32(texts.count)
        numbers[name] = number
        texts.append(name)
        ranges.append(ByteRange(start: bytes.count, count: name.utf8.count))
        bytes += Array(name.utf8)
        return number
    }

    /// Makes a table; its number.
    mutating func add(_ members: [Entry]) -> Int32 {
        var size = 2
        while size < members.count * 2 { size *= 2 }
        var best = placed(members, size: size, seed: 0)
        for seed in 1..<Self.seedsMax where best.collisions > 0 {
            let next = placed(members, size: size, seed: seed)
            if next.collisions < best.collisions { best = next }
        }
        tables.append(Table(start: entries.count, mask: size - 1, seed: best.seed))
        entries += best.entries
        return Int32(tables.count - 1)
    }

    private func placed(
        _ members: [Entry], size: Int, seed: UInt64
    ) -> (entries: [Entry], collisions: Int, seed: UInt64) {
        var result = [Entry](repeating: Entry(), count: size)
        var collisions = 0
        for var member in members {
            let hash = bytes.raw.slice(ranges[Int(member.name)]).hash(seed: seed)
            member.tag = UInt32(truncatingIfNeeded: hash &>> 32)
            var place = Int(truncatingIfNeeded: hash) & (size - 1)
            while result[place].name >= 0 {
                collisions += 1
                place = (place + 1) & (size - 1)
            }
            result[place] = member
        }
        return (result, collisions, seed)
    }

    /// What a table knows of a name; nil if it is not in it.
    @inline(__always)
    func find(_ name: RawSpan, in table: Int32) -> Entry? {
        let table = tables[Int(table)]
        let hash = name.hash(seed: table.seed)
        let tag = UInt32(truncatingIfNeeded: hash &>> 32)
        var place = Int(truncatingIfNeeded: hash) & table.mask
        while true {
            let entry = entries[table.start &+ place]
            if entry.name < 0 { return nil }
            if entry.tag == tag, bytes.raw.slice(ranges[Int(entry.name)]).equals(name) {
                return entry
            }
            place = (place &+ 1) & table.mask
        }
    }

    /// Whether a text is this name.
    func equals(_ text: RawSpan, _ number: Int32) -> Bool {
        bytes.raw.slice(ranges[Int(number)]).equals(text)
    }
}
