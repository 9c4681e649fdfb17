import GatehouseCore

/// Walks bytes from front to back; every step is checked against the end.
struct ByteScanner: ~Escapable {
    let bytes: RawSpan
    private(set) var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.byteCount }
    /// The next byte, or 0 at the end.
    var next: UInt8 { isAtEnd ? 0 : bytes.byte(position) }

    /// The byte `offset` further on, or 0 behind the end.
    func peek(_ offset: Int) -> UInt8 {
        let place = position &+ offset
        return place < bytes.byteCount ? bytes.byte(place) : 0
    }

    @_lifetime(self: copy self)
    mutating func skip(_ count: Int = 1) { position = min(position &+ count, bytes.byteCount) }

    /// Goes back to an earlier place.
    @_lifetime(self: copy self)
    mutating func rewind(to place: Int) { position = min(max(place, 0), bytes.byteCount) }

    /// Passes the byte if it is next.
    @_lifetime(self: copy self)
    mutating func take(_ byte: UInt8) -> Bool {
        guard !isAtEnd, bytes.byte(position) == byte else { return false }
        position &+= 1
        return true
    }

    /// Passes the one of the bytes that is next.
    @_lifetime(self: copy self)
    mutating func takeAny(_ first: UInt8, _ second: UInt8) -> Bool { take(first) || take(second) }

    /// Exactly `count` digits as a number.
    @_lifetime(self: copy self)
    mutating func takeDigits(_ count: Int) -> Int? {
        guard position &+ count <= bytes.byteCount else { return nil }
        var value = 0
        for offset in 0..<count {
            let byte = bytes.byte(position &+ offset)
            guard byte.isDigit else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
        }
        position &+= count
        return value
    }

    /// All digits that follow; how many there were.
    @_lifetime(self: copy self)
    mutating func skipDigits() -> Int {
        let start = position
        while !isAtEnd, bytes.byte(position).isDigit { position &+= 1 }
        return position &- start
    }
}

extension UInt8 {
    /// A–Z, a–z.
    @inline(__always)
    var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
    /// A–Z, a–z, 0–9.
    @inline(__always)
    var isASCIIAlphanumeric: Bool { isASCIILetter || isDigit }
}
