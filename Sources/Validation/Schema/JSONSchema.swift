import GatehouseCore

/// A JSON Schema (2020-12 or draft-07), compiled once; then it checks values without allocating.
///
/// ```swift
/// let schema = try JSONSchema(#"{"type": "object", "required": ["email"]}"#)
/// var tape = JSONTape()
/// var scratch = SchemaScratch()
/// let issues = schema.issues(in: try tape.parse(body), using: &scratch)
/// ```
public struct JSONSchema: Sendable {
    /// What is allowed in the schema, but should be looked at.
    public let warnings: [SchemaWarning]
    let program: SchemaProgram
    let root: Int32
    let limits: SchemaLimits

    /// Compiles a schema.
    /// - Parameters:
    ///   - json: the schema's text.
    ///   - uri: its URI, if it has no `$id`; what it refers to is seen from there.
    ///   - registry: all other documents that it may refer to.
    /// - Throws: `SchemaError` with the place in the schema and how to mend it.
    public init(
        _ json: RawSpan, at uri: String = "", registry: SchemaRegistry = SchemaRegistry(),
        options: SchemaOptions = SchemaOptions()
    ) throws(SchemaError) {
        let document: JSONDocument
        do throws(JSONError) { document = try JSONDocument(json, limits: options.json) } catch {
            throw SchemaError(document: uri, pointer: "", reason: .malformed(error))
        }
        var sources = SchemaSources(registry: registry, options: options)
        let place = try sources.add(document, at: uri)
        var compiler = SchemaCompiler(sources: sources, options: options)
        root = try compiler.block(place)
        program = try compiler.finish()
        warnings = compiler.warnings
        limits = SchemaLimits(options)
    }

    /// Compiles a schema from text.
    public init(
        _ json: String, at uri: String = "", registry: SchemaRegistry = SchemaRegistry(),
        options: SchemaOptions = SchemaOptions()
    ) throws(SchemaError) {
        let bytes = Array(json.utf8)
        try self.init(bytes.raw, at: uri, registry: registry, options: options)
    }

    /// Whether the value fits.
    public func accepts(_ value: JSONValue, using scratch: inout SchemaScratch) -> Bool {
        program.accepts(value, root, limits, &scratch)
    }

    /// All that is wrong with the value, up to the bound; empty if it fits.
    public func issues(
        in value: JSONValue, using scratch: inout SchemaScratch
    ) -> [ValidationIssue] {
        program.issues(in: value, root, limits, &scratch)
    }
}

extension SchemaProgram {
    func accepts(
        _ value: JSONValue, _ block: Int32, _ limits: SchemaLimits,
        _ scratch: inout SchemaScratch
    ) -> Bool {
        scratch.begin(limits, isCollecting: false)
        return SchemaRun(self, value).fits(block, value.index, -1, &scratch)
            && scratch.refusal == nil
    }

    func issues(
        in value: JSONValue, _ block: Int32, _ limits: SchemaLimits,
        _ scratch: inout SchemaScratch
    ) -> [ValidationIssue] {
        if accepts(value, block, limits, &scratch) { return [] }
        scratch.begin(limits, isCollecting: true)
        _ = SchemaRun(self, value).fits(block, value.index, -1, &scratch)
        if let refusal = scratch.refusal, scratch.issues.count < limits.issuesMax {
            scratch.issues.append(SchemaRun.issue(refusal))
        }
        let issues = scratch.issues
        scratch.issues = []
        return issues
    }

    /// Reads a text and says what is wrong with its value; without a block it may be any.
    func issues(
        reading json: RawSpan, _ block: Int32?, _ limits: SchemaLimits,
        _ jsonLimits: JSONLimits, tape: inout JSONTape, scratch: inout SchemaScratch
    ) throws(JSONError) -> [ValidationIssue] {
        let value = try tape.parse(json, limits: jsonLimits)
        guard let block else { return [] }
        return issues(in: value, block, limits, &scratch)
    }
}
