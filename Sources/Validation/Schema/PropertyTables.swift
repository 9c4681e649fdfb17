import GatehouseCore

/// Names, each once, and tables that find what belongs to a name.
///
/// A table's factor is chosen when it is made so that no two of its names meet, if there is such a
/// factor: a look-up then compares once, and takes the hash that the reader of JSON already made.
/// Names of a client's can't change a table.
struct PropertyTables: Sendable {
    /// What a table knows of a name.
    struct Entry: Sendable {
        /// The name's number, or -1 for an empty place.
        var name: Int32 = -1
        /// Block for the member, or `SchemaBlock.none`.
        var block = SchemaBlock.none
        /// Number among the names that must be there, or -1.
        var required: Int32 = -1
        /// The name's length, first and last eight bytes: most names need no other comparison.
        fileprivate var count: Int32 = 0
        fileprivate var prefix: UInt64 = 0
        fileprivate var suffix: UInt64 = 0

        init(name: Int32 = -1, block: Int32 = SchemaBlock.none, required: Int32 = -1) {
            self.name = name
            self.block = block
            self.required = required
        }
    }

    /// Where the entries of a table lie.
    struct Table: Sendable {
        fileprivate var start: Int
        fileprivate var mask: Int
        fileprivate var factor: UInt32 = 1
        private let shift: UInt32

        /// A table with so many places, a power of two.
        fileprivate init(start: Int, size: Int) {
            self.start = start
            mask = size - 1
            shift = UInt32(32 - size.trailingZeroBitCount)
        }

        /// Where a hash would lie if nothing were in its way.
        @inline(__always)
        fileprivate func home(_ hash: UInt32) -> Int {
            // The upper bits of a product depend on all of the hash.
            Int(truncatingIfNeeded: (hash &* factor) &>> shift)
        }
    }

    private(set) var texts: [String] = []
    private var bytes: [UInt8] = []
    private var ranges: [ByteRange] = []
    /// By their bytes: two texts that only look the same are two names.
    private var numbers: [[UInt8]: Int32] = [:]
    private var tables: [Table] = []
    private var entries: [Entry] = []

    /// Factors that are tried for one without collisions, and the most names for which one may be
    /// found.
    private static let factorsMax: UInt32 = 64
    private static let searchedMax = 256

    /// The number of a name.
    mutating func number(of name: String) -> Int32 {
        let text = Array(name.utf8)
        if let known = numbers[text] { return known }
        let number = Int32(texts.count)
        numbers[text] = number
        texts.append(name)
        ranges.append(ByteRange(start: bytes.count, count: text.count))
        bytes += text
        return number
    }

    /// Makes a table; its number.
    mutating func add(_ members: [Entry]) -> Int32 {
        var size = 2
        while size < members.count * 2 { size *= 2 }
        var table = Table(start: entries.count, size: size)
        var best = placed(members, in: table)
        let isSmall = members.count <= Self.searchedMax
        for number in 1..<Self.factorsMax where isSmall && best.collisions > 0 {
            var next = table
            next.factor = number &* 0x9E37_79B8 | 1
            let result = placed(members, in: next)
            if result.collisions < best.collisions { (best, table) = (result, next) }
        }
        tables.append(table)
        entries += best.entries
        return Int32(tables.count - 1)
    }

    private func placed(
        _ members: [Entry], in table: Table
    ) -> (entries: [Entry], collisions: Int) {
        var result = [Entry](repeating: Entry(), count: table.mask + 1)
        var collisions = 0
        for var member in members {
            let range = ranges[Int(member.name)]
            (member.count, member.prefix) = (range.count, bytes.raw.namePrefix(range))
            member.suffix = bytes.raw.nameSuffix(range)
            var place = table.home(bytes.raw.nameHash(range))
            while result[place].name >= 0 {
                collisions += 1
                place = (place + 1) & table.mask
            }
            result[place] = member
        }
        return (result, collisions)
    }

    /// The table of a number.
    @inline(always)
    func table(_ number: Int32) -> Table { tables[Int(number)] }

    /// What a table knows of the name at a place of a text, by its `nameHash`; nil if it is not in
    /// it.
    @inline(always)
    func find(_ range: ByteRange, _ hash: UInt32, of text: RawSpan, in table: Table) -> Entry? {
        let prefix = text.namePrefix(range)
        var place = table.home(hash)
        while true {
            let index = table.start &+ place
            let name = entries[index].name
            if name < 0 { return nil }
            if entries[index].prefix == prefix, entries[index].count == range.count {
                if range.count <= 8 { return entries[index] }
                let isSame =
                    entries[index].suffix == text.nameSuffix(range)
                    && (range.count <= 16 || equals(text.slice(range), name))
                if isSame { return entries[index] }
            }
            place = (place &+ 1) & table.mask
        }
    }

    /// Whether a text is this name.
    @inline(__always)
    func equals(_ text: RawSpan, _ number: Int32) -> Bool {
        bytes.raw.slice(ranges[Int(number)]).equals(text)
    }
}
