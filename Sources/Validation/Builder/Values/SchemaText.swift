import GatehouseCore

/// Text as its UTF-8 bytes: equal means the same bytes. Swift's String takes composed and
/// decomposed letters for one text, which no upstream does.
struct SchemaText: Hashable, Sendable {
    let utf8: [UInt8]

    init(utf8: [UInt8]) { self.utf8 = utf8 }
    init(_ text: String) { utf8 = Array(text.utf8) }

    var string: String { String(decoding: utf8, as: UTF8.self) }
    var isEmpty: Bool { utf8.isEmpty }
    var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }

    /// How long it is in the unit that a rule counts in.
    func count(in unit: LengthUnit) -> Int { utf8.raw.length(in: unit) }

    /// Without white space at both ends, as ECMAScript's `trim` understands it.
    var trimmed: SchemaText {
        var scalars = Substring(string).unicodeScalars
        while let first = scalars.first, first.isScriptSpace { scalars.removeFirst() }
        while let last = scalars.last, last.isScriptSpace { scalars.removeLast() }
        return SchemaText(String(String.UnicodeScalarView(scalars)))
    }

    var lowercased: SchemaText {
        if isASCII { return SchemaText(utf8: utf8.map(\.asciiLowercased)) }
        return SchemaText(string.lowercased())
    }

    var uppercased: SchemaText {
        if isASCII { return SchemaText(utf8: utf8.map { $0 &- 0x61 < 26 ? $0 & 0xDF : $0 }) }
        return SchemaText(string.uppercased())
    }

    /// The first `limit` units; never half a scalar.
    func prefix(_ limit: Int, in unit: LengthUnit) -> SchemaText {
        var kept = 0
        var end = 0
        for scalar in string.unicodeScalars {
            let width = UTF8.width(scalar)
            switch unit {
            case .scalars: kept += 1
            case .utf16: kept += UTF16.width(scalar)
            case .bytes: kept += width
            }
            if kept > limit { break }
            end += width
        }
        return SchemaText(utf8: Array(utf8[..<end]))
    }

    /// Order of ECMAScript's `<` on strings: by UTF-16 units.
    func precedes(_ other: SchemaText) -> Bool {
        string.utf16.lexicographicallyPrecedes(other.string.utf16)
    }
}

/// What the length of a text is counted in.
public enum LengthUnit: Sendable, Equatable {
    /// Unicode code points, as JSON Schema counts.
    case scalars
    /// UTF-16 units, as JavaScript counts.
    case utf16
    /// Bytes of UTF-8.
    case bytes
}

extension Unicode.Scalar {
    /// White space and line ends of ECMAScript.
    var isScriptSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000, 0xFEFF:
            true
        default: false
        }
    }
}

extension UTF8 {
    static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x80: 1
        case 0x80..<0x800: 2
        case 0x800..<0x1_0000: 3
        default: 4
        }
    }
}

extension RawSpan {
    /// Length of UTF-8 text in `unit`, without making a String: bytes that continue a scalar don't
    /// count, and scalars of four bytes are two UTF-16 units. Eight bytes at a time.
    func length(in unit: LengthUnit) -> Int {
        if unit == .bytes { return byteCount }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var count = byteCount
        var index = 0
        while index &+ 8 <= byteCount {
            let word = word(index)
            // Continuing bytes begin with the bits 10, first bytes of long scalars with 1111.
            count &-= ((word &>> 7) & ~(word &>> 6) & ones).nonzeroBitCount
            if unit == .utf16 {
                let long = (word &>> 7) & (word &>> 6) & (word &>> 5) & (word &>> 4) & ones
                count &+= long.nonzeroBitCount
            }
            index &+= 8
        }
        while index < byteCount {
            let byte = byte(index)
            if byte & 0xC0 == 0x80 { count &-= 1 }
            if unit == .utf16, byte >= 0xF0 { count &+= 1 }
            index &+= 1
        }
        return count
    }
}
