import GatehouseCore

/// A `Content-Type` field, read strictly (RFC 9110 section 8.3.1): what two readers could
/// understand differently is none.
package struct ContentType: Equatable, Sendable {
    /// `application/json`, in lower case.
    package let essence: String
    /// `charset`, in lower case, or nil.
    package let charset: String?
    /// `boundary` as written, or nil.
    package let boundary: String?

    /// Bytes of which nothing is known.
    package static let octetStream = ContentType("application/octet-stream")

    private static let json = ContentType("application/json")
    private static let jsonInUTF8 = ContentType("application/json", charset: "utf-8")
    private static let form = ContentType("application/x-www-form-urlencoded")

    private init(_ essence: String, charset: String? = nil) {
        self.essence = essence
        self.charset = charset
        boundary = nil
    }

    /// What nearly all requests with a body say, known without reading it.
    private static func usual(_ text: RawSpan) -> ContentType? {
        switch text.byteCount {
        case 16 where text.equalsIgnoringCase("application/json"): json
        case 31 where text.equalsIgnoringCase("application/json; charset=utf-8"): jsonInUTF8
        case 33 where text.equalsIgnoringCase("application/x-www-form-urlencoded"): form
        default: nil
        }
    }

    /// Most bytes of the field.
    private static let bytesMax = 256
    private static let parametersMax = 8

    /// Reads a field's value; nil when it is none, names a parameter twice, or is too long.
    package init?(_ text: RawSpan) {
        if let usual = Self.usual(text) {
            self = usual
            return
        }
        guard text.byteCount <= Self.bytesMax else { return nil }
        var reader = Reader(bytes: text.array)
        guard let type = reader.token(), reader.take(UInt8(ascii: "/")),
            let subtype = reader.token()
        else { return nil }
        essence = (type + "/" + subtype).lowercased()
        var found: [String: String] = [:]
        while true {
            reader.skipSpace()
            if reader.isAtEnd { break }
            guard reader.take(UInt8(ascii: ";")) else { return nil }
            reader.skipSpace()
            if reader.isAtEnd { break }
            guard let name = reader.token()?.lowercased(), reader.take(UInt8(ascii: "=")),
                let value = reader.value(), found.count < Self.parametersMax,
                found.updateValue(value, forKey: name) == nil
            else { return nil }
        }
        charset = found["charset"]?.lowercased()
        boundary = found["boundary"]
    }

    /// Whether the body is JSON: `application/json` or a type with the suffix (RFC 6839).
    package var isJSON: Bool {
        essence == "application/json"
            || (essence.hasPrefix("application/") && essence.hasSuffix("+json"))
    }
    /// Whether the body is a form in one piece.
    package var isForm: Bool { essence == "application/x-www-form-urlencoded" }
    /// Whether the body is a form in parts.
    package var isMultipart: Bool { essence == "multipart/form-data" }

    /// Whether a pattern covers it: a whole type, `image/*`, `*/*`.
    package func matches(_ pattern: String) -> Bool {
        if pattern == "*/*" || pattern == essence { return true }
        if pattern.hasSuffix("/*") { return essence.hasPrefix(pattern.dropLast()) }
        guard pattern.hasPrefix("application/*+") else { return false }
        return essence.hasPrefix("application/") && essence.hasSuffix(pattern.dropFirst(13))
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index == bytes.count }

        mutating func skipSpace() {
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func token() -> String? {
            let start = index
            while index < bytes.count, Self.isToken(bytes[index]) { index += 1 }
            return index == start ? nil : String(decoding: bytes[start..<index], as: UTF8.self)
        }

        /// A token, or a quoted string; escapes in it are refused, since readers differ.
        mutating func value() -> String? {
            guard take(UInt8(ascii: "\"")) else { return token() }
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                guard (0x20...0x7E).contains(bytes[index]), bytes[index] != UInt8(ascii: "\\")
                else { return nil }
                index += 1
            }
            let end = index
            guard take(UInt8(ascii: "\"")) else { return nil }
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }

        private static func isToken(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }
}
