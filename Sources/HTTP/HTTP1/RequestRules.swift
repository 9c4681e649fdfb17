import GatehouseCore

/// What a whole request head must fulfil: `Host`, framing, `Connection`, `Expect`.
enum RequestRules {
    @inline(__always)
    static func apply(
        _ bytes: RawSpan, _ lines: MessageHead.Lines, _ head: MessageHead
    ) throws(ParseError) {
        var notes = FramingNotes()
        var host: ByteRange?
        for line in lines {
            switch line.id {
            case FieldName.host.id:
                guard host == nil else { throw .hostRepeated }
                guard HostRules.isValid(bytes, line.value) else { throw .hostMalformed }
                host = line.value
            case FieldName.expect.id:
                try expect(bytes.slice(line.value), head)
            default:
                try notes.take(line, bytes)
            }
        }
        guard let host else { throw .hostMissing }
        if let authority = head.authority {
            guard isSame(bytes, authority, host) else { throw .authorityDisagrees }
        }
        head.framing = try notes.requestFraming(minorVersion: head.minorVersion)
        head.keepsAlive = notes.keepsAlive(minorVersion: head.minorVersion)
        // Nobody waits for leave to send nothing, and HTTP/1.0 does not know the expectation.
        if head.framing == .none || head.minorVersion == 0 { head.expectsContinue = false }
    }

    /// The only expectation there is (RFC 9110 section 10.1.1).
    private static func expect(_ value: RawSpan, _ head: MessageHead) throws(ParseError) {
        guard value.equalsIgnoringCase("100-continue") else { throw .expectationUnsupported }
        head.expectsContinue = true
    }

    private static func isSame(_ bytes: RawSpan, _ left: ByteRange, _ right: ByteRange) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<Int(left.count) {
            let one = bytes.byte(Int(left.start) + offset).asciiLowercased
            if one != bytes.byte(Int(right.start) + offset).asciiLowercased { return false }
        }
        return true
    }
}

/// `uri-host [ ":" port ]` as clients really send it: one spelling a host, so no user info, no
/// percent escapes, no empty port, no final dot.
enum HostRules {
    /// Longest host name (RFC 1035 section 2.3.4).
    private static let nameMax = 253

    @inline(__always)
    static func isValid(_ bytes: RawSpan, _ range: ByteRange) -> Bool {
        let start = Int(range.start)
        let end = start &+ Int(range.count)
        guard start < end else { return false }
        if bytes.byte(start) == 0x5B { return isValidLiteral(bytes, start, end) }
        var index = start
        var label = start
        while index < end {
            let byte = bytes.byte(index)
            if byte.isIn(ByteClass.host) {
                index &+= 1
            } else if byte == 0x2E, index > label {
                index &+= 1
                label = index
            } else {
                break
            }
        }
        guard index > label, index &- start <= nameMax else { return false }
        return index == end || isValidPort(bytes, index, end)
    }

    /// `:1` to `:65535`, without leading zeros.
    private static func isValidPort(_ bytes: RawSpan, _ colon: Int, _ end: Int) -> Bool {
        guard bytes.byte(colon) == 0x3A, end - colon >= 2, end - colon <= 6 else { return false }
        guard bytes.byte(colon + 1) != 0x30 else { return false }
        var port = 0
        for index in colon + 1..<end {
            guard bytes.byte(index).isDigit else { return false }
            port = port * 10 + Int(bytes.byte(index) & 15)
        }
        return port <= 65_535
    }

    /// `[` IPv6 address `]` with an optional port; zone ids and future versions are refused.
    private static func isValidLiteral(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Bool {
        var close = start + 1
        while close < end, bytes.byte(close) != 0x5D { close += 1 }
        guard close < end, isIPv6(bytes, start + 1, close) else { return false }
        return close + 1 == end || isValidPort(bytes, close + 1, end)
    }

    /// RFC 4291 section 2.2: eight groups, at most one `::`, an IPv4 address as the last two.
    private static func isIPv6(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Bool {
        var groups = 0
        var isShortened = false
        var index = start
        if end - start >= 2, bytes.byte(start) == 0x3A {
            guard bytes.byte(start + 1) == 0x3A else { return false }
            isShortened = true
            index += 2
        }
        while index < end {
            let first = index
            while index < end, bytes.byte(index).hexDigit != nil { index += 1 }
            if index < end, bytes.byte(index) == 0x2E {
                guard isIPv4(bytes, first, end) else { return false }
                groups += 2
                break
            }
            guard index > first, index - first <= 4 else { return false }
            groups += 1
            guard index < end else { break }
            guard bytes.byte(index) == 0x3A, index + 1 < end else { return false }
            index += 1
            if bytes.byte(index) == 0x3A {
                guard !isShortened else { return false }
                isShortened = true
                index += 1
            }
        }
        return isShortened ? groups < 8 : groups == 8
    }

    private static func isIPv4(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Bool {
        var parts = 0
        var index = start
        while index < end {
            let first = index
            var value = 0
            while index < end, bytes.byte(index).isDigit, index - first < 3 {
                value = value * 10 + Int(bytes.byte(index) & 15)
                index += 1
            }
            guard index > first, value <= 255 else { return false }
            guard index == first + 1 || bytes.byte(first) != 0x30 else { return false }
            parts += 1
            if index == end { return parts == 4 }
            guard bytes.byte(index) == 0x2E else { return false }
            index += 1
        }
        return false
    }
}
