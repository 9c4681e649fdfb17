/// Turns the description of one schema, and of those in it, into definitions.
struct JoiImporter {
    private var path: [String] = []

    /// Schemas in schemas; more is refused.
    private static let depthMax = 64 * 3

    func refusal(_ why: String) -> JoiImportError {
        JoiImportError(pointer: path.map { "/" + $0 }.joined(), why: why)
    }

    /// Reads something at a step further in.
    mutating func at<T>(
        _ step: String, _ body: (inout JoiImporter) throws(JoiImportError) -> T
    ) throws(JoiImportError) -> T {
        path.append(step)
        guard path.count <= Self.depthMax else { throw refusal("is nested too deeply") }
        let result = try body(&self)
        path.removeLast()
        return result
    }

    func object(_ value: SchemaValue) throws(JoiImportError) -> SchemaObject {
        guard case .object(let object) = value else { throw refusal("must be an object") }
        return object
    }

    func list(_ value: SchemaValue) throws(JoiImportError) -> [SchemaValue] {
        guard case .array(let list) = value else { throw refusal("must be an array") }
        return list
    }

    func string(_ value: SchemaValue?) throws(JoiImportError) -> String {
        guard let text = value?.text else { throw refusal("must be a string") }
        return text.string
    }

    mutating func node(_ value: SchemaValue) throws(JoiImportError) -> SchemaNode {
        SchemaNode(try schema(value))
    }

    mutating func nodes(_ value: SchemaValue) throws(JoiImportError) -> [SchemaNode] {
        var nodes: [SchemaNode] = []
        for (index, item) in try list(value).enumerated() {
            nodes.append(
                try at("\(index)") { (reader) throws(JoiImportError) in try reader.node(item) })
        }
        return nodes
    }

    /// Types of Joi that say nothing of their own.
    private static let aliases: [String: SchemaDefinition.Kind] = [
        "func": .function, "bool": .boolean, "alternative": .alternatives,
    ]

    mutating func schema(_ value: SchemaValue) throws(JoiImportError) -> SchemaDefinition {
        let description = try object(value)
        let type = try string(description["type"])
        guard let kind = SchemaDefinition.Kind(rawValue: type) ?? Self.aliases[type] else {
            throw refusal("type \(type) is not known: types of extensions can't be described")
        }
        var definition = SchemaDefinition(kind)
        for (name, part) in zip(description.names, description.values) {
            try at(name.string) { (reader) throws(JoiImportError) in
                try reader.part(name.string, part, &definition)
            }
        }
        definition.sortKeys()
        return definition
    }

    private mutating func part(
        _ name: String, _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        switch name {
        case "type", "alterations", "metas", "notes", "tags", "examples", "description", "options":
            break
        case "flags": try flags(value, &definition)
        case "preferences": try preferences(value, &definition)
        case "allow": definition.allowed = try values(value, isDate: definition.kind == .date)
        case "invalid": definition.refused = try values(value, isDate: definition.kind == .date)
        case "rules": try rules(value, &definition)
        case "keys": try keys(value, &definition)
        case "patterns": try patterns(value, &definition)
        case "renames": try renames(value, &definition)
        case "dependencies": try dependencies(value, &definition)
        case "items": definition.items = try nodes(value)
        case "ordered": definition.ordered = try nodes(value)
        case "matches": try matches(value, &definition)
        case "whens": definition.conditions = try conditions(value)
        case "link": definition.link = try reference(value)
        case "shared": definition.shared = try nodes(value)
        case "truthy": definition.truthy = try values(value)
        case "falsy": definition.falsy = try values(value)
        case "replacements": try replacements(value, &definition)
        default: throw refusal("is not known")
        }
    }

    // MARK: Values

    mutating func values(
        _ value: SchemaValue, isDate: Bool = false
    ) throws(JoiImportError) -> SchemaValues {
        var values = SchemaValues()
        for (index, item) in try list(value).enumerated() {
            let read = try at("\(index)") {
                (reader) throws(JoiImportError) in try reader.item(item)
            }
            guard let read else {
                values.overrides = true
                continue
            }
            values.add(isDate ? Self.moment(read) : read)
        }
        return values
    }

    /// JSON has no dates: those of a description are texts in the one form that `Date` writes.
    private static func moment(_ item: SchemaValues.Item) -> SchemaValues.Item {
        guard case .value(let value) = item, case .text(let text) = value,
            let moment = ScriptDate.parse(value, format: .iso),
            CalendarText.iso(moment) == text.string
        else { return item }
        return .value(.date(moment))
    }

    /// An allowed value; nil for the mark that it replaces others.
    private mutating func item(_ value: SchemaValue) throws(JoiImportError) -> SchemaValues.Item? {
        guard case .object(let object) = value else { return .value(value) }
        if object["override"] != nil { return nil }
        if let literal = object["value"] { return .value(literal) }
        if let bytes = value.bufferBytes { return .value(.binary(bytes)) }
        if object["ref"] != nil { return .reference(try reference(value)) }
        if object["template"] != nil { return .expression(try expression(value)) }
        throw refusal("is no value that can be described")
    }

    mutating func limit(
        _ value: SchemaValue, isDate: Bool = false
    ) throws(JoiImportError) -> SchemaLimit {
        if case .object(let object) = value {
            if object["ref"] != nil { return .reference(try reference(value)) }
            if object["template"] != nil { return .expression(try expression(value)) }
            throw refusal("is no limit")
        }
        if isDate {
            if value == .text("now") { return .now }
            guard let moment = ScriptDate.parse(value, format: nil) else {
                throw refusal("is no date")
            }
            return .value(.date(moment))
        }
        return .value(value)
    }

    func expression(_ value: SchemaValue) throws(JoiImportError) -> SchemaExpression {
        let template = SchemaTemplate(try string(try object(value)["template"]))
        guard let template, let expression = template.single else {
            throw refusal("the template is not understood")
        }
        return expression
    }

    mutating func reference(_ value: SchemaValue) throws(JoiImportError) -> SchemaReference {
        guard case .object(let reference)? = try object(value)["ref"] else {
            throw refusal("must be a reference")
        }
        guard reference["adjust"] == nil else {
            throw refusal("functions of a program can't be described: adjust")
        }
        var steps: [SchemaText] = []
        for step in try list(reference["path"] ?? .array([])) {
            steps.append(SchemaText(try string(step)))
        }
        guard steps.count <= SchemaReference.stepsMax else { throw refusal("has too many steps") }
        var result = SchemaReference(origin: try origin(reference), path: steps)
        result.looksInside = reference["in"] == .bool(true)
        for pair in try list(reference["map"] ?? .array([])) {
            let both = try list(pair)
            guard both.count == 2 else { throw refusal("a map needs pairs") }
            result.map.append((both[0], both[1]))
        }
        return result
    }

    private func origin(_ reference: SchemaObject) throws(JoiImportError) -> SchemaReference.Origin
    {
        switch reference["type"] {
        case .text(let type)? where type.string == "global": return .context
        case .text(let type)? where type.string == "local": return .local
        case nil, .text?: break
        default: throw refusal("has an unknown type of reference")
        }
        switch reference["ancestor"] {
        case nil: return .ancestor(1)
        case .text(let text)? where text.string == "root": return .root
        case .number(let number)?:
            guard let level = number.integer, level >= 0, level <= Self.depthMax else {
                throw refusal("has an unusable ancestor")
            }
            return .ancestor(Int(level))
        default: throw refusal("has an unusable ancestor")
        }
    }
}
