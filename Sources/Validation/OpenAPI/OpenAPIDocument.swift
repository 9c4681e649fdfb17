import GatehouseCore

/// How strictly an OpenAPI document is applied.
public struct OpenAPIOptions: Sendable {
    /// How schemas are read and applied.
    public var schemas = SchemaOptions()
    /// Lets query parameters pass that the document doesn't declare. Default: refused, since the
    /// server might read what nobody checked.
    public var dangerouslyAllowsUndeclaredQuery = false
    /// Query parameters, or fields of a form, that are read at most. Default 200.
    public var parametersMax = 200
    /// Lets the paths of `servers` count: `/v1/users` for the path `/users` of a server whose URL
    /// ends in `/v1`. Default true.
    public var usesServerPaths = true

    /// The defaults.
    public init() {}
}

/// An OpenAPI document, 3.0 or 3.1, compiled once: which operation a request is, and whether the
/// request and its answer are what the document says.
///
/// ```swift
/// let document = try OpenAPIDocument(json)
/// if case .operation(let match) = document.operation(method: "GET", path: "/users/7") {
///     let issues = match.operation.parameterIssues(
///         path: match.values, query: "limit=5", using: &scratch)
/// }
/// ```
public struct OpenAPIDocument: Sendable {
    /// `3.0.3`, `3.1.0`.
    public let version: String
    /// `info.title`
    public let title: String
    /// All operations, in the document's order.
    public let operations: [OpenAPIOperation]
    /// What is allowed in the schemas, but should be looked at.
    public let warnings: [SchemaWarning]
    private let paths: OpenAPIPaths

    /// What a method and a path lead to.
    public enum Found: Sendable {
        /// An operation, with the path's values.
        case operation(OpenAPIMatch)
        /// The path is there, with other methods.
        case otherMethods([String])
        /// The path is not there.
        case nothing
    }

    /// Compiles a document; YAML is to be turned into JSON before.
    /// - Parameters:
    ///   - uri: the document's URI; what it refers to is seen from there.
    ///   - registry: all schemas outside that it may refer to.
    /// - Throws: `SchemaError` with the place in the document and how to mend it.
    public init(
        _ json: RawSpan, at uri: String = "", registry: SchemaRegistry = SchemaRegistry(),
        options: OpenAPIOptions = OpenAPIOptions()
    ) throws(SchemaError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(json, limits: options.schemas.json)
        } catch { throw SchemaError(document: uri, pointer: "", reason: .malformed(error)) }
        var reader = try OpenAPIReader(document, at: uri, registry: registry, options: options)
        let content = try reader.read()
        version = reader.version
        title = reader.title
        operations = content.operations
        paths = content.paths
        warnings = content.warnings
    }

    /// Compiles a document from text.
    public init(
        _ json: String, at uri: String = "", registry: SchemaRegistry = SchemaRegistry(),
        options: OpenAPIOptions = OpenAPIOptions()
    ) throws(SchemaError) {
        let bytes = Array(json.utf8)
        try self.init(bytes.raw, at: uri, registry: registry, options: options)
    }

    /// What a request's method and its path, without the query and still encoded, lead to. HEAD is
    /// GET where the document says nothing else.
    public func operation(method: String, path: String) -> Found {
        guard let found = paths.find(path) else { return .nothing }
        let isGET = method == "HEAD" && found.methods["HEAD"] == nil
        let method = isGET ? "GET" : method
        guard let number = found.methods[method] else {
            return .otherMethods(found.methods.keys.sorted())
        }
        return .operation(
            OpenAPIMatch(
                operation: operations[number], values: found.values(for: method), number: number))
    }
}

/// An operation that a request leads to.
public struct OpenAPIMatch: Sendable {
    /// The operation.
    public let operation: OpenAPIOperation
    /// The path parameters, still encoded, by name.
    public let values: [String: String]
    /// Place of the operation among the document's `operations`.
    package let number: Int
}

/// Memory that checks write to; one for each thread, kept and reused.
public struct OpenAPIScratch: ~Copyable {
    var schema = SchemaScratch()
    var tape = JSONTape()
    var json: [UInt8] = []

    /// Empty.
    public init() {}
}

/// What a body is.
public enum OpenAPIVerdict: Equatable, Sendable {
    /// What the document says.
    case accepted
    /// A status, or a body where there should be none, that the document doesn't declare.
    case undeclared
    /// A media type or charset that the document doesn't declare: 415.
    case unsupportedMediaType
    /// No JSON, though it says so: 400.
    case malformed(JSONError)
    /// Not what the schema asks for: 422.
    case refused([ValidationIssue])
}
