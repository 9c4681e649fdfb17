import GatehouseCore

/// Reads the part of structured fields (RFC 9651) that `Permissions-Policy` uses: a dictionary
/// whose values are `*`, `self` or an inner list of `self` and strings.
struct FeatureReader {
    private let bytes: [UInt8]
    private var index = 0

    /// Most features in one field; browsers know about fifty.
    static let featuresMax = 128

    init(_ text: String) { bytes = Array(text.utf8) }

    /// All members, or nil if the text is no such dictionary. A later member of the same name
    /// replaces an earlier one (RFC 9651 section 4.2.2).
    mutating func features() -> [(name: String, allowlist: PermissionsPolicy.Allowlist)]? {
        var result: [(name: String, allowlist: PermissionsPolicy.Allowlist)] = []
        skipSpace()
        while index < bytes.count {
            guard result.count < Self.featuresMax, let name = key(), take("="),
                let allowlist = allowlist()
            else { return nil }
            result.removeAll { $0.name == name }
            result.append((name, allowlist))
            skipSpace()
            if index == bytes.count { break }
            guard take(",") else { return nil }
            skipSpace()
            guard index < bytes.count else { return nil }
        }
        return result
    }

    private mutating func allowlist() -> PermissionsPolicy.Allowlist? {
        if take("*") { return .everybody }
        guard take("(") else { return takeWord("self") ? .itself : nil }
        var itself = false
        var everybody = false
        var origins: [String] = []
        skipSpace()
        while !take(")") {
            guard index < bytes.count else { return nil }
            if take("*") {
                everybody = true
            } else if takeWord("self") {
                itself = true
            } else if let origin = string() {
                origins.append(origin)
            } else {
                return nil
            }
            guard peek(")") || peek(" ") else { return nil }
            skipSpace()
        }
        if everybody { return itself || !origins.isEmpty ? nil : .everybody }
        if origins.isEmpty { return itself ? .itself : .nobody }
        return .origins(origins, itself: itself)
    }

    private mutating func key() -> String? {
        let start = index
        while index < bytes.count,
            bytes[index] &- 0x61 < 26 || bytes[index].isDigit || bytes[index] == 0x2D
        { index += 1 }
        guard index > start, bytes[start] &- 0x61 < 26 else { return nil }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// A string without escapes: an origin needs none.
    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        let start = index
        while index < bytes.count, bytes[index] != 0x22 {
            guard bytes[index] >= 0x20, bytes[index] < 0x7F, bytes[index] != 0x5C else {
                return nil
            }
            index += 1
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        return take("\"") ? text : nil
    }

    private func peek(_ character: Unicode.Scalar) -> Bool {
        index < bytes.count && bytes[index] == UInt8(ascii: character)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek(character) else { return false }
        index += 1
        return true
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard bytes[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }
}
