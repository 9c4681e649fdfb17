/// Writes JSON (RFC 8259) into a byte array: no tree, no Foundation, escapes everything that could
/// break a line or a string. Keys are fixed text or escaped like values; order is the caller's.
public struct JSONWriter: ~Copyable {
    /// What was written so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Starts empty, or goes on in a recycled array.
    public init(into bytes: [UInt8] = []) { self.bytes = bytes }

    /// Ends writing and hands the array over.
    public consuming func finish() -> [UInt8] { bytes }

    /// `{`
    public mutating func beginObject() { separate(); bytes.append(0x7B); needsComma = false }
    /// `}`
    public mutating func endObject() { bytes.append(0x7D); needsComma = true }
    /// `[`
    public mutating func beginArray() { separate(); bytes.append(0x5B); needsComma = false }
    /// `]`
    public mutating func endArray() { bytes.append(0x5D); needsComma = true }

    /// A member's fixed name; it must need no escaping.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(0x22)
        bytes.append(name)
        bytes.append(0x22)
        bytes.append(0x3A)
        needsComma = false
    }

    /// A member's name, escaped.
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(0x3A)
        needsComma = false
    }

    /// A string, escaped.
    public mutating func string(_ text: String) {
        separate()
        bytes.append(0x22)
        bytes.append(jsonEscaped: text)
        bytes.append(0x22)
        needsComma = true
    }

    /// A string from bytes, escaped; bytes that are no valid UTF-8 are written as U+FFFD.
    public mutating func string(_ text: RawSpan) {
        separate()
        bytes.append(0x22)
        bytes.append(jsonEscaped: text)
        bytes.append(0x22)
        needsComma = true
    }

    /// Fixed text that needs no escaping.
    public mutating func string(_ text: StaticString) {
        separate()
        bytes.append(0x22)
        bytes.append(text)
        bytes.append(0x22)
        needsComma = true
    }

    /// A string whose bytes `write` appends; they must need no escaping.
    public mutating func string(writing write: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(0x22)
        write(&bytes)
        bytes.append(0x22)
        needsComma = true
    }

    /// A whole number.
    public mutating func number(_ value: Int) {
        separate()
        bytes.append(decimal: value)
        needsComma = true
    }

    /// A number with a fixed count of decimals: `thousandths(1250)` writes `1.250`.
    public mutating func thousandths(_ value: Int) {
        separate()
        bytes.append(decimal: value / 1_000)
        bytes.append(0x2E)
        bytes.append(padded: abs(value % 1_000), width: 3)
        needsComma = true
    }

    /// `true` or `false`.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(value ? "true" : "false")
        needsComma = true
    }

    /// `null`.
    public mutating func null() {
        separate()
        bytes.append("null")
        needsComma = true
    }

    /// JSON text that is already valid.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
    }
}

extension [UInt8] {
    /// Appends text for the inside of a JSON string, escaped.
    public mutating func append(jsonEscaped text: String) {
        var text = text
        text.withUTF8 { unsafe append(jsonEscaped: RawSpan(_unsafeElements: $0)) }
    }

    /// Appends text for the inside of a JSON string: escapes quotes, backslashes, C0 and C1
    /// controls, line separators and characters that hide or reorder others, and replaces broken
    /// UTF-8, so that a value can neither end its string nor forge a line for any reader.
    public mutating func append(jsonEscaped text: RawSpan) {
        var index = 0
        var plain = 0
        let count = text.byteCount
        while index < count {
            if index &+ 8 <= count, text.word(index).isPlainInJSON {
                index &+= 8
                continue
            }
            let byte = text.byte(index)
            if byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C {
                index &+= 1
                continue
            }
            append(text.extracting(plain..<index))
            if byte < 0x80 {
                escapeASCII(byte)
                index &+= 1
            } else {
                index &+= appendScalar(of: text, at: index)
            }
            plain = index
        }
        append(text.extracting(plain..<count))
    }

    fileprivate mutating func escapeASCII(_ byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"")
        case 0x5C: append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        default: appendUnicodeEscape(UInt16(byte))
        }
    }

    fileprivate mutating func appendUnicodeEscape(_ unit: UInt16) {
        append("\\u")
        var shift: UInt16 = 16
        while shift > 0 {
            shift &-= 4
            let digit = UInt8(truncatingIfNeeded: unit &>> shift) & 15
            append(digit < 10 ? digit &+ 0x30 : digit &+ 0x57)
        }
    }

    /// Appends one scalar of two to four bytes, or U+FFFD for a byte that starts none; returns how
    /// many bytes it took.
    fileprivate mutating func appendScalar(of text: RawSpan, at index: Int) -> Int {
        let length = text.scalarLength(at: index)
        guard length > 0 else {
            append("\u{FFFD}")
            return 1
        }
        let lead = text.byte(index)
        if lead == 0xC2, text.byte(index &+ 1) < 0xA0 {
            appendUnicodeEscape(UInt16(text.byte(index &+ 1)))
        } else if length == 3, let unit = text.unseenUnit(at: index) {
            appendUnicodeEscape(unit)
        } else {
            for offset in 0..<length { append(text.byte(index &+ offset)) }
        }
        return length
    }
}

extension UInt64 {
    /// Whether none of the eight bytes needs an escape: all printable ASCII, no `"`, no `\`.
    @inline(__always)
    fileprivate var isPlainInJSON: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quote = self ^ ones &* 0x22
        let backslash = self ^ ones &* 0x5C
        let delete = self ^ ones &* 0x7F
        let special =
            (self &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | (delete &- ones)
        // A borrow may flag a byte too many, never one too few; the slow path then decides.
        return (special | self) & tops == 0
    }
}

extension RawSpan {
    /// The code unit of three bytes at `index` if it shows nothing and changes what is around it:
    /// zero-width characters, line separators, direction marks (U+200B–200F, U+2028–202E,
    /// U+2060–206F, U+FEFF).
    fileprivate func unseenUnit(at index: Int) -> UInt16? {
        let lead = byte(index)
        guard lead == 0xE2 || lead == 0xEF else { return nil }
        let middle = UInt16(byte(index &+ 1) & 0x3F)
        let unit = UInt16(lead & 0x0F) &<< 12 | middle &<< 6 | UInt16(byte(index &+ 2) & 0x3F)
        switch unit {
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: return unit
        default: return nil
        }
    }

    /// Length of the well-formed UTF-8 scalar that starts at `index` (RFC 3629), or 0.
    public func scalarLength(at index: Int) -> Int {
        let lead = byte(index)
        let (length, low, high): (Int, UInt8, UInt8)
        switch lead {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
        case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
        case 0xED: (length, low, high) = (3, 0x80, 0x9F)
        case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
        case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
        case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
        case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
        default: return 0
        }
        guard index &+ length <= byteCount else { return 0 }
        guard (low...high).contains(byte(index &+ 1)) else { return 0 }
        for offset in 2..<max(length, 2) where byte(index &+ offset) & 0xC0 != 0x80 { return 0 }
        return length
    }
}
