import GatehouseCore

/// What a text looks like: all that is kept of it, besides its length.
enum TextClass: UInt16, CaseIterable, Sendable {
    case uuid, date, dateTime, email, ipv4, ipv6, uri
    /// Letters, digits, `-`, `_`, `.` and `~`.
    case token
    /// Anything else.
    case text

    /// The format that a schema asks for.
    var format: Format? {
        switch self {
        case .uuid: .uuid
        case .date: .date
        case .dateTime: .dateTime
        case .email: .email
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .uri: .uri
        case .token, .text: nil
        }
    }

    init(_ text: RawSpan) {
        let count = text.byteCount
        self = .text
        guard count > 0, count <= TrafficLimits.formatBytesMax else { return }
        let shape = TextShape(text)
        if shape.isToken { self = .token }
        switch true {
        case count == 36 && Format.uuid.accepts(text): self = .uuid
        case count == 10 && Format.date.accepts(text): self = .date
        case count >= 20 && count <= 40 && Format.dateTime.accepts(text): self = .dateTime
        case shape.dots == 3 && shape.digits + 3 == count && Format.ipv4.accepts(text):
            self = .ipv4
        case shape.at == 1 && Format.email.accepts(text): self = .email
        case shape.colons >= 2 && count <= 45 && Format.ipv6.accepts(text): self = .ipv6
        case shape.colons >= 1 && Self.hasAuthority(text) && Format.uri.accepts(text):
            self = .uri
        default: break
        }
    }

    private static func hasAuthority(_ text: RawSpan) -> Bool {
        for index in 1..<max(text.byteCount - 2, 1) where text.byte(index) == 0x3A {
            return index + 2 < text.byteCount && text.byte(index + 1) == 0x2F
                && text.byte(index + 2) == 0x2F
        }
        return false
    }
}

/// Counts of a text's characters.
struct TextShape {
    private(set) var digits = 0
    private(set) var upper = 0
    private(set) var lower = 0
    private(set) var hex = 0
    private(set) var dots = 0
    private(set) var colons = 0
    private(set) var at = 0
    /// Whether all are letters, digits, `-`, `_`, `.` and `~`.
    private(set) var isToken = true
    private let count: Int

    init(_ text: RawSpan) {
        count = text.byteCount
        for index in 0..<count {
            let byte = text.byte(index)
            if byte.hexDigit != nil { hex += 1 }
            switch byte {
            case 0x30...0x39: digits += 1
            case 0x41...0x5A: upper += 1
            case 0x61...0x7A: lower += 1
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"): break
            case UInt8(ascii: "."): dots += 1
            default:
                if byte == UInt8(ascii: ":") { colons += 1 }
                if byte == UInt8(ascii: "@") { at += 1 }
                isToken = false
            }
        }
    }

    /// Whether the text is a value rather than a name that a programmer gave: a number, an id, an
    /// encoded secret, an address.
    var looksLikeValue: Bool {
        guard isToken, count > 0 else { return true }
        // `v1`, `oauth2` and `sha256` are names, `1` and `order-1234` are not.
        if upper + lower == 0 || digits >= 4 { return true }
        if count >= 8, hex == count, digits > 0 { return true }
        return count >= 20 && (digits > 0 && upper > 0 && lower > 0 || digits * 4 > count)
    }
}

/// What names of parameters and members say.
enum TrafficNames {
    /// Whether it is a name that a programmer gave and may be kept.
    static func isName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, bytes.count <= TrafficLimits.nameBytesMax else {
            return false
        }
        let isLetter = first & 0xDF >= 0x41 && first & 0xDF <= 0x5A
        guard isLetter || first == 0x5F || first == 0x24 || first == 0x40 else { return false }
        let isPlain = bytes.dropFirst().allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case 0x5F, 0x24, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D: true
            default: false
            }
        }
        let letters = bytes.filter { $0 != 0x24 && $0 != 0x3A && $0 != 0x5B && $0 != 0x5D }
        let core = letters.first == 0x40 ? Array(letters.dropFirst()) : letters
        return isPlain && !TextShape(core.raw).looksLikeValue
    }

    /// Whether the value is an id, which grows.
    static func isIdentifier(_ name: String) -> Bool {
        let lower = name.lowercased()
        return lower == "id" || lower.hasSuffix("_id") || lower.hasSuffix("-id")
            || name.hasSuffix("Id") || name.hasSuffix("ID")
    }

    /// Words of names whose values are about a person.
    private static let personal = [
        "account", "address", "birth", "city", "company", "dob", "email", "fax", "firstname",
        "fullname", "gender", "iban", "income", "lastname", "latitude", "location", "longitude",
        "mail", "message", "mobile", "nationality", "passport", "phone", "postcode", "religion",
        "salary", "street", "surname", "taxid", "username", "vat", "zip",
    ]

    /// Whether the value is about a person: its type and length are kept, nothing else.
    static func isPersonal(_ name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter }
        return letters == "name" || letters == "user" || letters == "q" || letters == "query"
            || personal.contains { letters.contains($0) }
    }
}
