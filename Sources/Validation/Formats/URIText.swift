import GatehouseCore

/// URIs (RFC 3986), IRIs (RFC 3987) and their relative references.
enum URIText {
    static func isURI(_ text: RawSpan, needsScheme: Bool, allowsUnicode: Bool) -> Bool {
        var cursor = TextCursor(text)
        if !takeScheme(&cursor), needsScheme || hasColonInFirstSegment(text) { return false }
        if cursor.take("/") {
            if cursor.take("/") {
                guard takeAuthority(&cursor, allowsUnicode) else { return false }
            } else {
                cursor.position &-= 1
            }
        }
        skip(&cursor, also: .path, allowsUnicode)
        if cursor.take("?") { skip(&cursor, also: .query, allowsUnicode) }
        if cursor.take("#") { skip(&cursor, also: .fragment, allowsUnicode) }
        return cursor.isAtEnd
    }

    private static func takeScheme(_ cursor: inout TextCursor) -> Bool {
        guard cursor.peek.isLetter else { return false }
        while cursor.peek.isLetter || cursor.peek.isDigit || cursor.peek.isSchemeMark {
            cursor.position &+= 1
        }
        if cursor.take(":") { return true }
        cursor.position = 0
        return false
    }

    /// Would be taken for a scheme (RFC 3986 section 4.2).
    private static func hasColonInFirstSegment(_ text: RawSpan) -> Bool {
        for index in 0..<text.byteCount {
            switch text.byte(index) {
            case UInt8(ascii: ":"): return true
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return false
            default: continue
            }
        }
        return false
    }

    private static func takeAuthority(_ cursor: inout TextCursor, _ allowsUnicode: Bool) -> Bool {
        let start = cursor.position
        skip(&cursor, also: .userInfo, allowsUnicode)
        if !cursor.take("@") { cursor.position = start }
        if cursor.take("[") {
            guard takeLiteral(&cursor) else { return false }
        } else {
            skip(&cursor, also: .host, allowsUnicode)
        }
        if cursor.take(":") { _ = cursor.skipDigits() }
        switch cursor.peek {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return true
        default: return cursor.isAtEnd
        }
    }

    /// An address in brackets, after the first.
    private static func takeLiteral(_ cursor: inout TextCursor) -> Bool {
        let start = cursor.position
        while !cursor.isAtEnd, cursor.peek != UInt8(ascii: "]") { cursor.position &+= 1 }
        let inside = cursor.text.extracting(start..<cursor.position)
        return cursor.take("]") && (HostText.isIPv6(inside) || isFutureAddress(inside))
    }

    /// `v1.fe`
    private static func isFutureAddress(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        guard cursor.takeLetter("v"), cursor.peek.hexDigit != nil else { return false }
        while cursor.peek.hexDigit != nil { cursor.position &+= 1 }
        guard cursor.take("."), !cursor.isAtEnd else { return false }
        while cursor.peek.isUnreserved || cursor.peek.isSubDelimiter
            || cursor.peek == UInt8(ascii: ":")
        { cursor.position &+= 1 }
        return cursor.isAtEnd
    }

    /// A part of a URI, by the ASCII characters that it may hold: unreserved ones, sub-delimiters
    /// and some more.
    private enum Part {
        case userInfo, host, path, query, fragment

        /// A bit for each character, `!` to `?` and `@` to `~`.
        var allowed: (low: UInt64, high: UInt64) {
            switch self {
            case .host: (0x2BFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE)
            case .userInfo: (0x2FFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE)
            case .path: (0x2FFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFF)
            case .query, .fragment: (0xAFFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFF)
            }
        }
    }

    private static func skip(_ cursor: inout TextCursor, also part: Part, _ allowsUnicode: Bool) {
        let (low, high) = part.allowed
        while !cursor.isAtEnd {
            let byte = cursor.peek
            let set = byte < 64 ? low : byte < 128 ? high : 0
            if set &>> UInt64(byte & 63) & 1 == 1 {
                cursor.position &+= 1
            } else if byte == UInt8(ascii: "%") {
                guard cursor.takePercentEncoded() else { return }
            } else if allowsUnicode, let scalar = cursor.text.scalar(at: cursor.position),
                isUCS(scalar.value) || part == .query && isPrivate(scalar.value)
            {
                cursor.position &+= scalar.length
            } else {
                return
            }
        }
    }

    /// `ucschar` (RFC 3987 section 2.2).
    static func isUCS(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
        case 0x10000...0xDFFFF: scalar & 0xFFFF < 0xFFFE
        case 0xE1000...0xEFFFD: true
        default: false
        }
    }

    /// `iprivate`
    static func isPrivate(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xE000...0xF8FF, 0xF0000...0xFFFFD, 0x100000...0x10FFFD: true
        default: false
        }
    }
}

extension UInt8 {
    fileprivate var isSchemeMark: Bool { self == 0x2B || self == 0x2D || self == 0x2E }

    /// `unreserved` (RFC 3986 section 2.3).
    var isUnreserved: Bool {
        isLetter || isDigit || self == 0x2D || self == 0x2E || self == 0x5F || self == 0x7E
    }

    /// `sub-delims` (RFC 3986 section 2.2).
    var isSubDelimiter: Bool {
        switch self {
        case 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D: true
        default: false
        }
    }
}

/// URI templates (RFC 6570).
enum URITemplateText {
    static func isTemplate(_ text: RawSpan) -> Bool {
        var cursor = TextCursor(text)
        while !cursor.isAtEnd {
            if cursor.take("{") {
                guard takeExpression(&cursor) else { return false }
            } else if cursor.peek == UInt8(ascii: "%") {
                guard cursor.takePercentEncoded() else { return false }
            } else if let scalar = cursor.takeNonASCII() {
                guard URIText.isUCS(scalar) || URIText.isPrivate(scalar) else { return false }
            } else {
                guard isLiteral(cursor.peek) else { return false }
                cursor.position &+= 1
            }
        }
        return true
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x25, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D: false
        default: byte > 0x20 && byte < 0x7F
        }
    }

    private static func takeExpression(_ cursor: inout TextCursor) -> Bool {
        switch cursor.peek {
        case UInt8(ascii: "+"), UInt8(ascii: "#"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: ";"), UInt8(ascii: "?"), UInt8(ascii: "&"), UInt8(ascii: "="),
            UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "|"):
            cursor.position &+= 1
        default: break
        }
        repeat {
            guard takeName(&cursor) else { return false }
            if !cursor.take("*"), cursor.take(":") {
                let start = cursor.position
                guard cursor.peek != 0x30, cursor.skipDigits(), cursor.position &- start <= 4
                else { return false }
            }
        } while cursor.take(",")
        return cursor.take("}")
    }

    private static func takeName(_ cursor: inout TextCursor) -> Bool {
        repeat {
            let start = cursor.position
            while cursor.peek.isWordByte || cursor.takePercentEncoded() {
                if cursor.peek.isWordByte { cursor.position &+= 1 }
            }
            guard cursor.position > start else { return false }
        } while cursor.take(".")
        return true
    }
}
