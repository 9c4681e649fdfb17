import GatehouseCore

/// What the fields say about where the message ends and what becomes of the connection.
struct FramingNotes {
    private var length: Int?
    private(set) var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false

    /// Notes one field line, if it is about framing.
    @inline(__always)
    mutating func take(_ line: MessageHead.Line, _ bytes: RawSpan) throws(ParseError) {
        if line.id == FieldName.connection.id {
            try connection(bytes, line.value)
        } else if line.id == FieldName.contentLength.id {
            guard length == nil else { throw .contentLengthRepeated }
            length = try contentLength(bytes.slice(line.value))
        } else if line.id == FieldName.transferEncoding.id {
            guard !isChunked else { throw .transferEncodingRepeated }
            guard bytes.slice(line.value).equalsIgnoringCase("chunked") else {
                throw .transferEncodingUnsupported
            }
            isChunked = true
        }
    }

    /// The length of a request's body (RFC 9112 section 6.3).
    func requestFraming(minorVersion: Int) throws(ParseError) -> BodyFraming {
        try checkConflicts(minorVersion)
        if isChunked { return .chunked }
        guard let length, length > 0 else { return .none }
        return .length(length)
    }

    /// The length of a response's body (RFC 9112 section 6.3).
    func responseFraming(
        status: Int, minorVersion: Int, isHead: Bool
    ) throws(ParseError) -> BodyFraming {
        try checkConflicts(minorVersion)
        if status < 200 || status == 204 {
            // They end with their head; fields that say otherwise are a trap for the next message.
            guard !isChunked, length ?? 0 == 0 else { throw .bodyForbidden }
            return .none
        }
        if isHead || status == 304 { return .none }
        if isChunked { return .chunked }
        guard let length else { return .untilClose }
        return length > 0 ? .length(length) : .none
    }

    /// Whether the connection may carry another message (RFC 9112 section 9.3).
    func keepsAlive(minorVersion: Int) -> Bool {
        !saysClose && (minorVersion > 0 || saysKeepAlive)
    }

    private func checkConflicts(_ minorVersion: Int) throws(ParseError) {
        guard isChunked else { return }
        if length != nil { throw .contentLengthWithTransferEncoding }
        if minorVersion == 0 { throw .transferEncodingInHTTP10 }
    }

    /// Digits and nothing else (RFC 9110 section 8.6): no sign, no list, no overflow.
    private func contentLength(_ value: RawSpan) throws(ParseError) -> Int {
        guard value.byteCount > 0 else { throw .contentLengthMalformed }
        var length = 0
        var overflows = false
        for index in 0..<value.byteCount {
            let byte = value.byte(index)
            guard byte.isDigit else { throw .contentLengthMalformed }
            let (tenfold, first) = length.multipliedReportingOverflow(by: 10)
            let (sum, second) = tenfold.addingReportingOverflow(Int(byte & 15))
            overflows = overflows || first || second
            length = sum
        }
        if overflows { throw .contentLengthOverflow }
        return length
    }

    /// Reads connection options (RFC 9110 section 7.6.1).
    private mutating func connection(
        _ bytes: RawSpan, _ range: ByteRange
    ) throws(ParseError) {
        let end = Int(range.start) &+ Int(range.count)
        var index = Int(range.start)
        while index < end {
            let start = index
            while index < end, bytes.byte(index).isTokenByte { index &+= 1 }
            try option(bytes, start, index &- start)
            while index < end, bytes.byte(index).isFieldSpace { index &+= 1 }
            guard index < end else { return }
            guard bytes.byte(index) == 0x2C else { throw .connectionMalformed }
            index &+= 1
            while index < end, bytes.byte(index).isFieldSpace { index &+= 1 }
        }
    }

    private mutating func option(
        _ bytes: RawSpan, _ start: Int, _ count: Int
    ) throws(ParseError) {
        let name = bytes.slice(ByteRange(start: start, count: count))
        if name.equalsIgnoringCase("keep-alive") {
            saysKeepAlive = true
        } else if name.equalsIgnoringCase("close") {
            saysClose = true
        } else {
            let id = KnownFields.table.id(in: bytes, at: start, count: count)
            guard id == FieldName.unknown || Self.hopByHop.contains(id) else {
                throw .connectionNamesEndToEndField
            }
        }
    }

    /// Known names that may be connection options. Naming any other known field would make the next
    /// hop drop what our rules or the upstream's rely on.
    private static let hopByHop = FieldSet([
        .te, .trailer, .upgrade, .proxyConnection, .proxyAuthenticate, .proxyAuthorization,
    ])
}
