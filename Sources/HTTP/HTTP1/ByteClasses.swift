import GatehouseCore

/// What a byte may be part of: one look-up answers for four grammars.
enum ByteClass {
    /// A token (RFC 9110 section 5.6.2).
    static let token: UInt8 = 1
    /// A path segment as it stands (RFC 3986 `pchar` without `%` and `;`).
    static let path: UInt8 = 2
    /// A label of a host name.
    static let host: UInt8 = 4
    /// Unreserved (RFC 3986 section 2.3): percent-encoding it only hides it.
    static let unreserved: UInt8 = 8
}

extension UInt8 {
    @inline(__always)
    func isIn(_ byteClass: UInt8) -> Bool { byteClasses[Int(self)] & byteClass != 0 }
}

/// `ByteClass` bits of every byte; a literal, so that it is static data. `ByteClassTests` derives
/// it.
private let byteClasses: InlineArray<256, UInt8> = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 3, 0, 1, 3, 1, 3, 3, 2, 2, 3, 3, 2, 15, 11, 0,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 2, 0, 0, 2, 0, 0,
    2, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 0, 0, 0, 1, 15,
    1, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 0, 1, 0, 11, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]

private let ones: UInt64 = 0x0101_0101_0101_0101
private let tops: UInt64 = 0x8080_8080_8080_8080

extension RawSpan {
    /// Position of the first control byte or DEL in `from..<to`, or `to`; tabs count.
    ///
    /// Subtracting borrows only out of bytes that match, so that the lowest mark is always true.
    @inline(__always)
    func firstControl(from: Int, to: Int) -> Int {
        let span = extracting(from..<to)
        let count = span.byteCount
        var index = 0
        while index <= count &- 8 {
            let word = span.word(index)
            let delete = word ^ (0x7F &* ones)
            let marks = ((word &- 0x20 &* ones) & ~word | (delete &- ones) & ~delete) & tops
            if marks != 0 { return from &+ index &+ marks.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < count {
            let byte = span.byte(index)
            if byte < 0x20 || byte == 0x7F { return from &+ index }
            index &+= 1
        }
        return to
    }

    /// Position of the first byte in `from..<to` that is not visible ASCII, or `to`.
    @inline(__always)
    func firstInvisible(from: Int, to: Int) -> Int {
        let span = extracting(from..<to)
        let count = span.byteCount
        var index = 0
        while index <= count &- 8 {
            let word = span.word(index)
            let delete = word ^ (0x7F &* ones)
            let low = (word &- 0x21 &* ones) & ~word
            let marks = (low | word | (delete &- ones) & ~delete) & tops
            if marks != 0 { return from &+ index &+ marks.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < count {
            if span.byte(index) &- 0x21 >= 0x5E { return from &+ index }
            index &+= 1
        }
        return to
    }

    /// Position of the first colon in `from..<to`, or `to`.
    @inline(__always)
    func firstColon(from: Int, to: Int) -> Int {
        let span = extracting(from..<to)
        let count = span.byteCount
        var index = 0
        while index <= count &- 8 {
            let colons = span.word(index) ^ (0x3A &* ones)
            let marks = (colons &- ones) & ~colons & tops
            if marks != 0 { return from &+ index &+ marks.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < count {
            if span.byte(index) == 0x3A { return from &+ index }
            index &+= 1
        }
        return to
    }

    /// Up to eight bytes from `index` as a little-endian word, zero above `count`.
    @inline(__always)
    func word(_ index: Int, count: Int) -> UInt64 {
        if count >= 8 { return word(index) }
        let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: count &* 8) &- 1
        if index &+ 8 <= byteCount { return word(index) & mask }
        var word: UInt64 = 0
        var offset = count
        while offset > 0 {
            offset &-= 1
            word = word &<< 8 | UInt64(byte(index &+ offset))
        }
        return word
    }
}

extension UInt64 {
    /// The eight bytes with A–Z folded to a–z.
    @inline(__always)
    var asciiLowercased: UInt64 {
        let low = self & (0x7F &* ones)
        let fromA = low &+ (0x80 - 0x41) &* ones
        let pastZ = low &+ (0x80 - 0x5B) &* ones
        return self | (fromA & ~pastZ & ~self & tops) &>> 2
    }
}
