import GatehouseCore

/// What goes back to the client. The pipeline adds security fields, CORS and framing; a handler
/// sets status, its own fields and a body.
public struct Response {
    /// HTTP status, 200 to 599.
    public var status: Int
    /// Media type of the body (`Content-Type`); nil for none, or when `fields` carries it.
    public var contentType: MediaType?
    /// Further fields. `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the
    /// server's and are ignored here.
    public var fields = Fields()
    /// The body.
    public var body: ResponseBody
    /// Whether its own `Cache-Control` stands: public content of ours, such as a key set.
    package var mayBeCached = false
    /// Code of the refusal that this response states, for log and metrics.
    package var code: Rejection.Code?
    /// Cause of the refusal, for the log alone.
    package var detail = ""
    /// Whether the connection must close afterwards.
    package var closesConnection = false
    /// For a response to HEAD, or 304: the length to state though no body is sent.
    package var statedLength: Int?

    /// A response with a body that is all there.
    public init(status: Int = 200, contentType: MediaType? = nil, body: ResponseBody = .none) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// JSON that is already encoded.
    public static func json(_ bytes: [UInt8], status: Int = 200) -> Response {
        Response(status: status, contentType: .json, body: .bytes(bytes))
    }

    /// UTF-8 text.
    public static func text(_ text: String, status: Int = 200) -> Response {
        Response(status: status, contentType: .text, body: .bytes(Array(text.utf8)))
    }

    /// A status alone, such as 204.
    public static func status(_ status: Int) -> Response { Response(status: status) }
}

/// A media type (RFC 9110 section 8.3.1) as it stands in `Content-Type`.
public struct MediaType: Hashable, Sendable {
    /// The field's value.
    public let value: String

    /// A media type by its text; nil if it holds bytes that no field value may hold.
    public init?(_ value: String) {
        guard !value.isEmpty, value.utf8.allSatisfy(\.isFieldValueByte) else { return nil }
        self.value = value
    }

    private init(trusted value: String) { self.value = value }

    /// `application/json`
    public static let json = MediaType(trusted: "application/json")
    /// `application/problem+json` (RFC 9457)
    public static let problem = MediaType(trusted: "application/problem+json")
    /// `text/plain; charset=utf-8`
    public static let text = MediaType(trusted: "text/plain; charset=utf-8")
    /// `text/html; charset=utf-8`
    public static let html = MediaType(trusted: "text/html; charset=utf-8")
    /// `application/octet-stream`
    public static let bytes = MediaType(trusted: "application/octet-stream")
}
