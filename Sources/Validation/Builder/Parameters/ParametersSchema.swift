public import GatehouseCore

/// What a request's parameters must be: an object for each place that they stand in.
///
/// ```swift
/// struct ListParameters: Decodable, Sendable {
///     struct Query: Decodable, Sendable {
///         var limit: Int
///         var tag: [String]?
///     }
///     var query: Query
/// }
/// let list = try ParametersSchema(
///     query: .object {
///         Field("limit", .integer(in: 1...100).defaulting(to: 20))
///         Field("tag", .array(of: .string.length(1...20)).length(0...5))
///     })
/// ```
///
/// The value has a member for each place that is given: `path`, `query`, `header`, `cookie`. A text
/// becomes a number or a boolean where its field is one, and nowhere else; parameters that repeat
/// become a list where the field is an array, and are refused elsewhere. Query parameters that are
/// not named are refused unless the schema says otherwise; other headers and cookies are not looked
/// at.
public struct ParametersSchema: Sendable {
    /// A place that parameters stand in; its name is the value's member and where issues point to.
    package enum Place: String, CaseIterable, Sendable {
        case path, query, header, cookie
    }

    /// How a field is written in a request.
    struct Parameter: Sendable {
        let name: String
        /// What its text can be; of a list's elements, if it is one.
        let kinds: Set<SchemaDefinition.Kind>
        let isList: Bool
    }

    private let parameters: [Place: [Parameter]]
    private let schema: CompiledSchema

    /// Checks the schemas and makes them ready for use.
    /// - Parameters:
    ///   - path: an object of the path's parameters, all required.
    ///   - query: an object of the query's.
    ///   - header: an object of header fields, by their names in any case.
    ///   - cookie: an object of cookies.
    /// - Throws: `ConfigurationError` when one is no object, or can't be used.
    public init(
        path: Schema? = nil, query: Schema? = nil, header: Schema? = nil, cookie: Schema? = nil,
        options: CompiledSchema.Options = CompiledSchema.Options()
    ) throws(ConfigurationError) {
        var parameters: [Place: [Parameter]] = [:]
        var fields: [Field] = []
        let all: [(Place, Schema?)] = [
            (.path, path), (.query, query), (.header, header), (.cookie, cookie),
        ]
        for (place, schema) in all {
            guard let schema else { continue }
            guard schema.definition.kind == .object, let keys = schema.definition.keys else {
                throw .invalid(place.rawValue, "must be an object with a field for each parameter")
            }
            parameters[place] = keys.map(Parameter.init)
            fields.append(Field(place.rawValue, schema.required()))
        }
        self.parameters = parameters
        self.schema = try Schema.object { fields }.compiled(options)
    }

    /// The names that are declared for a place; nil where nothing is.
    package func names(in place: Place) -> [String]? { parameters[place]?.map(\.name) }

    /// Query parameters that may be there several times.
    package var repeatable: [String] {
        (parameters[.query] ?? []).filter(\.isList).map(\.name)
    }

    /// Reads, checks and decodes texts.
    /// - Parameter texts: name and text of every parameter of each place that is declared, decoded,
    ///   in order.
    /// - Throws: `ValidationFailure` with every issue, at `/query/limit` and the like.
    package func validated<Value: Decodable>(
        _ texts: [Place: [(name: String, text: String)]], as type: Value.Type = Value.self,
        at time: WallTime?
    ) throws(ValidationFailure) -> Validated<Value> {
        var json = JSONWriter()
        var issues: [ValidationIssue] = []
        json.beginObject()
        for place in Place.allCases {
            let found = texts[place] ?? []
            guard let declared = parameters[place] else {
                issues += found.map {
                    Self.issue(place, $0.name, "object.unknown", "is not allowed")
                }
                continue
            }
            json.key(place.rawValue)
            Self.write(found, declared, place, to: &json, &issues)
        }
        json.endObject()
        let bytes = json.finish()
        guard issues.isEmpty else { throw .refused(issues) }
        return try Validated(bytes, by: schema, at: time)
    }

    private static func issue(
        _ place: Place, _ name: String, _ keyword: String, _ message: String
    ) -> ValidationIssue {
        ValidationIssue(
            pointer: "/\(place.rawValue)/\(String(name.prefix(256)).pointerEscaped)",
            keyword: keyword, message: message)
    }

    private static func write(
        _ found: [(name: String, text: String)], _ declared: [Parameter], _ place: Place,
        to json: inout JSONWriter, _ issues: inout [ValidationIssue]
    ) {
        var order: [String] = []
        var texts: [String: [String]] = [:]
        for (name, text) in found {
            if texts[name] == nil { order.append(name) }
            texts[name, default: []].append(text)
        }
        json.beginObject()
        for name in order {
            let values = texts[name] ?? []
            let parameter = declared.first { $0.name == name }
            json.key(name)
            if let parameter, parameter.isList {
                json.beginArray()
                for text in values { parameter.write(text, to: &json) }
                json.endArray()
            } else {
                if values.count > 1 {
                    issues.append(issue(place, name, "repeated", "must be there once"))
                }
                parameter?.write(values[0], to: &json) ?? json.string(values[0])
            }
        }
        json.endObject()
    }
}

extension ParametersSchema.Parameter {
    init(_ key: SchemaDefinition.Key) {
        name = key.name.string
        let definition = key.schema.definition
        isList = definition.kind == .array
        let elements = definition.items + definition.ordered
        kinds =
            isList
            ? Set(elements.flatMap { Self.kinds(of: $0.definition) })
            : Self.kinds(of: definition)
    }

    private static func kinds(of definition: SchemaDefinition) -> Set<SchemaDefinition.Kind> {
        var kinds: Set<SchemaDefinition.Kind> = [definition.kind]
        for case .schema(let node) in definition.alternatives {
            kinds.insert(node.definition.kind)
        }
        kinds.remove(.alternatives)
        return kinds
    }

    /// A text that is no number stays one, so that the schema says what is wrong. Where text is
    /// declared too, it is text.
    func write(_ text: String, to json: inout JSONWriter) {
        let takesText = kinds.isEmpty || kinds.contains { $0 != .number && $0 != .boolean }
        guard !takesText else { return json.string(text) }
        var types: SchemaKinds = []
        if kinds.contains(.number) { types.formUnion(.number) }
        if kinds.contains(.boolean) { types.formUnion(.boolean) }
        OpenAPIText.write(text, as: types, to: &json)
    }
}
