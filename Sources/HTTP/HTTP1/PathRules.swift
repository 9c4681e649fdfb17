import GatehouseCore

/// Which request paths are taken: those that every server behind us reads in the same way.
///
/// Nothing is normalised. The path that rules match is byte for byte the path that is forwarded;
/// whatever could mean two paths is refused under its own name. `docs/PATHS.md` lists each case.
enum PathRules {
    /// Checks the path that begins with the `/` at `start`.
    /// - Returns: where it ends: at the `?` of a query, or at `end`.
    @inline(__always)
    static func check(
        _ bytes: RawSpan, from start: Int, to end: Int
    ) throws(ParseError) -> Int {
        var segment = start &+ 1
        var index = segment
        while index < end {
            let byte = bytes.byte(index)
            if byte.isIn(ByteClass.path) {
                index &+= 1
            } else if byte == 0x2F {
                if index == segment { throw .pathEmptySegment }
                try checkDots(bytes, segment, index)
                index &+= 1
                segment = index
            } else if byte == 0x3F {
                break
            } else {
                index = try special(bytes, index, end)
            }
        }
        try checkDots(bytes, segment, index)
        return index
    }

    /// Checks a query: visible ASCII (which the caller knows) and whole percent escapes; no `#`.
    static func checkQuery(
        _ bytes: RawSpan, from start: Int, to end: Int
    ) throws(ParseError) {
        var index = start
        while index < end {
            let byte = bytes.byte(index)
            if byte == 0x25 {
                guard escape(bytes, index, end) != nil else { throw .queryMalformedPercent }
                index &+= 3
            } else if byte == 0x23 {
                throw .fragmentRefused
            } else {
                index &+= 1
            }
        }
    }

    /// Refuses `.` and `..` (RFC 3986 section 5.2.4).
    @inline(__always)
    private static func checkDots(
        _ bytes: RawSpan, _ segment: Int, _ end: Int
    ) throws(ParseError) {
        let count = end &- segment
        guard count &- 1 < 2, count > 0, bytes.byte(segment) == 0x2E else { return }
        if count == 1 || bytes.byte(segment &+ 1) == 0x2E { throw .pathDotSegment }
    }

    /// Judges a byte that is not plain; returns where reading goes on.
    private static func special(
        _ bytes: RawSpan, _ index: Int, _ end: Int
    ) throws(ParseError) -> Int {
        switch bytes.byte(index) {
        case 0x25: return try escapedScalar(bytes, index, end)
        case 0x5C: throw .pathBackslash
        case 0x3B: throw .pathSemicolon
        case 0x23: throw .fragmentRefused
        default: throw .pathForbiddenByte
        }
    }

    /// Reads the percent escapes of one UTF-8 scalar; returns where reading goes on.
    private static func escapedScalar(
        _ bytes: RawSpan, _ index: Int, _ end: Int
    ) throws(ParseError) -> Int {
        guard let lead = escape(bytes, index, end) else { throw .pathMalformedPercent }
        if lead < 0x80 {
            try checkASCII(lead, bytes, index &+ 3, end)
            return index &+ 3
        }
        var scalar: [4 of UInt8] = [lead, 0, 0, 0]
        var count = 1
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        while count < length {
            let place = index &+ 3 &* count
            guard place < end, bytes.byte(place) == 0x25 else { throw .pathInvalidUTF8 }
            guard let next = escape(bytes, place, end) else { throw .pathMalformedPercent }
            scalar[count] = next
            count &+= 1
        }
        // Every element is initialised.
        let span = unsafe scalar.span.bytes
        guard span.scalarLength(at: 0) == length else { throw .pathInvalidUTF8 }
        if lead == 0xC2, scalar[1] < 0xA0 { throw .pathEncodedControl }
        return index &+ 3 &* length
    }

    /// Judges an escaped ASCII byte: what is special stays encoded, what is plain stays plain.
    private static func checkASCII(
        _ byte: UInt8, _ bytes: RawSpan, _ next: Int, _ end: Int
    ) throws(ParseError) {
        switch byte {
        case 0x00...0x1F, 0x7F: throw .pathEncodedControl
        case 0x2F: throw .pathEncodedSlash
        case 0x5C: throw .pathEncodedBackslash
        case 0x2E: throw .pathEncodedDot
        case 0x25:
            guard next &+ 1 < end else { return }
            if bytes.byte(next).hexDigit != nil, bytes.byte(next &+ 1).hexDigit != nil {
                throw .pathDoubleEncoding
            }
        default:
            if byte.isIn(ByteClass.unreserved) { throw .pathEncodedUnreserved }
        }
    }

    /// The byte that `%XX` at `index` stands for, or nil.
    @inline(__always)
    static func escape(_ bytes: RawSpan, _ index: Int, _ end: Int) -> UInt8? {
        guard index &+ 2 < end, let high = bytes.byte(index &+ 1).hexDigit,
            let low = bytes.byte(index &+ 2).hexDigit
        else { return nil }
        return high &<< 4 | low
    }
}
