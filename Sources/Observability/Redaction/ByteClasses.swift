import GatehouseCore

extension UInt8 {
    @inline(__always)
    var isUppercase: Bool { self &- 0x41 < 26 }
    @inline(__always)
    var isLowercase: Bool { self &- 0x61 < 26 }
    @inline(__always)
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always)
    var isAlphanumeric: Bool { isLetter || isDigit }
    /// Space, tab or line end.
    @inline(__always)
    var isBlank: Bool { self == 0x20 || self &- 0x09 < 5 }
    /// Letters, digits, `-`, `_`: the alphabet of base64url.
    @inline(__always)
    var isBase64URL: Bool { isAlphanumeric || self == 0x2D || self == 0x5F }
    /// What credentials are made of (token68, RFC 9110 section 11.2).
    @inline(__always)
    var isToken68: Bool {
        isBase64URL || self == 0x2E || self == 0x7E || self == 0x2B || self == 0x2F || self == 0x3D
    }
}

extension RawSpan {
    /// The byte that stands at `index` once percent-encoding is undone, however often it was
    /// applied (`%2574` is `%74` is `t`), and how many bytes spell it.
    func percentDecodedByte(at index: Int) -> (byte: UInt8, length: Int) {
        var byte = self.byte(index)
        var length = 1
        while byte == 0x25, let decoded = hexPair(at: index &+ length) {
            byte = decoded
            length &+= 2
        }
        return (byte, length)
    }

    /// Whether a `%` is there, eight bytes at a time.
    var holdsPercent: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = 0
        while index &+ 8 <= byteCount {
            let word = word(index) ^ ones &* 0x25
            if (word &- ones) & ~word & tops != 0 { return true }
            index &+= 8
        }
        while index < byteCount {
            if byte(index) == 0x25 { return true }
            index &+= 1
        }
        return false
    }

    /// The byte that two hexadecimal digits at `index` spell.
    func hexPair(at index: Int) -> UInt8? {
        guard index &+ 1 < byteCount, let high = byte(index).hexDigit,
            let low = byte(index &+ 1).hexDigit
        else { return nil }
        return high &<< 4 | low
    }

    /// Whether fixed text stands at `index`.
    func has(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index &+ length <= byteCount else { return false }
        for offset in 0..<length {
            guard unsafe byte(index &+ offset) == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Whether fixed lower-case text stands at `index`, in any case.
    func hasIgnoringCase(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index &+ length <= byteCount else { return false }
        for offset in 0..<length {
            guard unsafe byte(index &+ offset).asciiLowercased == text.utf8Start[offset] else {
                return false
            }
        }
        return true
    }
}
