import GatehouseCore

/// A URI reference in its parts, for resolving one against another (RFC 3986 section 5).
struct URIReference: Equatable {
    private var scheme: Substring?
    private var authority: Substring?
    private var path: String
    private var query: Substring?
    private(set) var fragment: Substring?

    init(_ text: String) {
        var rest = Substring(text)
        if let hash = rest.firstIndex(of: "#") {
            fragment = rest[rest.index(after: hash)...]
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/"),
            colon > rest.startIndex
        {
            scheme = rest[..<colon]
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = rest[..<end]
            rest = rest[end...]
        }
        path = String(rest)
    }

    /// Whether it stands by itself.
    var isAbsolute: Bool { scheme != nil }

    /// Whether it names a host.
    var hasAuthority: Bool { authority != nil }

    /// The reference seen from this base.
    func resolving(_ reference: URIReference) -> URIReference {
        var result = reference
        if reference.scheme != nil {
            result.path = Self.withoutDots(reference.path, isHierarchical: hasSlash(reference))
            return result
        }
        result.scheme = scheme
        if reference.authority != nil { return result }
        result.authority = authority
        if reference.path.isEmpty {
            result.path = path
            if reference.query == nil { result.query = query }
        } else if reference.path.hasPrefix("/") {
            result.path = Self.withoutDots(reference.path, isHierarchical: true)
        } else {
            result.path = Self.withoutDots(merged(with: reference.path), isHierarchical: true)
        }
        return result
    }

    private func hasSlash(_ reference: URIReference) -> Bool {
        reference.authority != nil || reference.path.hasPrefix("/")
    }

    private func merged(with other: String) -> String {
        if authority != nil, path.isEmpty { return "/" + other }
        guard let slash = path.lastIndex(of: "/") else { return other }
        return path[...slash] + other
    }

    private static func withoutDots(_ path: String, isHierarchical: Bool) -> String {
        guard isHierarchical, path.contains(".") else { return path }
        var output: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part == "." || part == ".." {
                if part == "..", output.count > 1 || output.first.map({ !$0.isEmpty }) ?? false {
                    output.removeLast()
                }
                if isLast { output.append("") }
            } else {
                output.append(part)
            }
        }
        return output.joined(separator: "/")
    }

    /// The text without its fragment: what names a document.
    var document: String {
        (scheme.map { $0 + ":" } ?? "") + (authority.map { "//" + $0 } ?? "") + path
            + (query.map { "?" + $0 } ?? "")
    }

    /// The fragment with its escapes resolved; nil if one is broken.
    var decodedFragment: String? {
        guard let fragment else { return "" }
        var bytes: [UInt8] = []
        var rest = Array(fragment.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
