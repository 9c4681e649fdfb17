import GatehouseCore
import GatehouseHTTP

extension Kind where Value == String {
    /// A route's path: literal segments, `{name}` for one segment, a final `*` for the rest.
    static var pattern: Kind {
        let name = "a path such as `/items/{id}` or `/files/*`"
        return .scalar(name, write: { $0 }) { text throws(Mismatch) in
            if let mismatch = PathPattern.mismatch(text) { throw mismatch }
            return text
        }
    }

    /// The beginning of paths that a limit covers.
    static var prefix: Kind { literal("a path prefix such as `/auth/`") }

    /// A path that is asked for as it is.
    static var literalPath: Kind { literal("a path such as `/health`") }

    private static func literal(_ name: String) -> Kind {
        .scalar(name, write: { $0 }) { text throws(Mismatch) in
            if text.contains("*") || text.contains("{") {
                throw Mismatch(suggestion: "this path is literal: nothing in it varies")
            }
            if let mismatch = PathPattern.mismatch(text) { throw mismatch }
            return text
        }
    }
}

/// The rules of path patterns. A pattern that no accepted request path could match is refused here.
enum PathPattern {
    static func mismatch(_ text: String) -> Mismatch? {
        guard text.hasPrefix("/") else {
            return Mismatch(suggestion: "write `/\(text.printable(max: 60))`")
        }
        guard text.utf8.count <= 1_024 else { return Mismatch(problem: "longer than 1024 bytes") }
        if text == "/" { return nil }
        let segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var names: Set<Substring> = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if segment.isEmpty, !isLast { return Mismatch(problem: "an empty segment in a path") }
            if segment == "*" {
                if isLast { continue }
                return Mismatch(
                    problem: "`*` before the end of a path",
                    suggestion: "`{name}` stands for one segment, a final `*` for the rest")
            }
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                let name = segment.dropFirst().dropLast()
                guard name.isParameterName else {
                    return Mismatch(
                        problem: "a path parameter without a proper name",
                        suggestion: "use letters, digits and `_`, such as `{id}`")
                }
                if names.insert(name).inserted { continue }
                return Mismatch(problem: "two path parameters of one name")
            }
            if let mismatch = literal(segment) { return mismatch }
        }
        return nil
    }

    private static func literal(_ segment: Substring) -> Mismatch? {
        if segment == "." || segment == ".." {
            return Mismatch(problem: "a dot segment in a path: requests with one are refused")
        }
        if segment.contains("{") || segment.contains("}") || segment.contains("*") {
            return Mismatch(
                problem: "a part of a segment cannot vary",
                suggestion: "`{name}` stands for one whole segment, a final `*` for the rest")
        }
        let isPlain = segment.utf8.allSatisfy { byte in
            byte.isDigit || byte.asciiLowercased &- 0x61 < 26
                || "-._~!$&'()+,=:@".utf8.contains(byte)
        }
        return isPlain ? nil : Mismatch(problem: "a character that a path pattern cannot hold")
    }

    /// The pattern with its names taken away: two routes with one shape match the same paths.
    static func shape(_ pattern: String) -> String {
        pattern.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "{}" : String($0) }.joined(separator: "/")
    }
}

extension Substring {
    fileprivate var isParameterName: Bool {
        !isEmpty && utf8.count <= 64 && !(utf8.first ?? 0).isDigit
            && utf8.allSatisfy { $0.isDigit || $0.asciiLowercased &- 0x61 < 26 || $0 == 0x5F }
    }
}

extension Kind where Value == [Method] {
    /// A list of methods, or `all`.
    static var methods: Kind {
        let names = Configuration.Route.everyMethod.map(\.rawValue)
        let method = Kind<Method>.scalar(names.oneOf, write: { $0.rawValue }) {
            text throws(Mismatch) in
            guard names.contains(text) else {
                let near =
                    names.contains(text.uppercased())
                    ? text.uppercased() : Nearest.match(text, in: names)
                throw Mismatch(suggestion: near.map { "write `\($0)`" })
            }
            return Method(rawValue: text)
        }
        let list = Kind.unique(of: method, "methods (\(names.oneOf))", in: 1...names.count)
        return Kind("`all`, or \(list.name)", write: list.write) { node, decoding in
            if case .scalar("all", _) = node.content { return Configuration.Route.everyMethod }
            return list.read(node, &decoding)
        }
    }
}

extension Kind where Value == AccessRule {
    private struct Grants {
        var roles: [String] = []
        var permissions: [String] = []
    }

    /// Who may use a route.
    static var access: Kind {
        let words = ["anyone", "signed-in"]
        let name = "`anyone`, `signed-in`, `{ roles: […] }` or `{ permissions: […] }`"
        let grants = Section<Grants>(
            "an access rule", Grants(),
            [
                Field(
                    "roles", \.roles, .unique(of: .grant, "roles", in: 1...64),
                    "Callers with at least one of these roles."),
                Field(
                    "permissions", \.permissions, .unique(of: .grant, "permissions", in: 1...64),
                    "Callers with all of these permissions."),
            ])
        return Kind(name, write: { _ in "none" }) { node, decoding in
            guard case .mapping(let entries) = node.content else {
                return word(node, name, words, &decoding)
            }
            guard let found = grants.read(node, &decoding) else { return nil }
            guard entries.count == 1 else {
                decoding.refuse(
                    node, "one rule, not several", found: "\(entries.count) keys", expected: name)
                return nil
            }
            return found.roles.isEmpty ? .permissions(found.permissions) : .roles(found.roles)
        }
    }

    private static func word(
        _ node: YAMLNode, _ name: String, _ words: [String], _ decoding: inout Decoding
    ) -> AccessRule? {
        guard let text = node.value(name, &decoding) else { return nil }
        switch text {
        case "anyone": return .anyone
        case "signed-in": return .signedIn
        default:
            let near = Nearest.match(text, in: words).map { "did you mean `\($0)`?" }
            decoding.refuse(node, "invalid value", expected: name, suggestion: near)
            return nil
        }
    }
}
