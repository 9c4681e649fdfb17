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
        /// The name's length and first eight bytes: most names need no other comparison.
        fileprivate var count: Int32 = 0
        fileprivate var prefix: UInt64 = 0

        init(name: Int32 = -1, block: Int32 = SchemaBlock.none, required: Int32 = -1) {
            self.name = name
            self.block = block
            self.required = required
        }
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
            let range = ranges[Int(member.name)]
            let (hash, prefix) = bytes.raw.nameHash(range, seed: seed)
            (member.count, member.prefix) = (range.count, prefix)
            var place = Int(truncatingIfNeeded: hash) & (size - 1)
            while result[place].name >= 0 {
                collisions += 1
                place = (place + 1) & (size - 1)
            }
            result[place] = member
        }
        return (result, collisions, seed)
    }

    /// What a table knows of the name at a place of a text; nil if it is not in it.
    @inline(__always)
    func find(_ range: ByteRange, of text: RawSpan, in table: Int32) -> Entry? {
        let table = tables[Int(table)]
        let (hash, prefix) = text.nameHash(range, seed: table.seed)
        var place = Int(truncatingIfNeeded: hash) & table.mask
        while true {
            let entry = entries[table.start &+ place]
            if entry.name < 0 { return nil }
            if entry.prefix == prefix, entry.count == range.count,
                range.count <= 8 || equals(text.slice(range), entry.name)
            {
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

extension RawSpan {
    /// A hash of the bytes at a place, and the first eight of them with zeros behind.
    @inline(__always)
    fileprivate func nameHash(_ range: ByteRange, seed: UInt64) -> (hash: UInt64, prefix: UInt64) {
        let (start, count) = (Int(range.start), Int(range.count))
        let prefix = prefix(start, count)
        var hash = (prefix ^ seed &+ UInt64(truncatingIfNeeded: count) &<< 56).mixed
        if count > 8 {
            var index = start &+ 8
            let last = start &+ count &- 8
            while index < last {
                hash = (hash ^ word(index)).mixed
                index &+= 8
            }
            hash = (hash ^ word(last)).mixed
        }
        return (hash, prefix)
    }

    @inline(__always)
    private func prefix(_ start: Int, _ count: Int) -> UInt64 {
        if count >= 8 { return word(start) }
        if start &+ 8 <= byteCount { return word(start) & (1 &<< UInt64(count &* 8) &- 1) }
        var value: UInt64 = 0
        for offset in 0..<count { value |= UInt64(byte(start &+ offset)) &<< UInt64(offset &* 8) }
        return value
    }
}

extension UInt64 {
    @inline(__always)
    fileprivate var mixed: UInt64 {
        let product = self &* 0x9E37_79B9_7F4A_7C15
        return product ^ product &>> 32
    }
}
