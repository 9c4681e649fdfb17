import GatehouseCore

/// A schema of Joi (the JavaScript library) by its `describe()` form.
///
/// ```swift
/// var tape = JSONTape()
/// let schema = try JoiSchema.read(tape.parse(description))
/// ```
///
/// Joi converts silently unless told otherwise: `"5"` passes as the number 5. Here nothing is
/// converted unless `Options.converts` asks for Joi's way.
public enum JoiSchema {
    /// How an imported schema is applied; the defaults are ours, not Joi's.
    public struct Options: Sendable {
        /// Joi's `convert`: values of other types are read as the schema's. Default false; in Joi
        /// true.
        public var converts = false
        /// Joi's `noDefaults`. Default false.
        public var skipsDefaults = false
        /// Joi's `stripUnknown` for elements of arrays. Default false.
        public var stripsUnknownElements = false
        /// All that compiled schemas have.
        public var compiled = CompiledSchema.Options()

        /// Nothing is converted, all issues are collected.
        public init() {}

        /// As Joi does unless told otherwise: converts, and stops at the first issue.
        public static var compatible: Options {
            var options = Options()
            options.converts = true
            options.compiled.abortsEarly = true
            return options
        }
    }

    /// Reads a description.
    /// - Throws: `JoiImportError` for what is not understood; nothing is left out silently.
    public static func read(_ description: borrowing JSONValue) throws(JoiImportError) -> Schema {
        var importer = JoiImporter()
        return Schema(try importer.schema(SchemaValue(description)))
    }

    /// Reads a description and makes it ready.
    /// - Throws: `JoiImportError`, also for a schema that can't be used.
    public static func compile(
        _ description: borrowing JSONValue, options: Options = Options()
    ) throws(JoiImportError) -> CompiledSchema {
        let schema = try read(description)
        var settings = SchemaSettings()
        settings.converts = options.converts
        settings.skipsDefaults = options.skipsDefaults
        settings.abortsEarly = options.compiled.abortsEarly
        settings.allowsUnknown = options.compiled.unknown == .allowed
        settings.stripsUnknownMembers = options.compiled.unknown == .stripped
        settings.stripsUnknownElements = options.stripsUnknownElements
        settings.presence = options.compiled.requiresFields ? .required : .optional
        do throws(ConfigurationError) {
            return try CompiledSchema(SchemaNode(schema.definition), settings, options.compiled)
        } catch {
            throw JoiImportError(pointer: "", why: error.description)
        }
    }
}
