package import GatehouseCore

/// Reads and writes cookies of our own (RFC 6265).
package enum Cookies {
    /// Most bytes of a cookie's value that is looked at.
    private static let valueMax = 8_192

    /// The value of the cookie `name`; nil when there is none, or more than one: a second one was
    /// set by somebody else.
    package static func value(of name: StaticString, in head: MessageHead) -> ByteRange? {
        guard head.present.contains(FieldName.cookie.id) else { return nil }
        var found: ByteRange?
        for line in head.lines where line.id == FieldName.cookie.id {
            let text = head.bytes(line.value)
            var start = 0
            while start < text.byteCount {
                var end = start
                while end < text.byteCount, text.byte(end) != UInt8(ascii: ";") { end += 1 }
                if let value = valueRange(text, start, end, name) {
                    guard found == nil else { return nil }
                    found = ByteRange(
                        start: Int(line.value.start) + Int(value.start), count: Int(value.count))
                }
                start = end + 1
                while start < text.byteCount, text.byte(start) == 0x20 { start += 1 }
            }
        }
        return found
    }

    private static func valueRange(
        _ text: RawSpan, _ start: Int, _ end: Int, _ name: StaticString
    ) -> ByteRange? {
        let count = name.utf8CodeUnitCount
        guard end - start > count, text.byte(start + count) == UInt8(ascii: "="),
            text.slice(ByteRange(start: start, count: count)).equals(name)
        else { return nil }
        let length = end - start - count - 1
        guard length > 0, length <= valueMax else { return nil }
        return ByteRange(start: start + count + 1, count: length)
    }

    /// Sets a cookie that only this host gets, over TLS, out of scripts' reach, and never with a
    /// request that another site caused.
    package static func set(
        _ name: StaticString, _ value: String, maxAge: Int, in fields: inout Fields
    ) {
        fields.append(.setCookie) { bytes in
            bytes.append(name)
            bytes.append("=")
            bytes.append(contentsOf: value.utf8)
            bytes.append("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=")
            bytes.append(decimal: maxAge)
        }
    }
}
