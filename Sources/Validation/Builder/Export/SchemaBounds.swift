extension Schema {
    /// What the schema lets grow without bound, by place in the value it describes.
    public var warnings: [SchemaWarning] {
        var bounds = SchemaBounds()
        bounds.walk(node, "")
        return bounds.warnings
    }
}

/// Looks for texts and arrays of any length, open objects, and patterns of more than linear work.
private struct SchemaBounds {
    private(set) var warnings: [SchemaWarning] = []

    private mutating func warn(_ kind: SchemaWarning.Kind, _ pointer: String) {
        let warning = SchemaWarning(document: "", pointer: pointer, kind: kind)
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// The depth of schemas is bounded when they are compiled; links are not followed.
    mutating func walk(_ node: SchemaNode, _ pointer: String) {
        let definition = node.definition
        if definition.flags.only != true, definition.flags.presence != .forbidden {
            switch definition.kind {
            case .string where !definition.isBounded && !definition.hasShortFormat:
                warn(.unboundedString, pointer)
            case .array where !definition.isBounded && !definition.isClosedTuple:
                warn(.unboundedArray, pointer)
            case .object where !definition.isBounded && definition.isOpen:
                warn(.openObject, pointer)
            default: break
            }
        }
        for entry in definition.rules {
            if case .pattern(let pattern, _, _) = entry.rule, pattern.isSuperLinear {
                warn(.superLinearPattern, pointer)
            }
        }
        for key in definition.keys ?? [] {
            let name = key.name.string.replacing("~", with: "~0").replacing("/", with: "~1")
            walk(key.schema, pointer + "/" + name)
        }
        for pattern in definition.keyPatterns { walk(pattern.rule, pointer + "/*") }
        for (index, item) in definition.ordered.enumerated() { walk(item, pointer + "/\(index)") }
        for item in definition.items { walk(item, pointer + "/*") }
        for case .schema(let inner) in definition.alternatives { walk(inner, pointer) }
        for shared in definition.shared { walk(shared, pointer) }
    }
}

extension SchemaDefinition {
    /// Whether something says how large the value may be.
    fileprivate var isBounded: Bool {
        rules.contains { entry in
            if case .size(let bound, _, _) = entry.rule { bound != .min } else { false }
        }
    }

    /// Whether a format keeps the text short.
    fileprivate var hasShortFormat: Bool {
        rules.contains { entry in
            switch entry.rule {
            case .format(.email(let rule)): !rule.ignoresLength && rule.listSeparator == nil
            case .format(.guid), .format(.ip), .format(.domain), .format(.hostname): true
            case .format(.date): true
            case .format(.url(let rule)): rule.lengthMax != nil
            default: false
            }
        }
    }

    fileprivate var isClosedTuple: Bool { !ordered.isEmpty && items.isEmpty }

    fileprivate var isOpen: Bool {
        flags.unknown == true || keys == nil && keyPatterns.isEmpty || !keyPatterns.isEmpty
    }
}
