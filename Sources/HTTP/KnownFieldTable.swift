import GatehouseCore

/// The look-up structure behind `KnownFields`: lower-case names as words, and a hash over them.
struct KnownFieldTable: Sendable {
    private struct Entry: Sendable {
        var count: Int
        /// The first and the last eight bytes: all of a name up to sixteen.
        var head: UInt64
        var tail: UInt64
    }

    private static let longest = 40
    private static let slotCount = 1_024
    private var entries: [Entry] = []
    private var slots: [UInt8]
    /// The names, each in a row of `longest` bytes.
    private var names: [UInt8] = []

    init(_ names: [StaticString]) {
        precondition(names.count < 192)
        slots = Array(repeating: FieldName.unknown, count: Self.slotCount)
        for (id, name) in names.enumerated() {
            let bytes = name.description.utf8.map(\.asciiLowercased)
            precondition(bytes.count >= 2 && bytes.count <= Self.longest)
            let (head, tail) = Self.ends(bytes.raw, 0, bytes.count)
            entries.append(Entry(count: bytes.count, head: head, tail: tail))
            self.names += bytes + Array(repeating: 0, count: Self.longest - bytes.count)
            var slot = Self.slot(head, tail, bytes.count)
            while slots[slot] != FieldName.unknown { slot = (slot + 1) & (Self.slotCount - 1) }
            slots[slot] = UInt8(id)
        }
    }

    /// The id of the name at a place of `bytes`; reads no byte outside of `bytes`.
    @inline(__always)
    func id(in bytes: RawSpan, at start: Int, count: Int) -> UInt8 {
        guard count >= 2, count <= Self.longest else { return FieldName.unknown }
        let (head, tail) = Self.ends(bytes, start, count)
        var slot = Self.slot(head, tail, count)
        while true {
            let id = slots[slot]
            if id == FieldName.unknown { return id }
            let entry = entries[Int(id)]
            if entry.head == head, entry.tail == tail, entry.count == count,
                count <= 16 || matchesInside(id, bytes, start, count)
            {
                return id
            }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
    }

    @inline(__always)
    private static func ends(_ bytes: RawSpan, _ start: Int, _ count: Int) -> (UInt64, UInt64) {
        let head = bytes.word(start, count: count).asciiLowercased
        if count <= 8 { return (head, 0) }
        return (head, bytes.word(start &+ count &- 8).asciiLowercased)
    }

    @inline(__always)
    private static func slot(_ head: UInt64, _ tail: UInt64, _ count: Int) -> Int {
        let mix = (head ^ tail &* 0x9E37_79B9_7F4A_7C15) &+ UInt64(truncatingIfNeeded: count)
        return Int(truncatingIfNeeded: (mix &* 0xD6E8_FEB8_6659_FD93) &>> 54)
    }

    /// Compares what lies between the first and the last eight bytes.
    private func matchesInside(
        _ id: UInt8, _ bytes: RawSpan, _ start: Int, _ count: Int
    ) -> Bool {
        let row = Int(id) &* Self.longest
        var offset = 8
        while offset < count &- 8 {
            let word = bytes.word(start &+ offset).asciiLowercased
            if word != names.raw.word(row &+ offset) { return false }
            offset = min(offset &+ 8, count &- 8)
        }
        return true
    }
}
