extension Schema {
    /// More fields; one of a name that is there replaces it.
    public func keys(@FieldBuilder _ fields: () -> [Field]) -> Schema {
        let fields = fields()
        return with { definition in
            guard definition.kind == .object else {
                return definition.reportProblem("keys is no rule of this type")
            }
            var keys = definition.keys ?? []
            for field in fields {
                let key = SchemaDefinition.Key(
                    name: SchemaText(field.name), schema: field.schema.node)
                keys.removeAll { $0.name == key.name }
                keys.append(key)
            }
            definition.keys = keys
            definition.sortKeys()
        }
    }

    /// Members that are not named may stand in this object, unchecked; or must not.
    public func unknown(_ isAllowed: Bool = true) -> Schema {
        with { $0.flags.unknown = isAllowed }
    }

    /// Members that are not named are taken out of this object and those in it.
    public func strippingUnknown() -> Schema {
        with { $0.preferences.stripsUnknownMembers = true }
    }

    /// Members whose name matches have this schema; the array of their names fits `names`.
    public func pattern(
        key source: String, options: PatternOptions = [], _ rule: Schema,
        fallsThrough: Bool = false,
        names: Schema? = nil
    ) -> Schema {
        do throws(PatternError) {
            let pattern = try SchemaPattern(source, options: options)
            return with {
                $0.keyPatterns.append(
                    SchemaDefinition.KeyPattern(
                        test: .pattern(pattern), rule: rule.node, continues: fallsThrough,
                        names: names?.node))
            }
        } catch {
            let why = "the pattern can't be used: \(error.description)"
            return with { $0.reportProblem(why) }
        }
    }

    /// Members whose name fits `key` have this schema.
    public func pattern(key: Schema, _ rule: Schema, fallsThrough: Bool = false) -> Schema {
        with {
            $0.keyPatterns.append(
                SchemaDefinition.KeyPattern(
                    test: .schema(key.node), rule: rule.node, continues: fallsThrough))
        }
    }

    /// A member gets another name before anything is checked. One that has that name already is an
    /// error unless `overrides`; with `keeps` the old name stays too.
    public func rename(
        _ from: String, to: String, keeps: Bool = false, overrides: Bool = false
    ) -> Schema {
        with {
            var rename = SchemaDefinition.Rename(
                from: .name(SchemaText(from)), to: SchemaTemplate(text: SchemaText(to)))
            rename.isAlias = keeps
            rename.overrides = overrides
            $0.renames.append(rename)
            if from == to { $0.reportProblem("\(from) cannot be renamed to itself") }
        }
    }

    private func dependency(
        _ relation: SchemaDefinition.Dependency.Relation, _ key: String?, _ peers: [String]
    ) -> Schema {
        func reference(_ path: String) -> SchemaReference {
            SchemaReference(
                origin: .ancestor(0),
                path: path.split(separator: ".").map { SchemaText(String($0)) })
        }
        return with {
            if peers.isEmpty { $0.reportProblem("\(relation.rawValue) needs peers") }
            $0.dependencies.append(
                SchemaDefinition.Dependency(
                    relation: relation, key: key.map(reference), peers: peers.map(reference)))
        }
    }

    /// If `key` is there, so must these be. Paths go into objects: `a.b`.
    public func with(_ key: String, _ peers: String...) -> Schema {
        dependency(.with, key, peers)
    }
    /// If `key` is there, none of these may be.
    public func without(_ key: String, _ peers: String...) -> Schema {
        dependency(.without, key, peers)
    }
    /// All of these or none.
    public func and(_ peers: String...) -> Schema { dependency(.and, nil, peers) }
    /// One of these at least.
    public func or(_ peers: String...) -> Schema { dependency(.or, nil, peers) }
    /// Exactly one of these.
    public func xor(_ peers: String...) -> Schema { dependency(.xor, nil, peers) }
    /// One of these at most.
    public func oxor(_ peers: String...) -> Schema { dependency(.oxor, nil, peers) }
    /// Not all of these.
    public func nand(_ peers: String...) -> Schema { dependency(.nand, nil, peers) }

    /// What a reference finds (`.a.b` goes into this object) must fit the schema.
    public func assert(_ subject: String, _ schema: Schema, message: String? = nil) -> Schema {
        let reference = SchemaLimit.reference(SchemaReference(subject))
        return adding(
            SchemaRuleEntry("assert", .assert(reference, schema.node, message: message)),
            for: .object)
    }
}

extension Schema {
    /// No element twice.
    public func unique() -> Schema {
        adding(SchemaRuleEntry("unique", .unique(by: nil, ignoresAbsent: false)), for: .array)
    }
    /// No two elements with the same value at this path.
    public func unique(by path: String, ignoresAbsent: Bool = false) -> Schema {
        let steps = path.split(separator: ".").map { SchemaText(String($0)) }
        return adding(
            SchemaRuleEntry("unique", .unique(by: steps, ignoresAbsent: ignoresAbsent)),
            for: .array)
    }
    /// An element must fit this.
    public func has(_ schema: Schema) -> Schema {
        adding(SchemaRuleEntry("has", .contains(schema.node)), for: .array)
    }
    /// Refuses elements out of order: numbers or texts.
    public func inOrder(isAscending: Bool = true) -> Schema {
        adding(SchemaRuleEntry("sort", .sort(isAscending: isAscending, by: nil)), for: .array)
    }
    /// Puts elements in order.
    public func sorted(isAscending: Bool = true) -> Schema {
        adding(
            SchemaRuleEntry("sort", .sort(isAscending: isAscending, by: nil), converts: true),
            for: .array)
    }
    /// A lone value counts as an array of it.
    public func single() -> Schema { with { $0.flags.isSingle = true } }
    /// Elements may become absent by their schema.
    public func sparse() -> Schema { with { $0.flags.isSparse = true } }
}
