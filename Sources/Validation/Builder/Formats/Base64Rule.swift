import GatehouseCore

/// Base64 (RFC 4648): which alphabet, and whether it must be padded.
public struct Base64Rule: Sendable {
    /// `-` and `_` instead of `+` and `/`. Default false.
    public var isURLSafe = false
    /// Whether `=` must fill the last group. Default true.
    public var isPadded = true
    /// Whether padding is refused where it is not needed. Default false.
    public var refusesPadding = false

    /// The standard alphabet, padded.
    public init() {}

    package init(isURLSafe: Bool, isPadded: Bool, refusesPadding: Bool = false) {
        self.isURLSafe = isURLSafe
        self.isPadded = isPadded
        self.refusesPadding = refusesPadding
    }

    package func accepts(_ text: RawSpan) -> Bool {
        var count = text.byteCount
        var padding = 0
        while padding < 2, count > 0, text.byte(count &- 1) == UInt8(ascii: "=") {
            count &-= 1
            padding &+= 1
        }
        let rest = count & 3
        if rest == 1 { return false }
        let needed = rest == 0 ? 0 : 4 &- rest
        guard padding == needed || !isPadded && padding == 0 else { return false }
        if refusesPadding, padding > 0 { return false }
        for index in 0..<count where !isCharacter(text.byte(index)) { return false }
        return true
    }

    private func isCharacter(_ byte: UInt8) -> Bool {
        if byte.isASCIIAlphanumeric { return true }
        if isURLSafe { return byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") }
        return byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }

    /// `data:` with a media type and parameters (RFC 2397).
    static func acceptsDataURI(_ text: RawSpan, isPadded: Bool) -> Bool {
        var scanner = ByteScanner(text)
        for byte in [UInt8]("data:".utf8) where !scanner.take(byte) { return false }
        guard skipWord(&scanner), scanner.take(UInt8(ascii: "/")), skipWord(&scanner) else {
            return false
        }
        guard scanner.take(UInt8(ascii: ";")) else { return false }
        let start = scanner.position
        guard let comma = text.firstIndex(of: UInt8(ascii: ","), from: start) else {
            return isLine(text, from: start)
        }
        let parameter = text.extracting(start..<comma)
        guard parameter.equals("base64") else { return isLine(text, from: start) }
        let rule = Base64Rule(isURLSafe: false, isPadded: isPadded)
        return rule.accepts(text.extracting((comma &+ 1)..<text.byteCount))
    }

    private static func skipWord(_ scanner: inout ByteScanner) -> Bool {
        let start = scanner.position
        while !scanner.isAtEnd {
            let byte = scanner.next
            let isMark =
                byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            guard byte.isTokenByte || isMark else { break }
            scanner.skip()
        }
        return scanner.position > start
    }

    private static func isLine(_ text: RawSpan, from start: Int) -> Bool {
        for index in start..<text.byteCount {
            let byte = text.byte(index)
            if byte == 0x0A || byte == 0x0D { return false }
        }
        return true
    }
}

/// Bytes as Base64 and back.
enum Base64Bytes {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let left = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if left > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if left > 2 { group |= UInt32(bytes[index + 2]) }
            for place in 0..<4 {
                let digit = Int(group >> UInt32(18 - 6 * place) & 63)
                text.append(place <= left ? alphabet[digit] : UInt8(ascii: "="))
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes, or nil if it is no padded Base64.
    static func decode(_ text: RawSpan) -> [UInt8]? {
        guard Base64Rule().accepts(text) else { return nil }
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for index in 0..<text.byteCount {
            guard let digit = digit(text.byte(index)) else { break }
            group = group << 6 | digit
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte) - 0x41
        case 0x61...0x7A: UInt32(byte) - 0x61 + 26
        case 0x30...0x39: UInt32(byte) - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
