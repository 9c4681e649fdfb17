extension SchemaEvaluation {
    /// Checks the value by the schema that the link names.
    func follow(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        guard let reference = node.definition.link, let found = target(of: reference) else {
            return [report("link.ref", node)]
        }
        guard found.definition.kind != .link else { return [report("link.loop", node)] }
        let identity = ObjectIdentifier(node)
        let times = followed[identity, default: 0] + 1
        let most = min(
            node.definition.flags.linkDepthMax ?? limits.linkDepthMax, limits.linkDepthMax)
        guard times <= most else {
            return [report("link.maxRecursion", node, expected: String(most))]
        }
        followed[identity] = times
        defer { followed[identity] = times - 1 }
        let outcome = beside(found) { evaluate(value, found, settings) }
        value = outcome.value
        return outcome.reports
    }

    func target(of reference: SchemaReference) -> SchemaNode? {
        Self.target(of: reference, in: chain)
    }

    /// The schema that a reference means, seen from the end of the chain.
    static func target(of reference: SchemaReference, in chain: [Link]) -> SchemaNode? {
        switch reference.origin {
        case .context: return nil
        case .root: return chain.first?.node.reach(reference.path)
        case .ancestor(let level):
            guard level < chain.count else { return nil }
            return chain[chain.count - 1 - level].node.reach(reference.path)
        case .local:
            guard let name = reference.path.first else { return nil }
            let rest = Array(reference.path.dropFirst())
            for link in chain.reversed() {
                if (link.node.definition.flags.id ?? link.key) == name {
                    return link.node.reach(rest)
                }
                for shared in link.node.definition.shared
                where shared.definition.flags.id == name {
                    return shared.reach(rest)
                }
            }
            return nil
        }
    }
}

extension SchemaNode {
    /// The schema that names lead to, by id or by the member's name.
    func reach(_ path: [SchemaText]) -> SchemaNode? {
        var node = self
        for name in path {
            let next = node.definition.namedParts.first { $0.name == name }?.schema
            guard let next else { return nil }
            node = next
        }
        return node
    }
}

extension SchemaDefinition {
    /// Schemas in this one that a name leads to.
    var namedParts: [Key] {
        var all: [Key] = []
        for key in keys ?? [] {
            all.append(Key(name: key.schema.definition.flags.id ?? key.name, schema: key.schema))
        }
        for part in parts {
            guard let id = part.node.definition.flags.id else { continue }
            all.append(Key(name: id, schema: part.node))
        }
        return all
    }
}
