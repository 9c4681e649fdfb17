import Synchronization

/// A definition that no longer changes, with what is known of it from the start. Shared between
/// threads: it holds only constants.
final class SchemaNode: Sendable {
    let definition: SchemaDefinition
    /// Members of the surrounding object that this schema refers to.
    let siblings: Set<SchemaText>
    /// How deep schemas are nested in it.
    let depth: Int
    /// Whether a value can be vouched for on the tape alone: no references, conversions, defaults.
    let isDirect: Bool
    let required: [SchemaNode]
    let included: [SchemaNode]
    let excluded: [SchemaNode]
    let direct: DirectSchema?
    /// Schemas that conditions made of this one, by what was added.
    private let merges = Mutex<[[ObjectIdentifier]: Merge]>([:])

    /// Keeps its parts alive, so that no other schema takes their identity.
    private struct Merge {
        let parts: [SchemaNode]
        let result: SchemaNode
    }

    /// Schemas inside schemas; deeper ones are refused when the schema is compiled.
    static let depthMax = 64

    init(_ definition: SchemaDefinition) {
        self.definition = definition
        let parts = definition.parts
        depth = 1 + (parts.map(\.node.depth).max() ?? 0)
        siblings = definition.references(in: parts)
        let items = definition.items
        required = items.filter { $0.definition.flags.presence == .required }
        excluded = items.filter { $0.definition.flags.presence == .forbidden }
        included = items.filter {
            let presence = $0.definition.flags.presence
            return presence != .required && presence != .forbidden
        }
        direct = DirectSchema(definition)
        isDirect = direct != nil
    }

    /// Most merges that are kept.
    private static let mergesMax = 64

    /// This schema narrowed by others, without its conditions.
    func merged(with parts: [SchemaNode]) -> SchemaNode {
        if parts.isEmpty, definition.conditions.isEmpty { return self }
        let key = parts.map { ObjectIdentifier($0) }
        if let known = merges.withLock({ $0[key] }) { return known.result }
        var all = definition
        all.conditions = []
        for part in parts { all = all.merged(with: part.definition) }
        let result = SchemaNode(all)
        merges.withLock {
            if $0.count < Self.mergesMax { $0[key] = Merge(parts: parts, result: result) }
        }
        return result
    }
}

extension SchemaDefinition {
    /// A schema inside this one, and how many levels of the document lie between them.
    struct Part {
        let node: SchemaNode
        let levels: Int
    }

    /// All schemas that stand directly in this one.
    var parts: [Part] {
        var all: [Part] = []
        func add(_ node: SchemaNode?, _ levels: Int) {
            if let node { all.append(Part(node: node, levels: levels)) }
        }
        for key in keys ?? [] { add(key.schema, 1) }
        for pattern in keyPatterns {
            add(pattern.rule, 1)
            add(pattern.names, 0)
            if case .schema(let node) = pattern.test { add(node, 0) }
        }
        for node in items + ordered { add(node, 1) }
        for alternative in alternatives {
            switch alternative {
            case .schema(let node): add(node, 0)
            case .condition(let condition): condition.nodes.forEach { add($0, 0) }
            }
        }
        for condition in conditions { condition.nodes.forEach { add($0, 0) } }
        for node in shared { add(node, 0) }
        add(flags.empty, 0)
        for entry in rules {
            switch entry.rule {
            case .contains(let node), .assert(_, let node, _): add(node, 1)
            default: break
            }
        }
        return all
    }

    /// References to members of the object around this schema.
    fileprivate func references(in parts: [Part]) -> Set<SchemaText> {
        var names: Set<SchemaText> = []
        for reference in ownReferences {
            if let name = reference.sibling { names.insert(name) }
        }
        for part in parts {
            names.formUnion(part.levels == 0 ? part.node.siblings : part.node.outerSiblings)
        }
        return names
    }

    /// References that this schema itself holds, without those of schemas inside it.
    var ownReferences: [SchemaReference] {
        var all: [SchemaReference] = []
        for values in [allowed, refused] {
            for item in values?.items ?? [] {
                switch item {
                case .reference(let reference): all.append(reference)
                case .expression(let expression): all += expression.references
                case .value: break
                }
            }
        }
        for entry in rules { all += entry.rule.references }
        for condition in conditions { all += [condition.reference].compactMap { $0 } }
        for case .condition(let condition) in alternatives {
            all += [condition.reference].compactMap { $0 }
        }
        switch flags.fallback {
        case .reference(let reference): all.append(reference)
        case .expression(let expression): all += expression.references
        default: break
        }
        for rename in renames { all += rename.to.references }
        return all
    }
}

extension SchemaNode {
    /// References of a schema one level further in that reach the same surrounding object.
    fileprivate var outerSiblings: Set<SchemaText> {
        var names: Set<SchemaText> = []
        collectOuter(level: 2, into: &names)
        return names
    }

    private func collectOuter(level: Int, into names: inout Set<SchemaText>) {
        for reference in definition.ownReferences where reference.origin == .ancestor(level) {
            if let name = reference.path.first { names.insert(name) }
        }
        for part in definition.parts {
            part.node.collectOuter(level: level + part.levels, into: &names)
        }
    }
}

extension SchemaDefinition.Condition {
    var nodes: [SchemaNode] {
        branches.flatMap { [$0.test, $0.then, $0.otherwise].compactMap { $0 } }
            + [merged].compactMap { $0 }
    }
}

extension SchemaRule {
    var references: [SchemaReference] {
        switch self {
        case .size(_, let limit, _), .order(_, let limit), .multiple(let limit),
            .assert(let limit, _, _):
            limit.references
        default: []
        }
    }
}

extension SchemaLimit {
    var references: [SchemaReference] {
        switch self {
        case .reference(let reference): [reference]
        case .expression(let expression): expression.references
        case .value, .now: []
        }
    }
}
