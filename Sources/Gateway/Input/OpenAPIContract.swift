import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity
import GatehouseValidation

/// An OpenAPI document at the gate: which operation a request is, and whether it, and the answer to
/// it, are what the document says.
final class OpenAPIContract: Sendable {
    let settings: Configuration.Validation
    private let document: OpenAPIDocument
    /// By the operations' numbers: what `security` asks for; nil for nothing.
    private let access: [[CompiledAccess]?]
    /// By the operations' numbers.
    private let notices: [Notice?]

    /// Fields that tell clients to move on.
    private struct Notice: Sendable {
        let isDeprecated: Bool
        var sunset: [UInt8] = []
    }

    private let hasNotices: Bool

    /// Whether an operation asks callers for something.
    var asksCallers: Bool { access.contains { $0 != nil } }
    /// What is weak in the document's schemas.
    var warnings: [SchemaWarning] { document.warnings }
    /// Whether answers have to be looked at at all.
    var readsAnswers: Bool { settings.answers != .off || hasNotices }

    /// Reads the document of a configuration; nil when it names none.
    static func load(
        _ settings: Configuration.Validation, policy: AccessPolicy
    ) throws(ConfigurationError) -> OpenAPIContract? {
        guard let path = settings.openAPI else { return nil }
        return try OpenAPIContract(try document(at: path, settings), settings, policy)
    }

    private init(
        _ document: OpenAPIDocument, _ settings: Configuration.Validation, _ policy: AccessPolicy
    ) throws(ConfigurationError) {
        self.document = document
        self.settings = settings
        var access: [[CompiledAccess]?] = []
        var notices: [Notice?] = []
        for operation in document.operations {
            let isAsked = settings.security == .enforce && !operation.security.isEmpty
            access.append(isAsked ? try Self.access(operation, policy) : nil)
            notices.append(try Self.notice(operation))
        }
        self.access = access
        self.notices = notices
        hasNotices = notices.contains { $0 != nil }
    }

    private static func notice(
        _ operation: OpenAPIOperation
    ) throws(ConfigurationError) -> Notice? {
        guard operation.isDeprecated || operation.sunset != nil else { return nil }
        var notice = Notice(isDeprecated: operation.isDeprecated)
        guard let sunset = operation.sunset else { return notice }
        guard let time = WallTime(rfc3339: sunset) else {
            throw .invalid(
                "validation.openapi",
                "\(key(operation)): x-sunset is no date such as 2027-01-31")
        }
        CivilTime(time).appendHTTPDate(to: &notice.sunset)
        return notice
    }

    private static func key(_ operation: OpenAPIOperation) -> String {
        operation.method + " " + operation.path
    }

    /// One rule for each alternative; scopes are permissions.
    private static func access(
        _ operation: OpenAPIOperation, _ policy: AccessPolicy
    ) throws(ConfigurationError) -> [CompiledAccess] {
        var rules: [CompiledAccess] = []
        for alternative in operation.security {
            var scopes: [String] = []
            for requirement in alternative {
                switch requirement.scheme {
                case .apiKey, .oauth2, .openIDConnect: scopes += requirement.scopes
                case .http(let scheme, _) where scheme == "bearer": scopes += requirement.scopes
                case .http, .mutualTLS:
                    throw .invalid(
                        "validation.openapi",
                        "\(key(operation)): the gate does not check the scheme "
                            + "`\(requirement.name)`; use `security: ignore`")
                }
            }
            rules.append(
                alternative.isEmpty
                    ? .everybody
                    : scopes.isEmpty ? .everyCaller : CompiledAccess(all: scopes, policy: policy))
        }
        return rules
    }

    // MARK: Requests

    /// The operation that a request is.
    /// - Throws: `Rejection` 404 and 405 for what the document does not declare, 401 and 403 for
    ///   callers without what its `security` asks for.
    func match(_ request: Request) throws(Rejection) -> OpenAPIMatch {
        switch document.operation(method: request.method.rawValue, path: request.path) {
        case .operation(let match):
            try authorize(request, match)
            return match
        case .otherMethods(let methods):
            var fields = Fields()
            let allow = Array(methods.joined(separator: ", ").utf8)
            fields.append(.allow, trusted: allow.raw)
            throw Rejection(405, .methodNotAllowed, detail: "openapi: undeclared", fields: fields)
        case .nothing: throw Rejection(404, .noRoute, detail: "openapi: undeclared operation")
        }
    }

    /// The operation that a request is, if the document declares it.
    func find(_ request: Request) -> OpenAPIMatch? {
        let found = document.operation(method: request.method.rawValue, path: request.path)
        if case .operation(let match) = found { return match }
        return nil
    }

    private func authorize(_ request: Request, _ match: OpenAPIMatch) throws(Rejection) {
        guard let rules = access[match.number] else { return }
        for rule in rules where rule.allows(request.principal) { return }
        guard request.principal == nil else {
            throw Rejection(403, .forbidden, detail: "openapi: security")
        }
        var fields = Fields()
        fields.append(.wwwAuthenticate, "Bearer realm=\"gatehouse\"" as StaticString)
        throw Rejection(401, .tokenMissing, detail: "openapi: security", fields: fields)
    }

