extension SchemaDefinition {
    /// This schema narrowed by another: the other's rules replace those of their name, its values
    /// and members are added.
    func merged(with other: SchemaDefinition) -> SchemaDefinition {
        var result = self
        result.mergeKind(other)
        result.preferences.merge(other.preferences)
        result.allowed = .merged(allowed, adding: other.allowed, removing: other.refused)
        result.refused = .merged(refused, adding: other.refused, removing: other.allowed)
        for entry in other.rules where entry.isUnique {
            result.rules.removeAll { $0.name == entry.name && !$0.isKept }
        }
        result.rules += other.rules
        result.flags.merge(other.flags)
        result.mergeObject(other)
        result.items += other.items
        result.ordered += other.ordered
        result.alternatives += other.alternatives
        result.conditions += other.conditions
        result.shared += other.shared
        result.link = other.link ?? link
        if let more = other.truthy { result.truthy = .merged(truthy, adding: more, removing: nil) }
        if let more = other.falsy { result.falsy = .merged(falsy, adding: more, removing: nil) }
        result.replacements += other.replacements
        result.encodesURI = encodesURI || other.encodesURI
        result.messages.merge(other.messages) { _, new in new }
        result.problems += other.problems
        return result
    }

    private mutating func mergeKind(_ other: SchemaDefinition) {
        if kind == .any {
            kind = other.kind
        } else if other.kind != .any, other.kind != kind {
            problems.append(
                SchemaProblem(
                    place: kind.rawValue, why: "cannot be merged with type \(other.kind.rawValue)"))
        }
    }

    private mutating func mergeObject(_ other: SchemaDefinition) {
        keyPatterns += other.keyPatterns
        renames += other.renames
        dependencies += other.dependencies
        guard let more = other.keys else { return }
        var all = keys ?? []
        for key in more {
            if let place = all.firstIndex(where: { $0.name == key.name }) {
                let both = all[place].schema.definition.merged(with: key.schema.definition)
                all[place].schema = SchemaNode(both)
            } else {
                all.append(key)
            }
        }
        keys = all
        sortKeys()
    }

    /// Members that others refer to go first, so that a reference finds the checked value; order
    /// stays as written otherwise. Rings are a problem of the schema.
    mutating func sortKeys() {
        guard let keys, keys.contains(where: { !$0.schema.siblings.isEmpty }) else { return }
        var sorted: [Key] = []
        var waiting = keys
        var done: Set<SchemaText> = []
        let names = Set(keys.map(\.name))
        while !waiting.isEmpty {
            let next = waiting.firstIndex { key in
                key.schema.siblings.allSatisfy {
                    $0 == key.name || done.contains($0) || !names.contains($0)
                }
            }
            guard let next else {
                let ring = waiting.map(\.name.string).joined(separator: ", ")
                let problem = SchemaProblem(place: ring, why: "refer to each other in a ring")
                if !problems.contains(problem) { problems.append(problem) }
                return
            }
            done.insert(waiting[next].name)
            sorted.append(waiting.remove(at: next))
        }
        self.keys = sorted
    }
}
