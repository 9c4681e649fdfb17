/// What keeps a schema from being used.
enum SchemaProblems {
    /// Problems that are looked for at most: the first is what is shown.
    private static let nodesMax = 100_000

    static func all(in root: SchemaNode) -> [SchemaProblem] {
        if root.depth > SchemaNode.depthMax {
            let why = "schemas are nested more than \(SchemaNode.depthMax) deep"
            return [SchemaProblem(place: "schema", why: why)]
        }
        var problems: [SchemaProblem] = []
        var waiting: [[SchemaEvaluation.Link]] = [[SchemaEvaluation.Link(node: root, key: nil)]]
        var count = 0
        while let chain = waiting.popLast(), let node = chain.last?.node {
            count += 1
            guard count <= nodesMax else {
                return [SchemaProblem(place: "schema", why: "has too many parts")]
            }
            problems += node.definition.problems
            if let problem = loop(node, chain) { problems.append(problem) }
            for part in node.definition.parts {
                let key = node.definition.keys?.first { $0.schema === part.node }?.name
                waiting.append(chain + [SchemaEvaluation.Link(node: part.node, key: key)])
            }
        }
        return problems
    }

    /// A link must lead somewhere, and not to itself: that would never end.
    private static func loop(
        _ node: SchemaNode, _ chain: [SchemaEvaluation.Link]
    ) -> SchemaProblem? {
        guard node.definition.kind == .link else { return nil }
        guard let reference = node.definition.link else {
            return SchemaProblem(place: "link", why: "leads nowhere")
        }
        switch reference.origin {
        case .context: return SchemaProblem(place: "link", why: "cannot lead into the context")
        case .ancestor(0): return SchemaProblem(place: "link", why: "leads to itself")
        // Conditions merge schemas, so that only a run knows what a link is relative to.
        case .ancestor: return nil
        case .local, .root:
            guard let target = SchemaEvaluation.target(of: reference, in: chain) else {
                let name = reference.path.map(\.string).joined(separator: ".")
                return SchemaProblem(place: "link", why: "\(name) is not there")
            }
            return target === node ? SchemaProblem(place: "link", why: "leads to itself") : nil
        }
    }
}
