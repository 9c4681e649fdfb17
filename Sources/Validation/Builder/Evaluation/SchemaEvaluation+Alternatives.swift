extension SchemaEvaluation {
    /// Takes the first schema that fits, or exactly one, or all.
    func checkAlternatives(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        if let match = node.definition.flags.match, match != .any {
            return checkMatch(match, &value, node, settings)
        }
        var failures: [(node: SchemaNode, reports: [SchemaReport])] = []
        for alternative in node.definition.alternatives {
            switch alternative {
            case .schema(let inner):
                let before = removed
                let outcome = beside(inner) { evaluate(value, inner, settings) }
                if !outcome.fails {
                    value = outcome.value
                    return []
                }
                removed = before
                failures.append((inner, outcome.reports))
            case .condition(let condition):
                guard let next = choose(condition, value, settings) else { continue }
                let outcome = beside(next) { evaluate(value, next, settings) }
                value = outcome.value
                return outcome.reports
            }
        }
        return summary(of: failures, node)
    }

    private func choose(
        _ condition: SchemaDefinition.Condition, _ value: SchemaValue, _ settings: SchemaSettings
    ) -> SchemaNode? {
        let input = condition.reference.map { resolve($0, value) } ?? value
        for branch in condition.branches {
            let holds = beside(branch.test) { fits(input, branch.test, settings) }
            if let next = holds ? branch.then : branch.otherwise { return next }
        }
        return nil
    }

    private func checkMatch(
        _ match: SchemaFlags.Match, _ value: inout SchemaValue, _ node: SchemaNode,
        _ settings: SchemaSettings
    ) -> [SchemaReport] {
        var results: [SchemaValue] = []
        var nodes: [SchemaNode] = []
        for case .schema(let inner) in node.definition.alternatives {
            nodes.append(inner)
            let before = removed
            let outcome = beside(inner) { evaluate(value, inner, settings) }
            if outcome.fails { removed = before } else { results.append(outcome.value) }
        }
        guard let last = results.last else { return [report("alternatives.any", node)] }
        if match == .one {
            guard results.count == 1 else { return [report("alternatives.one", node)] }
            value = last
            return []
        }
        guard results.count == nodes.count else { return [report("alternatives.all", node)] }
        value = nodes.allSatisfy(\.yieldsObject) ? value.merging(results) : last
        return []
    }

    /// One error where all failed: of the one schema there is, of the types that would have
    /// fitted, or of the one that failed inside.
    private func summary(
        of failures: [(node: SchemaNode, reports: [SchemaReport])], _ node: SchemaNode
    ) -> [SchemaReport] {
        guard let first = failures.first else { return [report("alternatives.any", node)] }
        if failures.count == 1 { return first.reports }
        var complex: [SchemaReport] = []
        var types: [String] = []
        for failure in failures {
            guard failure.reports.count == 1, let report = failure.reports.first else {
                return [self.report("alternatives.match", node)]
            }
            if report.depth != path.count {
                complex.append(report)
            } else if report.code == "any.only" {
                types.append(report.expected ?? "")
            } else if report.code.hasSuffix(".base") {
                types.append(String(report.code.dropLast(5)))
            } else {
                complex.append(report)
            }
        }
        if complex.isEmpty {
            let shown = types.filter { !$0.isEmpty }.joined(separator: ", ")
            return [report("alternatives.types", node, expected: shown)]
        }
        return complex.count == 1 ? complex : [report("alternatives.match", node)]
    }
}

extension SchemaNode {
    /// Whether what it lets through is an object.
    fileprivate var yieldsObject: Bool {
        switch definition.kind {
        case .object: return true
        case .alternatives where definition.flags.match == .all:
            return definition.alternatives.allSatisfy { alternative in
                if case .schema(let inner) = alternative { inner.yieldsObject } else { false }
            }
        default: return false
        }
    }
}

extension SchemaValue {
    /// This object with all that several schemas changed in it.
    fileprivate func merging(_ results: [SchemaValue]) -> SchemaValue {
        guard case .object(let original) = self else { return results.last ?? self }
        var merged = original
        for case .object(let result) in results {
            for (name, member) in zip(result.names, result.values) where original[name] != member {
                if case .object? = merged[name], case .object = member, let inner = original[name] {
                    merged[name] = inner.merging([merged[name] ?? inner, member])
                } else {
                    merged[name] = member
                }
            }
        }
        return .object(merged)
    }
}
