/// A case of `when`: a test, and the schema that holds where it is met.
public struct WhenCase: Sendable {
    let test: Schema
    let then: Schema

    /// Where the value fits `test`, `then` holds.
    public init(is test: Schema, then: Schema) {
        self.test = test
        self.then = then
    }

    /// Where the value is this one, `then` holds.
    public init(is value: SchemaTerm, then: Schema) {
        self.init(is: Schema.any.valid(value).required(), then: then)
    }
}

extension Schema {
    /// Adds `then` where another field (in the notation of `.ref`) fits `test`, `otherwise` where
    /// it does not. Alternatives take the one or the other instead of adding it.
    public func when(
        _ path: String, is test: Schema, then: Schema? = nil, otherwise: Schema? = nil
    ) -> Schema {
        adding(
            condition: SchemaReference(path),
            [
                SchemaDefinition.Branch(
                    test: test.node, then: then?.node, otherwise: otherwise?.node)
            ])
    }

    /// Adds `then` where another field is this value, `otherwise` where it is not.
    public func when(
        _ path: String, is value: SchemaTerm, then: Schema? = nil, otherwise: Schema? = nil
    ) -> Schema {
        when(path, is: Schema.any.valid(value).required(), then: then, otherwise: otherwise)
    }

    /// Adds the schema of the first case that another field meets, `otherwise` if it meets none.
    public func when(_ path: String, cases: [WhenCase], otherwise: Schema? = nil) -> Schema {
        guard let last = cases.last else { return with { $0.reportProblem("when needs cases") } }
        var branches = cases.dropLast().map {
            SchemaDefinition.Branch(test: $0.test.node, then: $0.then.node, otherwise: nil)
        }
        branches.append(
            SchemaDefinition.Branch(
                test: last.test.node, then: last.then.node, otherwise: otherwise?.node))
        return adding(condition: SchemaReference(path), branches)
    }

    /// Adds `then` where the value itself fits `test`, `otherwise` where it does not.
    public func when(fits test: Schema, then: Schema? = nil, otherwise: Schema? = nil) -> Schema {
        adding(
            condition: nil,
            [
                SchemaDefinition.Branch(
                    test: test.node, then: then?.node, otherwise: otherwise?.node)
            ])
    }

    private func adding(
        condition reference: SchemaReference?, _ branches: [SchemaDefinition.Branch]
    ) -> Schema {
        with { definition in
            var condition = SchemaDefinition.Condition()
            condition.reference = reference
            condition.branches = branches
            for branch in branches {
                if branch.then == nil, branch.otherwise == nil {
                    definition.reportProblem("when needs then or otherwise")
                }
                for node in [branch.then, branch.otherwise].compactMap({ $0 }) {
                    let kind = node.definition.kind
                    let isFit = kind == .any || kind == definition.kind || definition.kind == .any
                    if !isFit, definition.kind != .alternatives, definition.kind != .link {
                        definition.reportProblem("when cannot add type \(kind.rawValue)")
                    }
                }
            }
            if definition.kind == .alternatives {
                definition.alternatives.append(.condition(condition))
            } else {
                definition.conditions.append(condition)
            }
        }
    }

    /// Alternatives that a condition chooses between.
    public static func conditional(
        _ path: String, is test: Schema, then: Schema, otherwise: Schema
    ) -> Schema {
        Schema(SchemaDefinition(.alternatives))
            .when(path, is: test, then: then, otherwise: otherwise)
    }
}
