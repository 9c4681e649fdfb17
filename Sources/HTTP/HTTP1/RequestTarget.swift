import GatehouseCore

/// The four forms of a request target (RFC 9112 section 3.2), of which three are taken.
enum RequestTarget {
    /// Notes path, query and authority; the path has passed `PathRules`.
    @inline(__always)
    static func apply(
        _ bytes: RawSpan, _ start: Int, _ end: Int, _ head: MessageHead
    ) throws(ParseError) {
        if head.method.isConnect { throw .connectRefused }
        if bytes.byte(start) == 0x2F {
            try path(bytes, start, end, head)
        } else if bytes.byte(start) == 0x2A, end &- start == 1 {
            try asterisk(start, head)
        } else {
            try absolute(bytes, start, end, head)
        }
    }

    @inline(__always)
    private static func path(
        _ bytes: RawSpan, _ start: Int, _ end: Int, _ head: MessageHead
    ) throws(ParseError) {
        let pathEnd = try PathRules.check(bytes, from: start, to: end)
        head.path = ByteRange(start: start, count: pathEnd &- start)
        guard pathEnd < end else { return }
        try PathRules.checkQuery(bytes, from: pathEnd &+ 1, to: end)
        head.query = ByteRange(start: pathEnd &+ 1, count: end &- pathEnd &- 1)
    }

    private static func asterisk(_ start: Int, _ head: MessageHead) throws(ParseError) {
        if head.method.rawValue == "PRI" { throw .http2Preface }
        guard head.method == .options else { throw .asteriskMisplaced }
        head.path = ByteRange(start: start, count: 1)
    }

    /// `http://authority/path?query`; the authority is compared with `Host` later.
    private static func absolute(
        _ bytes: RawSpan, _ start: Int, _ end: Int, _ head: MessageHead
    ) throws(ParseError) {
        var scheme = start
        while scheme < end, bytes.byte(scheme).isIn(ByteClass.host) { scheme += 1 }
        guard scheme > start, scheme + 2 < end, bytes.byte(scheme) == 0x3A,
            bytes.byte(scheme + 1) == 0x2F, bytes.byte(scheme + 2) == 0x2F
        else { throw .targetMalformed }
        let name = bytes.slice(ByteRange(start: start, count: scheme - start))
        guard name.equalsIgnoringCase("http") || name.equalsIgnoringCase("https") else {
            throw .schemeUnsupported
        }
        let authority = scheme + 3
        var index = authority
        scan: while index < end {
            switch bytes.byte(index) {
            case 0x2F, 0x3F, 0x23: break scan
            case 0x40: throw .userInfoRefused
            default: index += 1
            }
        }
        guard index > authority else { throw .targetMalformed }
        guard index < end, bytes.byte(index) == 0x2F else { throw .absoluteFormWithoutPath }
        head.authority = ByteRange(start: authority, count: index - authority)
        try path(bytes, index, end, head)
    }
}
