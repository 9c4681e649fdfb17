import GatehouseCore
import GatehouseHTTP

extension String {
    /// Without spaces and tabs around it.
    package var trimmedWhitespace: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(start[...last])
    }

    /// Whether it is a token (RFC 9110 section 5.6.2).
    package var isToken: Bool { !isEmpty && utf8.allSatisfy(\.isTokenByte) }

    /// The pieces between `separator`, without white space around them.
    package func pieces(separatedBy separator: Character) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false)
            .map { String($0).trimmedWhitespace }
    }

    /// A directive `name=value` or `name`, the name in lower case, quotes around the value removed.
    package var directive: (name: String, value: String?) {
        guard let equals = firstIndex(of: "=") else { return (lowercased(), nil) }
        let name = String(self[..<equals]).trimmedWhitespace.lowercased()
        var value = String(self[index(after: equals)...]).trimmedWhitespace
        if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
            value = String(value.dropFirst().dropLast())
        }
        return (name, value)
    }

    /// A count of seconds in plain digits, saturating at what fits 31 bits (RFC 9111 section
    /// 1.2.2); nil for anything else.
    package var deltaSeconds: Int? {
        guard !isEmpty, utf8.allSatisfy(\.isDigit) else { return nil }
        return min(Int(self) ?? .max, 2_147_483_648)
    }
}

extension [String] {
    /// The first element that occurs again later.
    package var firstDuplicate: String? {
        var seen: Set<String> = []
        return first { !seen.insert($0).inserted }
    }
}
