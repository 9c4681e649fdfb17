extension SchemaCompiler {
    /// Formats whose texts can't be long.
    private static let shortFormats: Set<String> = [
        "date", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uuid",
    ]

    /// Warns of what the schema lets grow without bound, and of keywords that nobody knows.
    mutating func lint(_ scope: SchemaScope) {
        for keyword in sources.children(of: scope.place) {
            let name = sources.node(keyword).name
            guard scope.dialect.shape(of: name) == nil, !name.hasPrefix("x-") else { continue }
            warn(.unknownKeyword, keyword)
        }
        guard member("type", scope) != nil, !scope.isEnumerated else { return }
        if scope.kinds.contains(.string), member("maxLength", scope) == nil, !isShortFormat(scope) {
            warn(.unboundedString, scope.place)
        }
        if scope.kinds.contains(.array), member("maxItems", scope) == nil, !isTuple(scope) {
            warn(.unboundedArray, scope.place)
        }
        if scope.kinds.contains(.object), isOpen(scope) { warn(.openObject, scope.place) }
    }

    private func isShortFormat(_ scope: SchemaScope) -> Bool {
        guard options.formats == .assertion, let place = member("format", scope) else {
            return false
        }
        return Self.shortFormats.contains(sources.node(place).text)
    }

    /// Whether `prefixItems` names all elements that there can be.
    private func isTuple(_ scope: SchemaScope) -> Bool {
        let isNew = scope.dialect.draft == .draft2020
        guard let rest = member(isNew ? "items" : "additionalItems", scope) else { return false }
        return sources.node(rest).kind == .false
    }

    private func isOpen(_ scope: SchemaScope) -> Bool {
        for name in ["additionalProperties", "unevaluatedProperties"] {
            guard let place = member(name, scope) else { continue }
            switch sources.node(place).kind {
            case .false: return false
            case .object: return member("maxProperties", scope) == nil
            default: continue
            }
        }
        return true
    }
}
