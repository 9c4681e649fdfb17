/// A set of known field names, as bits.
package struct FieldSet: Sendable {
    private var words: InlineArray<3, UInt64> = .init(repeating: 0)

    package init() {}

    package init(_ names: [FieldName]) {
        for name in names { insert(name.id) }
    }

    @inline(__always)
    package func contains(_ id: UInt8) -> Bool {
        id < 192 && words[Int(id &>> 6)] &>> UInt64(id & 63) & 1 == 1
    }

    @inline(__always)
    package mutating func insert(_ id: UInt8) {
        guard id < 192 else { return }
        words[Int(id &>> 6)] |= 1 &<< UInt64(id & 63)
    }

    @inline(__always)
    package mutating func remove(_ id: UInt8) {
        guard id < 192 else { return }
        words[Int(id &>> 6)] &= ~(1 &<< UInt64(id & 63))
    }

    /// Whether a name is in both.
    @inline(__always)
    package func intersects(_ other: FieldSet) -> Bool {
        (words[0] & other.words[0]) | (words[1] & other.words[1]) | (words[2] & other.words[2]) != 0
    }

    package mutating func formUnion(_ other: FieldSet) {
        for index in 0..<3 { words[index] |= other.words[index] }
    }
}
