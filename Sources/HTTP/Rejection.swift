/// A refusal on its way to becoming a response: a status and a code for the client, a detail for
/// the log alone.
///
/// `RejectionResponder` turns it into a problem document (RFC 9457) in one place.
public struct Rejection: Error, Sendable {
    /// What happened, in a closed vocabulary: the client's text and the metric's label.
    public enum Code: String, CaseIterable, Sendable {
        // Connection and parsing
        case malformedRequest = "malformed-request"
        case headersTooLarge = "headers-too-large"
        case targetTooLong = "target-too-long"
        case pathRefused = "path-refused"
        case versionNotSupported = "version-not-supported"
        case contentTooLarge = "content-too-large"
        case requestTimeout = "request-timeout"
        case expectationFailed = "expectation-failed"
        case plaintextRefused = "plaintext-refused"
        case misdirected = "misdirected-request"
        case tooManyConnections = "too-many-connections"
        case upgradeRefused = "upgrade-refused"
        // Routing
        case noRoute = "no-route"
        case methodNotAllowed = "method-not-allowed"
        // Controls
        case originNotAllowed = "origin-not-allowed"
        case rateLimited = "rate-limited"
        case abnormalUsage = "abnormal-usage-detected"
        case tokenMissing = "token-missing"
        case tokenInvalid = "token-invalid"
        case tokenExpired = "token-expired"
        case forbidden
        case refused
        case notAcceptable = "not-acceptable"
        case unsupportedMediaType = "unsupported-media-type"
        case invalidInput = "invalid-input"
        case injectionRefused = "injection-refused"
        case notFound = "not-found"
        // Accounts
        case credentialsInvalid = "credentials-invalid"
        case emailUnconfirmed = "email-unconfirmed"
        case passwordRefused = "password-refused"
        case codeInvalid = "code-invalid"
        case linkInvalid = "link-invalid"
        case challengeInvalid = "challenge-invalid"
        case refreshInvalid = "refresh-invalid"
        case registrationClosed = "registration-closed"
        case factorRequired = "factor-required"
        case stepUpRequired = "step-up-required"
        case crossSiteRefused = "cross-site-refused"
        case unavailable
        case conflict
        // Us and upstreams
        case internalError = "internal-error"
        case handlerTimeout = "handler-timeout"
        case upstreamUnavailable = "upstream-unavailable"
        case upstreamInvalid = "upstream-invalid"
        case upstreamTimeout = "upstream-timeout"
        case upstreamError = "upstream-error"
        case overloaded
        case reducedCapacity = "temporary-reduced-capacity"
        case shuttingDown = "shutting-down"
    }

    /// HTTP status, 400 to 599.
    public let status: Int
    /// The stable code.
    public let code: Code
    /// The cause, for the log alone: never sent.
    public let detail: String
    /// Seconds after which trying again makes sense; becomes `Retry-After`.
    public var retryAfter: Int?
    /// Fields that the refusal requires, such as `WWW-Authenticate` or `Allow`.
    public var fields: Fields
    /// Further members of the problem document (RFC 9457 section 3.2) as JSON, each beginning with
    /// a comma.
    package var members: [UInt8] = []
    /// Whether the connection must close after the answer.
    public var closesConnection = false

    /// Refuses with a status, a code and a cause for the log.
    public init(
        _ status: Int, _ code: Code, detail: String = "", retryAfter: Int? = nil,
        fields: Fields = Fields()
    ) {
        precondition((400...599).contains(status))
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
        self.fields = fields
    }
}