    /// What is wrong with a request's parameters, and with its body when it was read.
    /// - Parameter body: the body's bytes; nil for none, empty for one that nobody reads.
    /// - Throws: `Rejection` 415 for a media type, and 400 for a body, that the operation does not
    ///   take.
    func issues(
        _ request: Request, _ match: OpenAPIMatch, body: [UInt8]?, mediaType: String?,
        json: JSONLimits, _ scratch: inout OpenAPIScratch
    ) throws(Rejection) -> [ValidationIssue] {
        let head = request.head
        var headers: [(name: String, value: String)] = []
        for line in head.lines {
            headers.append((head.text(line.name), head.text(line.value)))
        }
        var issues = match.operation.parameterIssues(
            path: match.values, query: request.query ?? "", headers: headers,
            cookies: Self.cookies(headers), using: &scratch)
        let bytes = body ?? []
        switch match.operation.bodyVerdict(
            bytes.raw, mediaType: body == nil ? nil : mediaType, limits: json, using: &scratch)
        {
        case .accepted: break
        case .undeclared:
            throw Rejection(400, .invalidInput, detail: "openapi: the operation takes no body")
        case .unsupportedMediaType:
            throw Rejection(415, .unsupportedMediaType, detail: "openapi: undeclared media type")
        case .malformed(let error):
            throw Rejection(400, .invalidInput, detail: "json: \(error.reason.rawValue)")
        case .refused(let found): issues += found
        }
        return issues
    }

    private static func cookies(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        var cookies: [(name: String, value: String)] = []
        for header in headers where header.name.lowercased() == "cookie" {
            for pair in header.value.split(separator: ";") {
                let sides = pair.split(separator: "=", maxSplits: 1).map {
                    $0.drop { $0 == " " }
                }
                guard sides.count == 2 else { continue }
                cookies.append((String(sides[0]), String(sides[1])))
            }
        }
        return cookies
    }

    // MARK: Answers

    /// The reader's own bounds, but as many bytes as an answer that is judged may have.
    private static let answerLimits: JSONLimits = {
        var limits = JSONLimits()
        limits.bytesMax = .bytes(ObjectGuard.answerMax)
        return limits
    }()

    /// Tells clients of an operation that is going away (RFC 9745, RFC 8594).
    func announce(_ match: OpenAPIMatch, in fields: inout Fields) {
        guard let notice = notices[match.number] else { return }
        if notice.isDeprecated {
            // The document says that it is, not since when.
            Self.set(Self.deprecation, Array("@0".utf8), in: &fields)
        }
        if !notice.sunset.isEmpty {
            Self.set(Self.sunset, notice.sunset, in: &fields)
        }
    }

    private static let deprecation = Array("Deprecation".utf8)
    private static let sunset = Array("Sunset".utf8)

    private static func set(_ name: [UInt8], _ value: [UInt8], in fields: inout Fields) {
        fields.removeAll { _, found in
            found.byteCount == name.count
                && String(lossy: found).lowercased() == String(lossy: name.raw).lowercased()
        }
        fields.append(id: FieldName.unknown, name: name.raw, trusted: value.raw)
    }

    /// Holds an answer to the document.
    /// - Parameter body: its bytes; nil to leave it unread.
    /// - Returns: the issues, and the body again when members were left out.
    func judge(
        _ response: Response, _ body: [UInt8]?, _ match: OpenAPIMatch,
        _ scratch: inout OpenAPIScratch
    ) -> (issues: [ValidationIssue], body: [UInt8]?) {
        let headers = response.fields.lines
        let type =
            response.contentType?.value
            ?? headers.first {
                $0.name.lowercased() == "content-type"
            }?.value
        let issues = verdict(response.status, type, headers, body, match, &scratch)
        guard settings.answers == .strip, let body, let type else { return (issues, body) }
        let stripped = match.operation.strippedResponse(
            status: response.status, mediaType: type, body: body.raw, limits: Self.answerLimits,
            using: &scratch)
        guard let stripped else { return (issues, body) }
        return (verdict(response.status, type, headers, stripped, match, &scratch), stripped)
    }

    private func verdict(
        _ status: Int, _ type: String?, _ headers: [(name: String, value: String)],
        _ body: [UInt8]?, _ match: OpenAPIMatch, _ scratch: inout OpenAPIScratch
    ) -> [ValidationIssue] {
        let bytes = body ?? []
        let verdict = match.operation.responseVerdict(
            status: status, mediaType: type, headers: headers,
            body: body == nil ? nil : bytes.raw, limits: Self.answerLimits, using: &scratch)
        switch verdict {
        case .accepted: return []
        case .undeclared:
            return [Self.issue("undeclared", "the status, or a body with it, is not declared")]
        case .unsupportedMediaType: return [Self.issue("mediaType", "is not declared")]
        case .malformed: return [Self.issue("json", "is no strict JSON")]
        case .refused(let issues): return issues
        }
    }

    private static func issue(_ keyword: String, _ message: String) -> ValidationIssue {
        ValidationIssue(pointer: "", keyword: keyword, message: message)
    }
}
