import GatehouseCore

/// A mailbox of RFC 5321 section 4.1.2, or with international text (RFC 6531).
enum MailboxText {
    /// RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.2.
    private static let localMax = 64
    private static let domainMax = 255

    static func isMailbox(_ text: RawSpan, allowsUnicode: Bool) -> Bool {
        var cursor = TextCursor(text)
        let isLocal =
            cursor.peek == UInt8(ascii: "\"")
            ? takeQuoted(&cursor, allowsUnicode) : takeDotted(&cursor, allowsUnicode)
        guard isLocal, cursor.position <= localMax, cursor.take("@") else { return false }
        let domain = text.extracting(cursor.position..<text.byteCount)
        guard domain.byteCount > 0, domain.byteCount <= domainMax else { return false }
        if domain.byte(0) == UInt8(ascii: "[") { return isLiteral(domain) }
        if domain.isASCII { return HostText.isPlainName(domain) }
        return allowsUnicode && isInternationalDomain(domain)
    }

    private static func takeDotted(_ cursor: inout TextCursor, _ allowsUnicode: Bool) -> Bool {
        repeat {
            let start = cursor.position
            while true {
                if cursor.peek.isAtomByte {
                    cursor.position &+= 1
                } else if !allowsUnicode || cursor.takeNonASCII() == nil {
                    break
                }
            }
            guard cursor.position > start else { return false }
        } while cursor.take(".")
        return true
    }

    private static func takeQuoted(_ cursor: inout TextCursor, _ allowsUnicode: Bool) -> Bool {
        guard cursor.take("\"") else { return false }
        while !cursor.take("\"") {
            if allowsUnicode, cursor.takeNonASCII() != nil { continue }
            _ = cursor.take("\\")
            guard (0x20...0x7E).contains(cursor.peek) else { return false }
            cursor.position &+= 1
        }
        return true
    }

    /// `[127.0.0.1]` or `[IPv6:::1]`.
    private static func isLiteral(_ domain: RawSpan) -> Bool {
        let end = domain.byteCount &- 1
        guard end > 1, domain.byte(end) == UInt8(ascii: "]") else { return false }
        let inside = domain.extracting(1..<end)
        if inside.byteCount > 5, inside.extracting(0..<5).equalsIgnoringCase("ipv6:") {
            return HostText.isIPv6(inside.extracting(5..<inside.byteCount))
        }
        return HostText.isIPv4(inside)
    }

    /// Labels of letters, digits, hyphens and anything beyond ASCII: mail systems normalise before
    /// they look a domain up, so that unnormalised text is in order here.
    private static func isInternationalDomain(_ domain: RawSpan) -> Bool {
        var cursor = TextCursor(domain)
        repeat {
            let start = cursor.position
            guard cursor.peek != UInt8(ascii: "-") else { return false }
            var last: UInt8 = 0
            while true {
                if cursor.takeNonASCII() != nil {
                    last = 0
                } else if cursor.peek.isLetter || cursor.peek.isDigit || cursor.peek == 0x2D {
                    last = cursor.peek
                    cursor.position &+= 1
                } else {
                    break
                }
            }
            guard cursor.position > start, last != UInt8(ascii: "-") else { return false }
        } while cursor.take(".")
        return cursor.isAtEnd
    }
}

extension UInt8 {
    /// Whether the byte is `atext` (RFC 5322 section 3.2.3).
    fileprivate var isAtomByte: Bool {
        if isLetter || isDigit { return true }
        switch self {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E:
            return true
        default: return false
        }
    }
}
