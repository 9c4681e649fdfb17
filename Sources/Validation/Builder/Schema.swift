public import GatehouseCore

/// What a value must be, said in Swift as Joi says it in JavaScript.
///
/// ```swift
/// let user = try Schema.object {
///     Field("email", .string.email().length(3...254).required())
///     Field("password", .string.length(8...128).required())
///     Field("repeat", .any.valid(.ref("password")).required())
///     Field("name", .string.trimmed().length(1...80))
///     Field("age", .integer(in: 18...120))
/// }.compiled()
/// ```
///
/// Fields are optional unless `required()`, members that are not named are refused, and nothing is
/// converted unless a rule says so in its name: `trimmed()`, `lowercased()`, `coerced()`.
public struct Schema: Sendable {
    var definition: SchemaDefinition

    init(_ definition: SchemaDefinition) { self.definition = definition }

    /// Checks the schema and makes it ready for use.
    /// - Throws: `ConfigurationError` with the place and the fault: a pattern that can't be used,
    ///   rules that don't belong to the type, references in a ring, schemas nested too deeply.
    public func compiled(
        _ options: CompiledSchema.Options = CompiledSchema.Options()
    ) throws(ConfigurationError) -> CompiledSchema {
        try CompiledSchema(definition, options)
    }

    var node: SchemaNode { SchemaNode(definition) }

    /// A changed copy.
    func with(_ change: (inout SchemaDefinition) -> Void) -> Schema {
        var copy = self
        change(&copy.definition)
        return copy
    }

    /// A copy with a rule; on another type than the rule's it is a problem of the schema.
    func adding(_ entry: SchemaRuleEntry, for kinds: SchemaDefinition.Kind...) -> Schema {
        with { definition in
            if !kinds.isEmpty, !kinds.contains(definition.kind) {
                definition.reportProblem("\(entry.name) is no rule of this type")
            }
            definition.add(entry)
        }
    }
}

extension SchemaDefinition {
    mutating func reportProblem(_ why: String) {
        problems.append(SchemaProblem(place: flags.label ?? kind.rawValue, why: why))
    }
}

extension Schema {
    /// Any value.
    public static var any: Schema { Schema(SchemaDefinition(.any)) }

    /// A text that is not empty. Its length is counted in code points.
    public static var string: Schema {
        var definition = SchemaDefinition(.string)
        definition.flags.unit = .scalars
        return Schema(definition)
    }

    /// A number that a double holds exactly enough: whole ones up to 2^53.
    public static var number: Schema { Schema(SchemaDefinition(.number)) }

    /// A whole number of 64 bits, compared exactly.
    public static var integer: Schema {
        var definition = SchemaDefinition(.number)
        definition.flags.isUnsafe = true
        definition.add(SchemaRuleEntry("integer", .integer))
        return Schema(definition)
    }

    /// A whole number of a range.
    public static func integer(in range: ClosedRange<Int>) -> Schema {
        integer.min(range.lowerBound).max(range.upperBound)
    }

    /// A number of a range.
    public static func number(in range: ClosedRange<Double>) -> Schema {
        number.min(.number(range.lowerBound)).max(.number(range.upperBound))
    }

    /// `true` or `false`.
    public static var boolean: Schema { Schema(SchemaDefinition(.boolean)) }

    /// A date or moment in ISO 8601; stays the text that it is.
    public static var date: Schema {
        var definition = SchemaDefinition(.date)
        definition.flags.coerces = true
        definition.flags.dateFormat = .iso
        definition.flags.result = .raw
        return Schema(definition)
    }

    /// Bytes in Base64; stays the text that it is. Its length is that of the bytes.
    public static var binary: Schema {
        var definition = SchemaDefinition(.binary)
        definition.flags.coerces = true
        definition.flags.encoding = "base64"
        definition.flags.result = .raw
        return Schema(definition)
    }

    /// An array of anything.
    public static var array: Schema { Schema(SchemaDefinition(.array)) }

    /// An array whose elements each fit one of these; a required one must occur, a forbidden one
    /// must not.
    public static func array(of items: Schema...) -> Schema {
        var definition = SchemaDefinition(.array)
        definition.items = items.map(\.node)
        return Schema(definition)
    }

    /// An array whose elements fit these by place; `rest` is for further ones, which are refused
    /// without it.
    public static func tuple(_ ordered: Schema..., rest: Schema? = nil) -> Schema {
        var definition = SchemaDefinition(.array)
        definition.ordered = ordered.map(\.node)
        if let rest { definition.items = [rest.node] }
        return Schema(definition)
    }

    /// An object with any members.
    public static var object: Schema { Schema(SchemaDefinition(.object)) }

    /// An object with these fields and no others.
    public static func object(@FieldBuilder _ fields: () -> [Field]) -> Schema {
        var definition = SchemaDefinition(.object)
        definition.keys = []
        return Schema(definition).keys(fields)
    }

    /// What one of these fits; the first that does may change the value.
    public static func alternatives(_ schemas: Schema...) -> Schema {
        alternatives(schemas, match: nil)
    }

    /// What exactly one of these fits.
    public static func one(of schemas: Schema...) -> Schema { alternatives(schemas, match: .one) }

    /// What all of these fit.
    public static func all(of schemas: Schema...) -> Schema { alternatives(schemas, match: .all) }

    private static func alternatives(_ schemas: [Schema], match: SchemaFlags.Match?) -> Schema {
        var definition = SchemaDefinition(.alternatives)
        definition.alternatives = schemas.map { .schema($0.node) }
        definition.flags.match = match
        if schemas.isEmpty { definition.reportProblem("needs at least one schema") }
        return Schema(definition)
    }

    /// The schema of another place: `#name` for one with that `id`, `/` for the root, `...` for
    /// what this stands in, `a` for a field beside it. Recursion is bounded by `SchemaWork`.
    public static func link(_ path: String) -> Schema {
        var definition = SchemaDefinition(.link)
        definition.link = SchemaReference(path)
        return Schema(definition)
    }
}

/// A member of an object and its schema.
public struct Field: Sendable {
    let name: String
    let schema: Schema

    /// Names a member.
    public init(_ name: String, _ schema: Schema) {
        self.name = name
        self.schema = schema
    }
}

/// Collects fields.
@resultBuilder public enum FieldBuilder {
    /// One field.
    public static func buildExpression(_ field: Field) -> [Field] { [field] }
    /// Several fields that were collected before.
    public static func buildExpression(_ fields: [Field]) -> [Field] { fields }
    /// All in their order.
    public static func buildBlock(_ parts: [Field]...) -> [Field] { parts.flatMap { $0 } }
    /// Fields of an `if` that may not hold.
    public static func buildOptional(_ part: [Field]?) -> [Field] { part ?? [] }
    /// Fields of the branch that holds.
    public static func buildEither(first part: [Field]) -> [Field] { part }
    /// Fields of the other branch.
    public static func buildEither(second part: [Field]) -> [Field] { part }
    /// Fields of a loop.
    public static func buildArray(_ parts: [[Field]]) -> [Field] { parts.flatMap { $0 } }
}
