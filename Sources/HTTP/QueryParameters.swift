import GatehouseCore

/// Reads a query string (WHATWG URL, application/x-www-form-urlencoded).
package enum QueryParameters {
    /// The value of a parameter.
    package enum Found: Equatable, Sendable {
        /// Not there.
        case none
        /// There once.
        case one(String)
        /// There more than once, or in a form that some servers read as a list: nobody can say
        /// which value counts.
        case ambiguous
    }

    /// Looks a parameter up, names and values decoded.
    package static func find(_ name: String, in query: RawSpan) -> Found {
        var found = Found.none
        var start = 0
        while start <= query.byteCount {
            var end = start
            while end < query.byteCount, query.byte(end) != UInt8(ascii: "&"),
                query.byte(end) != UInt8(ascii: ";")
            { end += 1 }
            let pair = query.slice(ByteRange(start: start, count: end - start))
            let (key, value) = split(pair)
            if key == name {
                guard found == .none else { return .ambiguous }
                found = .one(value)
            } else if key.hasPrefix(name + "[") || key.lowercased() == name.lowercased() {
                return .ambiguous
            }
            start = end + 1
        }
        return found
    }

    private static func split(_ pair: RawSpan) -> (String, String) {
        var equals = 0
        while equals < pair.byteCount, pair.byte(equals) != UInt8(ascii: "=") { equals += 1 }
        let key = decode(pair.slice(ByteRange(start: 0, count: equals)))
        guard equals < pair.byteCount else { return (key, "") }
        let rest = ByteRange(start: equals + 1, count: pair.byteCount - equals - 1)
        return (key, decode(pair.slice(rest)))
    }

    private static func decode(_ text: RawSpan) -> String {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.byteCount {
            let byte = text.byte(index)
            if byte == UInt8(ascii: "%"), index + 2 < text.byteCount,
                let high = digit(text.byte(index + 1)), let low = digit(text.byte(index + 2))
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
