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
        var waiting: [(node: SchemaNode, chain: [SchemaNode])] = [(root, [])]
        var count = 0
        while let (node, chain) = waiting.popLast() {
            count += 1
            guard count <= nodesMax else {
                return [SchemaProblem(place: "schema", why: "has too many parts")]
            }
            problems += node.definition.problems
            if let problem = loop(node, chain) { problems.append(problem) }
            for part in node.definition.parts { waiting.append((part.node, chain + [node])) }
        }
        return problems
    }

    /// A link that leads to where it stands without going into the value would never end.
    private static func loop(_ node: SchemaNode, _ chain: [SchemaNode]) -> SchemaProblem? {
        guard node.definition.kind == .link else { return nil }
        guard let reference = node.definition.link else {
            return SchemaProblem(place: "link", why: "leads nowhere")
        }
        switch reference.origin {
        case .context: return SchemaProblem(place: "link", why: "cannot lead into the context")
        case .ancestor(0): return SchemaProblem(place: "link", why: "leads to itself")
        case .local, .root, .ancestor: return nil
        }
    }
}
