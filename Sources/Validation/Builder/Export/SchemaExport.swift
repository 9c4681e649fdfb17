import GatehouseCore

/// A schema as JSON Schema 2020-12, and what that can't say.
public struct SchemaExport: Sendable {
    /// Something that the exported schema leaves out or says less strictly.
    public struct Loss: Equatable, Sendable {
        /// Place in the exported schema, as a JSON Pointer.
        public let pointer: String
        /// What is lost there.
        public let what: String
    }

    /// The schema as JSON text.
    public let json: [UInt8]
    /// What is lost; empty if the exported schema accepts exactly what this one accepts.
    public let losses: [Loss]
}

extension Schema {
    /// The schema as JSON Schema 2020-12. It describes the value after conversion; what can't be
    /// expressed is listed, never dropped silently.
    public func jsonSchema() -> SchemaExport {
        var exporter = SchemaExporter()
        var object = exporter.export(node)
        var ordered = SchemaObject()
        ordered["$schema"] = .text("https://json-schema.org/draft/2020-12/schema")
        for (name, value) in zip(object.names, object.values) { ordered[name] = value }
        object = ordered
        var json = JSONWriter()
        SchemaValue.object(object).write(to: &json)
        return SchemaExport(json: json.finish(), losses: exporter.losses)
    }
}

extension SchemaObject {
    /// Sets a member of a name that the program knows.
    subscript(name: String) -> SchemaValue? {
        get { self[SchemaText(name)] }
        set { self[SchemaText(name)] = newValue }
    }
}

/// Writes one schema and those in it.
struct SchemaExporter {
    private(set) var losses: [SchemaExport.Loss] = []
    private var path: [String] = []
    /// Schemas under `$defs` of the root.
    private(set) var sharedNames: Set<SchemaText> = []

    mutating func lose(_ what: String) {
        let pointer = path.map { step in
            "/" + step.replacing("~", with: "~0").replacing("/", with: "~1")
        }
        losses.append(SchemaExport.Loss(pointer: pointer.joined(), what: what))
    }

    mutating func at<T>(_ steps: String..., body: (inout SchemaExporter) -> T) -> T {
        path += steps
        defer { path.removeLast(steps.count) }
        return body(&self)
    }

    mutating func list(_ keyword: String, _ nodes: [SchemaNode]) -> SchemaValue {
        .array(
            nodes.enumerated().map { index, node in
                at(keyword, "\(index)") { .object($0.export(node)) }
            })
    }

    mutating func export(_ node: SchemaNode) -> SchemaObject {
        var definition = node.definition
        definition.rules.removeAll(where: \.isWarning)
        var object = SchemaObject()
        if path.isEmpty { sharedNames = Set(definition.shared.compactMap(\.definition.flags.id)) }
        loseFlags(definition)
        if definition.flags.presence == .forbidden {
            object["not"] = .object(SchemaObject())
            return object
        }
        if definition.flags.only == true {
            exportOnly(definition, &object)
        } else {
            exportType(definition, &object)
            exportAllowed(definition, &object)
        }
        for condition in definition.conditions { exportCondition(condition, &object) }
        if let refused = definition.refused {
            if !refused.isFixed { lose("refused values that references find") }
            append(.object(["not": .object(["enum": .array(refused.fixed)])]), &object)
        }
        if let label = definition.flags.label { object["title"] = .text(label) }
        if case .value(let value)? = definition.flags.fallback { object["default"] = value }
        if case .reference? = definition.flags.fallback { lose("a default that refers to a field") }
        if case .expression? = definition.flags.fallback { lose("a default that is a formula") }
        if !definition.shared.isEmpty { exportShared(definition, &object) }
        return object
    }

    private mutating func loseFlags(_ definition: SchemaDefinition) {
        let flags = definition.flags
        if flags.coerces == true, flags.result != .raw {
            lose("values of other types are converted")
        }
        if flags.result == .strip { lose("the value is taken out after the check") }
        if flags.failover != nil { lose("a value stands in for a wrong one") }
        if flags.cast != nil { lose("the result is cast") }
        if flags.empty != nil { lose("some values count as absent") }
        if flags.insensitive == true { lose("allowed values ignore the case of letters") }
        if flags.truncates == true { lose("the text is cut off at its limit") }
        if flags.isSingle == true { lose("a lone value counts as an array") }
        if !definition.renames.isEmpty { lose("members are renamed") }
        if !definition.replacements.isEmpty { lose("the text is changed by patterns") }
        if !definition.preferences.isSilent { lose("preferences for all that is in it") }
    }

    /// Adds a schema that must hold too.
    func append(_ schema: SchemaValue, _ object: inout SchemaObject) {
        var all: [SchemaValue] = []
        if case .array(let others)? = object["allOf"] { all = others }
        object["allOf"] = .array(all + [schema])
    }

    private mutating func exportOnly(_ definition: SchemaDefinition, _ object: inout SchemaObject) {
        guard let allowed = definition.allowed else {
            object["not"] = .object(SchemaObject())
            return
        }
        if !allowed.isFixed {
            lose("allowed values that references find")
            return
        }
        object["enum"] = .array(allowed.fixed)
    }

    /// Values that pass whatever the rules say stand beside them.
    private mutating func exportAllowed(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        guard let allowed = definition.allowed, definition.kind != .any else { return }
        if !allowed.isFixed { lose("allowed values that references find") }
        let rest = object
        object = SchemaObject()
        object["anyOf"] = .array([
            .object(["enum": .array(allowed.fixed)]), .object(rest),
        ])
    }

    private mutating func exportShared(
        _ definition: SchemaDefinition, _ object: inout SchemaObject
    ) {
        var shared = SchemaObject()
        for node in definition.shared {
            guard let id = node.definition.flags.id else { continue }
            shared[id] = at("$defs", id.string) { .object($0.export(node)) }
        }
        object["$defs"] = .object(shared)
        if !path.isEmpty { lose("shared schemas below the root") }
    }
}

extension SchemaObject: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, SchemaValue)...) {
        self.init()
        for (name, value) in elements { self[SchemaText(name)] = value }
    }
}
