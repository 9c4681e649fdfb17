import GatehouseCore

/// Host names and addresses.
enum HostText {
    /// Most bytes of a name (RFC 1035 section 2.3.4, without the root's) and of a label.
    static let nameMax = 253
    static let labelMax = 63

    static func isIPv4(_ text: RawSpan) -> Bool {
        IPAddress(text) != nil && !text.contains(UInt8(ascii: ":"))
    }

    static func isIPv6(_ text: RawSpan) -> Bool {
        IPAddress(text) != nil && text.contains(UInt8(ascii: ":"))
    }

    /// Letters, digits and hyphens; A-labels must mean something (RFC 5890 section 2.3.2.1).
    static func isName(_ text: RawSpan) -> Bool {
        guard text.byteCount <= nameMax, isPlainName(text) else { return false }
        return !hasALabel(text) || IDNA.isName(text)
    }

    /// The same without looking into A-labels.
    static func isPlainName(_ text: RawSpan) -> Bool {
        guard text.byteCount <= nameMax else { return false }
        var start = 0
        var index = 0
        while index < text.byteCount {
            let byte = text.byte(index)
            if byte == UInt8(ascii: ".") {
                guard isLabel(text, start, index) else { return false }
                start = index &+ 1
            } else if !byte.isLabelByte {
                return false
            }
            index &+= 1
        }
        return isLabel(text, start, index)
    }

    /// Whether bytes of a label make one.
    @inline(__always)
    private static func isLabel(_ text: RawSpan, _ start: Int, _ end: Int) -> Bool {
        end > start && end &- start <= labelMax && text.byte(start) != UInt8(ascii: "-")
            && text.byte(end &- 1) != UInt8(ascii: "-")
    }

    private static func hasALabel(_ text: RawSpan) -> Bool {
        var start = 0
        while start &+ 4 <= text.byteCount {
            if text.byte(start).asciiLowercased == UInt8(ascii: "x"),
                text.byte(start &+ 1).asciiLowercased == UInt8(ascii: "n"),
                text.byte(start &+ 2) == UInt8(ascii: "-"),
                text.byte(start &+ 3) == UInt8(ascii: "-"),
                start == 0 || text.byte(start &- 1) == UInt8(ascii: ".")
            {
                return true
            }
            start &+= 1
        }
        return false
    }

    static func isInternationalName(_ text: RawSpan) -> Bool {
        if text.isASCII { return isName(text) }
        return IDNA.isName(text)
    }
}

extension UInt8 {
    /// Whether the byte is `A`–`Z` or `a`–`z`.
    var isLetter: Bool { asciiLowercased &- 0x61 < 26 }

    /// Whether a label may hold it.
    @inline(__always)
    fileprivate var isLabelByte: Bool { isLetter || isDigit || self == UInt8(ascii: "-") }
}

extension RawSpan {
    /// Whether a byte occurs.
    func contains(_ byte: UInt8) -> Bool {
        for index in 0..<byteCount where self.byte(index) == byte { return true }
        return false
    }
}
