import GatehouseCore

/// A media type, or a range of them: `application/json`, `text/*`.
struct OpenAPIMediaRange: Sendable {
    let type: String
    let subtype: String

    /// Reads a media type of a document or a message; its parameters are left to `charset`.
    init?(_ text: String) {
        let essence = text.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        let parts = essence.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        type = Self.token(parts[0])
        subtype = Self.token(parts[1])
        guard !type.isEmpty, !subtype.isEmpty else { return nil }
    }

    /// Lower case, without white space around it; empty if it is no token (RFC 9110 section 5.6.2).
    private static func token(_ text: Substring) -> String {
        var bytes = Array(text.utf8)
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        while bytes.first == 0x20 || bytes.first == 0x09 { bytes.removeFirst() }
        let isToken = bytes.allSatisfy { byte in
            switch byte {
            case 0x22, 0x28, 0x29, 0x2C, 0x2F, 0x3A...0x40, 0x5B...0x5D, 0x7B, 0x7D: false
            default: byte > 0x20 && byte < 0x7F
            }
        }
        return isToken ? String(decoding: bytes.map(\.asciiLowercased), as: UTF8.self) : ""
    }

    /// How exactly it names a type: 2 the type itself, 1 `text/*`, 0 all.
    var precision: Int { subtype != "*" ? 2 : type != "*" ? 1 : 0 }

    var isJSON: Bool {
        type == "application" && subtype == "json" || subtype.hasSuffix("+json")
    }

    var isForm: Bool { type == "application" && subtype == "x-www-form-urlencoded" }

    func contains(_ other: OpenAPIMediaRange) -> Bool {
        (type == "*" || type == other.type) && (subtype == "*" || subtype == other.subtype)
    }

    /// Whether the message's text is UTF-8: it names no other charset, and none twice.
    static func isUTF8(_ text: String) -> Bool {
        var charsets: [String] = []
        for parameter in text.split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, token(parts[0]) == "charset" else { continue }
            let value = parts[1].filter { $0 != "\"" }
            charsets.append(token(value[...]))
        }
        return charsets.isEmpty || charsets == ["utf-8"] || charsets == ["us-ascii"]
    }
}
