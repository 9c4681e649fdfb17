extension SchemaEvaluation {
    /// What a reference finds. `value` is the value itself, for references into it.
    func resolve(
        _ reference: SchemaReference, _ value: SchemaValue, seesRemoved: Bool = true
    ) -> SchemaValue {
        var target: SchemaValue
        switch reference.origin {
        case .context: target = context
        case .local: target = .undefined
        case .root: target = ancestors.first?.value ?? value
        case .ancestor(0): target = value
        case .ancestor(let level):
            target =
                level <= ancestors.count ? ancestors[ancestors.count - level].value : .undefined
        }
        var found = target.reach(reference.path)
        if seesRemoved, !removed.isEmpty, let place = absolute(reference) {
            found = removed[place] ?? found
        }
        if let adjustment = reference.adjustment { found = adjustment(SchemaOperand(found)).value }
        for entry in reference.map where entry.from == found { return entry.to }
        return found
    }

    /// The place in the document that a reference means, from the root.
    private func absolute(_ reference: SchemaReference) -> [SchemaStep]? {
        let steps = reference.path.map { SchemaStep.member($0) }
        switch reference.origin {
        case .context, .local: return nil
        case .root: return steps
        case .ancestor(let level): return Array(path.dropLast(level)) + steps
        }
    }

    func resolve(_ limit: SchemaLimit, _ value: SchemaValue) -> SchemaValue {
        switch limit {
        case .value(let fixed): fixed
        case .reference(let reference): resolve(reference, value)
        case .expression(let expression): expression.evaluate { resolve($0, value) }
        case .now: .date(now)
        }
    }

    func resolve(_ fallback: SchemaDefault, _ value: SchemaValue) -> SchemaValue {
        switch fallback {
        case .value(let fixed): fixed
        case .reference(let reference): resolve(reference, value)
        case .expression(let expression): expression.evaluate { resolve($0, value) }
        case .deep: .undefined
        }
    }

    /// The schema with all that its conditions add for this value.
    func generated(
        _ node: SchemaNode, _ value: SchemaValue, _ settings: SchemaSettings
    ) -> SchemaNode {
        guard !node.definition.conditions.isEmpty else { return node }
        var added: [SchemaNode] = []
        for condition in node.definition.conditions {
            if let merged = condition.merged {
                added.append(merged)
                continue
            }
            let input = condition.reference.map { resolve($0, value) } ?? value
            var isDecided = false
            for branch in condition.branches {
                let holds = beside(branch.test) { fits(input, branch.test, settings) }
                guard let next = holds ? branch.then : branch.otherwise else { continue }
                added.append(beside(next) { generated(next, value, settings) })
                isDecided = true
                break
            }
            if condition.breaks, isDecided { break }
        }
        // What a link adds holds for what it leads to.
        if node.definition.kind == .link, let link = node.definition.link,
            let linked = target(of: link), linked.definition.kind != .link
        {
            return generated(linked, value, settings).merged(with: added)
        }
        return node.merged(with: added)
    }
}

extension SchemaDefinition {
    /// Whether one of the conditions of alternatives decides in any case, so that an absent value
    /// is looked at too.
    var hasFinalCondition: Bool {
        guard kind == .alternatives else { return false }
        return alternatives.contains { alternative in
            guard case .condition(let condition) = alternative else { return false }
            return condition.branches.contains { $0.then != nil && $0.otherwise != nil }
        }
    }
}
