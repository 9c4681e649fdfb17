import GatehouseCore

/// A place in a text on its way forward: what all format checks read with.
struct TextCursor: ~Escapable {
    let text: RawSpan
    var position: Int

    @_lifetime(copy text)
    init(_ text: RawSpan, at position: Int = 0) {
        self.text = text
        self.position = position
    }

    var isAtEnd: Bool { position >= text.byteCount }

    /// The next byte, or 0 at the end.
    @inline(always)
    var peek: UInt8 { position < text.byteCount ? text.byte(position) : 0 }

    /// Steps over a byte if it is next.
    @inline(always)
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard position < text.byteCount, text.byte(position) == UInt8(ascii: byte) else {
            return false
        }
        position &+= 1
        return true
    }

    /// Steps over a letter of either case.
    @inline(always)
    mutating func takeLetter(_ lower: Unicode.Scalar) -> Bool {
        guard position < text.byteCount,
            text.byte(position).asciiLowercased == UInt8(ascii: lower)
        else { return false }
        position &+= 1
        return true
    }

    /// A number of exactly so many digits.
    @inline(always)
    mutating func digits(_ count: Int) -> Int? {
        guard position &+ count <= text.byteCount else { return nil }
        var value = 0
        for _ in 0..<count {
            guard peek.isDigit else { return nil }
            value = value &* 10 &+ Int(peek &- 0x30)
            position &+= 1
        }
        return value
    }

    /// Steps over digits; false if there is none.
    @inline(always)
    mutating func skipDigits() -> Bool {
        let start = position
        while peek.isDigit { position &+= 1 }
        return position > start
    }

    /// Steps over `%` and two hexadecimal digits.
    mutating func takePercentEncoded() -> Bool {
        guard position &+ 2 < text.byteCount, peek == UInt8(ascii: "%"),
            text.byte(position &+ 1).hexDigit != nil, text.byte(position &+ 2).hexDigit != nil
        else { return false }
        position &+= 3
        return true
    }

    /// The next scalar beyond ASCII, or nil; steps over it.
    mutating func takeNonASCII() -> UInt32? {
        guard peek >= 0x80, let scalar = text.scalar(at: position) else { return nil }
        position &+= scalar.length
        return scalar.value
    }
}

extension RawSpan {
    /// The well-formed scalar at `index` and its length; nil if there is none.
    func scalar(at index: Int) -> (value: UInt32, length: Int)? {
        let length = scalarLength(at: index)
        guard length > 0 else { return nil }
        let lead = UInt32(byte(index))
        if length == 1 { return (lead, 1) }
        var value = lead & (0x7F &>> UInt32(length))
        for offset in 1..<length {
            value = value &<< 6 | UInt32(byte(index &+ offset) & 0x3F)
        }
        return (value, length)
    }
}
