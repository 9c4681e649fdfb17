import GatehouseCore
import GatehouseHTTP

/// Reads the fields that tell of proxies. Strict: what has two readings has none.
enum ForwardedReader {
    /// The elements of `Forwarded` (RFC 7239 section 4).
    ///
    /// Spaces around `;` are let through, which the RFC does not have and some proxies write.
    static func forwarded(_ head: MessageHead) throws(Rejection) -> ForwardedHops {
        var hops = ForwardedHops()
        for line in head.lines where line.id == FieldName.forwarded.id {
            var parser = ForwardedLine(head.bytes(line.value))
            while try parser.next(into: &hops) {}
        }
        return hops
    }

    /// The elements of `X-Forwarded-For`: addresses between commas.
    static func forwardedFor(_ head: MessageHead) throws(Rejection) -> ForwardedHops {
        var hops = ForwardedHops()
        for line in head.lines where line.id == FieldName.xForwardedFor.id {
            let value = head.bytes(line.value)
            var start = 0
            while start <= value.byteCount {
                let part = nextPart(value, from: &start)
                let hop = ForwardedHop(node: .init(forwardedFor: value.slice(part)))
                guard hops.append(hop) else { throw .forwarding("too many proxies") }
            }
        }
        return hops
    }

    /// What `X-Forwarded-Proto` says, or nil where there is none.
    static func forwardedProto(_ head: MessageHead) throws(Rejection) -> ForwardedScheme? {
        guard head.present.contains(FieldName.xForwardedProto.id) else { return nil }
        var isSecure = true
        for line in head.lines where line.id == FieldName.xForwardedProto.id {
            let value = head.bytes(line.value)
            var start = 0
            while start <= value.byteCount {
                let part = nextPart(value, from: &start)
                guard let scheme = ForwardedScheme(value.slice(part)) else {
                    throw .forwarding("X-Forwarded-Proto is neither http nor https")
                }
                if scheme == .http { isSecure = false }
            }
        }
        return isSecure ? .https : .http
    }

    /// The bytes up to the next comma, without outer white space; moves `start` behind the comma.
    private static func nextPart(_ value: RawSpan, from start: inout Int) -> ByteRange {
        var end = start
        while end < value.byteCount, value.byte(end) != UInt8(ascii: ",") { end += 1 }
        var (first, last) = (start, end)
        while first < last, value.byte(first).isBlank { first += 1 }
        while last > first, value.byte(last - 1).isBlank { last -= 1 }
        start = end + 1
        return ByteRange(start: first, count: last - first)
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}

/// Reads the elements of one `Forwarded` line from left to right.
private struct ForwardedLine: ~Escapable {
    private let bytes: RawSpan
    private var position = 0
    private var isDone = false

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// Parameters that may occur once in an element.
    private struct Seen {
        var isFor = false
        var isBy = false
        var isHost = false
        var isProto = false
    }

    /// Appends the next element; false at the end of the line.
    mutating func next(into hops: inout ForwardedHops) throws(Rejection) -> Bool {
        guard !isDone else { return false }
        var hop = ForwardedHop()
        var seen = Seen()
        skipBlanks()
        while true {
            try readPair(into: &hop, &seen)
            skipBlanks()
            guard position < bytes.byteCount else {
                isDone = true
                break
            }
            let separator = bytes.byte(position)
            position += 1
            if separator == UInt8(ascii: ",") { break }
            guard separator == UInt8(ascii: ";") else { throw Self.malformed }
            skipBlanks()
        }
        guard hops.append(hop) else { throw .forwarding("too many proxies") }
        return true
    }

    private static var malformed: Rejection { .forwarding("Forwarded breaks RFC 7239") }

    private mutating func readPair(
        into hop: inout ForwardedHop, _ seen: inout Seen
    ) throws(Rejection) {
        let name = try readToken()
        guard position < bytes.byteCount, bytes.byte(position) == UInt8(ascii: "=") else {
            throw Self.malformed
        }
        position += 1
        let value = try readValue()
        let nameBytes = bytes.slice(name)
        if nameBytes.equalsIgnoringCase("for") {
            guard !seen.isFor else { throw Self.malformed }
            seen.isFor = true
            hop.node = .init(forwarded: bytes.slice(value))
        } else if nameBytes.equalsIgnoringCase("proto") {
            guard !seen.isProto, let scheme = ForwardedScheme(bytes.slice(value)) else {
                throw Self.malformed
            }
            seen.isProto = true
            hop.scheme = scheme
        } else if nameBytes.equalsIgnoringCase("by") {
            guard !seen.isBy else { throw Self.malformed }
            seen.isBy = true
        } else if nameBytes.equalsIgnoringCase("host") {
            guard !seen.isHost else { throw Self.malformed }
            seen.isHost = true
        }
    }

    private mutating func readToken() throws(Rejection) -> ByteRange {
        let start = position
        while position < bytes.byteCount, bytes.byte(position).isTokenByte { position += 1 }
        guard position > start else { throw Self.malformed }
        return ByteRange(start: start, count: position - start)
    }

    /// A token, or the inside of a quoted string. Escapes stay as they are: none of the values that
    /// are looked at can hold a backslash.
    private mutating func readValue() throws(Rejection) -> ByteRange {
        guard position < bytes.byteCount, bytes.byte(position) == UInt8(ascii: "\"") else {
            return try readToken()
        }
        position += 1
        let start = position
        while position < bytes.byteCount {
            switch bytes.byte(position) {
            case UInt8(ascii: "\""):
                position += 1
                return ByteRange(start: start, count: position - 1 - start)
            case UInt8(ascii: "\\"):
                position += 2
            default:
                position += 1
            }
        }
        throw Self.malformed
    }

    private mutating func skipBlanks() {
        while position < bytes.byteCount, bytes.byte(position).isBlank { position += 1 }
    }
}
