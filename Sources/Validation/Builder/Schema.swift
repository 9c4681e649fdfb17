public import GatehouseCore

/// What a value must be, said in Swift as Joi says it in JavaScript.
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
}
