import GatehouseCore

/// UUIDs (RFC 4122) of any version and variant.
enum UUIDText {
    static func isUUID(_ text: RawSpan) -> Bool {
        guard text.byteCount == 36 else { return false }
        for index in 0..<36 {
            switch index {
            case 8, 13, 18, 23: guard text.byte(index) == UInt8(ascii: "-") else { return false }
            default: guard text.byte(index).hexDigit != nil else { return false }
            }
        }
        return true
    }
}

/// JSON Pointers (RFC 6901) and relative ones.
enum PointerText {
    static func isPointer(_ text: RawSpan, from start: Int) -> Bool {
        guard start < text.byteCount else { return true }
        guard text.byte(start) == UInt8(ascii: "/") else { return false }
        for index in start..<text.byteCount where text.byte(index) == UInt8(ascii: "~") {
            guard index &+ 1 < text.byteCount, text.byte(index &+ 1) & 0xFE == 0x30 else {
                return false
            }
        }
        return true
    }

    static func isRelative(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        let startsWithZero = cursor.peek == 0x30
        guard cursor.skipDigits(), !startsWithZero || cursor.position == 1 else { return false }
        if cursor.take("#") { return cursor.isAtEnd }
        return isPointer(text, from: cursor.position)
    }
}

/// Base64 of either alphabet in its canonical form: no bits that a decoder would throw away.
enum Base64Text {
    static func isBase64(_ text: RawSpan) -> Bool {
        guard text.byteCount % 4 == 0 else { return false }
        var count = text.byteCount
        while count > 0, count > text.byteCount - 2, text.byte(count &- 1) == UInt8(ascii: "=") {
            count &-= 1
        }
        return isBody(text.extracting(0..<count), 0x2B, 0x2F)
    }

    static func isBase64URL(_ text: RawSpan) -> Bool { isBody(text, 0x2D, 0x5F) }

    private static func isBody(_ text: RawSpan, _ plus: UInt8, _ slash: UInt8) -> Bool {
        var last: UInt8 = 0
        for index in 0..<text.byteCount {
            let byte = text.byte(index)
            if byte.isLetter || byte.isDigit || byte == plus || byte == slash {
                last = byte
            } else {
                return false
            }
        }
        switch text.byteCount % 4 {
        case 1: return false
        case 2: return value(last, plus) & 15 == 0
        case 3: return value(last, plus) & 3 == 0
        default: return true
        }
    }

    private static func value(_ byte: UInt8, _ plus: UInt8) -> UInt8 {
        switch byte {
        case 0x41...0x5A: byte &- 0x41
        case 0x61...0x7A: byte &- 0x61 &+ 26
        case 0x30...0x39: byte &- 0x30 &+ 52
        default: byte == plus ? 62 : 63
        }
    }
}
