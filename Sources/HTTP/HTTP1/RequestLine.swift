import GatehouseCore

/// `method SP request-target SP HTTP-version CRLF` (RFC 9112 section 3).
struct RequestLine: ~Escapable {
    /// Longest method: longer ones are nobody's.
    private static let methodMax = 32

    private let bytes: RawSpan
    private let start: Int
    private let end: Int
    /// Bytes before this place need no second look when the line is read again.
    private(set) var quiet: Int

    @_lifetime(copy bytes)
    init(bytes: RawSpan, start: Int, end: Int) {
        self.bytes = bytes
        self.start = start
        self.end = end
        quiet = start
    }

    /// Reads the line from left to right; nil if its end is yet to come.
    @inline(__always)
    mutating func parse(into head: MessageHead) throws(ParseError) -> Int? {
        guard let methodEnd = try methodEnd() else { return nil }
        let target = methodEnd &+ 1
        let targetEnd = bytes.firstInvisible(from: target, to: end)
        guard targetEnd < end else {
            quiet = end
            return nil
        }
        try checkTargetEnd(target, targetEnd)
        head.method = Method(bytes.slice(ByteRange(start: start, count: methodEnd &- start)))
        head.target = ByteRange(start: target, count: targetEnd &- target)
        try RequestTarget.apply(bytes, target, targetEnd, head)
        return try version(targetEnd &+ 1, head)
    }

    /// Where the space after the method is; nil if it may yet come.
    @inline(__always)
    private func methodEnd() throws(ParseError) -> Int? {
        let limit = min(end, start &+ Self.methodMax)
        var index = start
        while index < limit, bytes.byte(index).isTokenByte { index &+= 1 }
        guard index < end else { return nil }
        switch bytes.byte(index) {
        case 0x20 where index > start: return index
        case 0x0A: throw .bareLF
        case let byte where byte.isTokenByte: throw .methodTooLong
        default: throw .methodMalformed
        }
    }

    @inline(__always)
    private func checkTargetEnd(_ target: Int, _ targetEnd: Int) throws(ParseError) {
        let byte = bytes.byte(targetEnd)
        if byte == 0x20, targetEnd > target { return }
        switch byte {
        case 0x20: throw .targetMalformed
        case 0x0D: throw .http09
        case 0x0A: throw .bareLF
        case 0x80...: throw .targetNotASCII
        default: throw .targetControlByte
        }
    }

    /// Reads `HTTP/1.1 CRLF` and returns where the next line begins.
    @inline(__always)
    private func version(_ place: Int, _ head: MessageHead) throws(ParseError) -> Int? {
        guard let minor = try HTTPVersion.minor(bytes, place, end) else { return nil }
        head.minorVersion = minor
        let after = place &+ 8
        guard after < end else { return nil }
        switch bytes.byte(after) {
        case 0x0D: break
        case 0x0A: throw .bareLF
        default: throw .versionMalformed
        }
        guard after &+ 1 < end else { return nil }
        guard bytes.byte(after &+ 1) == 0x0A else { throw .bareCR }
        return after &+ 2
    }
}

/// `HTTP/1.1` and `HTTP/1.0` (RFC 9112 section 2.3); no other version is spoken here.
enum HTTPVersion {
    /// The minor version at a place; nil if the bytes end before it is certain.
    @inline(__always)
    static func minor(
        _ bytes: RawSpan, _ place: Int, _ end: Int
    ) throws(ParseError) -> Int? {
        if place &+ 8 <= end {
            let word = bytes.word(place)
            if word == 0x312E_312F_5054_5448 { return 1 }  // "HTTP/1.1"
            if word == 0x302E_312F_5054_5448 { return 0 }  // "HTTP/1.0"
        }
        try refuse(bytes, place, end)
        return nil
    }

    /// Says what is wrong with the version, if that is certain.
    private static func refuse(
        _ bytes: RawSpan, _ place: Int, _ end: Int
    ) throws(ParseError) {
        let shape: StaticString = "HTTP/0.0"
        for offset in 0..<8 {
            guard place + offset < end else { return }
            let byte = bytes.byte(place + offset)
            let expected = unsafe shape.utf8Start[offset]
            guard expected == 0x30 ? byte.isDigit : byte == expected else {
                throw .versionMalformed
            }
        }
        throw .versionUnsupported
    }
}
