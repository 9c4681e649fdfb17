/// One operation of an OpenAPI document: what its requests and answers must be.
public struct OpenAPIOperation: Sendable {
    /// What the document says of an operation.
    struct Content: Sendable {
        var id: String
        var method: String
        var path: String
        var isDeprecated = false
        var sunset: String?
        var security: [[OpenAPISecurityRequirement]] = []
        var parameters: [OpenAPIParameter] = []
        var body: OpenAPIBody?
        var responses: [OpenAPIResponse] = []
        /// Query parameters that carry credentials.
        var credentialNames: Set<String> = []
    }

    let content: Content
    let rules: OpenAPIRules

    /// `operationId`, or method and path.
    public var id: String { content.id }
    /// In capitals.
    public var method: String { content.method }
    /// The path as the document writes it: `/users/{id}`.
    public var path: String { content.path }
    /// Whether clients should move away from it.
    public var isDeprecated: Bool { content.isDeprecated }
    /// `x-sunset`: the day or moment (RFC 3339) after which it is gone, as written.
    public var sunset: String? { content.sunset }
    /// Alternatives, each a list of schemes that must all be fulfilled; empty if nothing is asked
    /// for, and an empty alternative if it is left to the client.
    public var security: [[OpenAPISecurityRequirement]] { content.security }
}

/// A scheme that a request must fulfil, and with which scopes.
public struct OpenAPISecurityRequirement: Equatable, Sendable {
    /// The scheme's name in the document.
    public let name: String
    /// What the scheme is.
    public let scheme: OpenAPISecurityScheme
    /// Scopes, or roles, that are needed.
    public let scopes: [String]
}

/// How clients show who they are.
public enum OpenAPISecurityScheme: Equatable, Sendable {
    /// A key in a `header`, `query` or `cookie` of this name.
    case apiKey(location: String, name: String)
    /// An HTTP authentication scheme in lower case: `bearer`, `basic`.
    case http(scheme: String, bearerFormat: String?)
    /// A client certificate.
    case mutualTLS
    /// OAuth 2.0.
    case oauth2
    /// OpenID Connect, by its discovery document.
    case openIDConnect(url: String)
}

/// What all operations of a document share.
final class OpenAPIRules: Sendable {
    let requests: SchemaProgram
    let responses: SchemaProgram
    let parts: [SchemaProgram]
    let limits: SchemaLimits
    let allowsUndeclaredQuery: Bool
    let parametersMax: Int

    init(
        requests: SchemaProgram, responses: SchemaProgram, parts: [SchemaProgram],
        options: OpenAPIOptions
    ) {
        self.parts = parts
        self.requests = requests
        self.responses = responses
        limits = SchemaLimits(options.schemas)
        allowsUndeclaredQuery = options.dangerouslyAllowsUndeclaredQuery
        parametersMax = options.parametersMax
    }
}

/// A parameter or header of an answer.
struct OpenAPIParameter: Sendable {
    enum Location: String {
        case query, path, header, cookie
    }

    enum Style: String {
        case matrix, label, form, simple, spaceDelimited, pipeDelimited, deepObject
    }

    var name: String
    var location: Location
    var style: Style
    var explodes: Bool
    var isRequired: Bool
    var allowsEmpty: Bool
    /// Whether the value is a JSON text.
    var isJSON: Bool
    /// How text becomes a value; the schema then says whether it is a good one.
    var shape: OpenAPIShape
    /// In the program of its direction.
    var block: Int32
    /// Whether its text came without any encoding, as in parts.
    var isPlain = false
}

/// Which JSON value a text stands for: the only place where text becomes a number or a boolean.
struct OpenAPIShape: Sendable {
    enum Form { case scalar, list, record }

    var form = Form.scalar
    /// Kinds of a scalar, of a list's elements, or of a record's members that are not named.
    var kinds = SchemaKinds.string
    var members: [String: OpenAPIShape] = [:]
    /// Whether members that are not named may be there.
    var isOpen = true
    /// What a list's elements are: one, or none where nothing is said.
    var elements: [OpenAPIShape] = []
    /// Whether it stands for bytes of which only the length is judged.
    var isBinary = false
    /// `contentMediaType` of such bytes.
    var mediaType: String?
    /// Whether the schema says nothing about kinds.
    var isAny = false
    /// Whether it can be an object or a list, perhaps besides text.
    var isNested = false
    /// Kinds of members that are not named, wherever it can be an object.
    var otherKinds = SchemaKinds.string
    /// The same for a record's members that are not named.
    var isOtherAny = false
    var isOtherBinary = false
}

/// A body of a request or answer, by media type.
struct OpenAPIBody: Sendable {
    var isRequired = false
    var content: [OpenAPIMedia] = []
}

/// What a body of one media type must be.
struct OpenAPIMedia: Sendable {
    var range: OpenAPIMediaRange
    /// Nil: anything.
    var block: Int32?
    /// Of answers: how a form's fields become members.
    var shape = OpenAPIShape()
    /// Of requests: how the fields of a form become members.
    var form: OpenAPIForm?
}

/// What an answer must be.
struct OpenAPIResponse: Sendable {
    /// 100 to 599, 1 to 5 for a class of them, or 0 for all others.
    var status: Int
    var body: OpenAPIBody
    var headers: [OpenAPIParameter]
}
