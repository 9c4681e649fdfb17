extension Schema {
    /// The value must be there.
    public func required() -> Schema { with { $0.flags.presence = .required } }
    /// The value may be absent; the default, unless the options say otherwise.
    public func optional() -> Schema { with { $0.flags.presence = .optional } }
    /// The value must not be there.
    public func forbidden() -> Schema { with { $0.flags.presence = .forbidden } }

    /// The value is checked and then taken out of the result.
    public func stripped() -> Schema { with { $0.flags.result = .strip } }

    /// These values are the only ones.
    public func valid(_ values: SchemaTerm...) -> Schema {
        with {
            $0.flags.only = true
            $0.allow(values)
        }
    }

    /// These values pass whatever the rules say: `.string.allow("", nil)`.
    public func allow(_ values: SchemaTerm...) -> Schema { with { $0.allow(values) } }

    /// These values are refused.
    public func invalid(_ values: SchemaTerm...) -> Schema {
        with {
            var refused = $0.refused ?? SchemaValues()
            for item in values.compactMap(\.item) { refused.add(item) }
            $0.refused = refused
        }
    }

    /// `null` passes.
    public func nullable() -> Schema { allow(nil) }

    /// Letters of allowed and refused values may be of either case.
    public func insensitive() -> Schema { with { $0.flags.insensitive = true } }

    /// Stands in for an absent value.
    public func defaulting(to value: SchemaTerm) -> Schema {
        with {
            guard let fallback = value.fallback else {
                return $0.reportProblem("the default can't be read")
            }
            $0.flags.fallback = fallback
        }
    }

    /// An absent object becomes an empty one, filled with the defaults of its fields.
    public func defaultingToFields() -> Schema { with { $0.flags.fallback = .deep } }

    /// What fits this counts as absent.
    public func empty(_ schema: Schema) -> Schema { with { $0.flags.empty = schema.node } }

    /// This value counts as absent: `.string.empty("")`.
    public func empty(_ value: SchemaTerm) -> Schema { empty(.any.valid(value)) }

    /// Reads values of other types as this one, out loud: `"5"` as 5, `"true"` as true, text and
    /// numbers as dates. The result is of the type, not what was sent.
    public func coerced() -> Schema {
        with {
            $0.flags.coerces = true
            if $0.kind == .date || $0.kind == .binary { $0.flags.result = nil }
        }
    }

    /// What messages call the value.
    public func label(_ label: String) -> Schema { with { $0.flags.label = label } }

    /// A name that links find.
    public func id(_ id: String) -> Schema { with { $0.flags.id = SchemaText(id) } }

    /// Schemas that only links use; each needs an `id`.
    public func shared(_ schemas: Schema...) -> Schema {
        with { definition in
            for schema in schemas {
                if schema.definition.flags.id == nil {
                    definition.reportProblem("a shared schema needs an id")
                }
                definition.shared.append(schema.node)
            }
        }
    }

    /// Text instead of the catalogue's, for one code of this schema, or for all without one.
    /// `{label}` and `{expected}` are filled in.
    public func message(_ text: String, for code: String? = nil) -> Schema {
        with { $0.messages[code ?? "*"] = text }
    }

    /// A check of the program's own on a scalar. Returns what is wrong, nil if nothing is; the text
    /// goes to the client, so that it must not hold the value.
    public func check(
        _ code: String = "any.custom", _ check: @escaping @Sendable (SchemaOperand) -> String?
    ) -> Schema {
        let run = SchemaCheck { check(SchemaOperand($0)) }
        return adding(SchemaRuleEntry("custom", .custom(name: code, run)))
    }

    /// A check of the program's own on the decoded value. What can't be decoded fails.
    public func check<T: Decodable & SendableMetatype>(
        as type: T.Type, _ code: String = "any.custom",
        _ check: @escaping @Sendable (T) -> String?
    ) -> Schema {
        let run = SchemaCheck { value in
            do throws(DecodingIssue) { return check(try value.decode(T.self)) } catch {
                return "{label} is not valid"
            }
        }
        return adding(SchemaRuleEntry("custom", .custom(name: code, run)))
    }

    /// This schema narrowed by another of its type, or of any type.
    public func concat(_ other: Schema) -> Schema {
        if definition.kind == .link {
            return with {
                var condition = SchemaDefinition.Condition()
                condition.merged = other.node
                $0.conditions.append(condition)
            }
        }
        return Schema(definition.merged(with: other.definition))
    }

    /// This schema with those of the fields at these paths changed:
    /// `.fork("a.b", "c") { $0.required() }`.
    public func fork(_ paths: String..., change: (Schema) -> Schema) -> Schema {
        paths.reduce(self) { schema, path in
            schema.forked(path.split(separator: ".").map(String.init)[...], change)
        }
    }

    private func forked(_ path: ArraySlice<String>, _ change: (Schema) -> Schema) -> Schema {
        guard let name = path.first else { return change(self) }
        return with { definition in
            let place = definition.keys?.firstIndex { $0.name == SchemaText(name) }
            guard let place, let inner = definition.keys?[place].schema else {
                return definition.reportProblem("there is no field \(name) to fork")
            }
            let changed = Schema(inner.definition).forked(path.dropFirst(), change)
            definition.keys?[place].schema = changed.node
            definition.sortKeys()
        }
    }
}

extension SchemaDefinition {
    mutating func allow(_ values: [SchemaTerm]) {
        var allowed = self.allowed ?? SchemaValues()
        for value in values {
            guard let item = value.item else {
                reportProblem("a value can't be read")
                continue
            }
            allowed.add(item)
        }
        self.allowed = allowed
    }
}
