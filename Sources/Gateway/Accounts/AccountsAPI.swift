import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity

/// What `/auth/*` answers. Each operation is a few lines: read the members, do it on the pool,
/// write the answer.
struct AccountsAPI: Sendable {
    let runtime: AccountsRuntime

    private static let bodyMax = ByteCount.kibibytes(16)
    private static let timeout = Duration.seconds(30)

    init(_ runtime: AccountsRuntime) { self.runtime = runtime }

    /// Every route under `/auth/`, and the key set.
    var routes: [Application.DeclaredRoute] {
        anonymous + own + factors + keys + documents
    }

    func route(
        _ method: Method, _ path: String, _ access: AccessRule,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) -> Application.DeclaredRoute {
        Application.DeclaredRoute(
            methods: [method], path: path, access: access, bodyLimit: Self.bodyMax,
            timeout: Self.timeout, limits: [], handler: Next(handler))
    }

    /// Who asks. The device's secret comes in a cookie or, from programs, in a field.
    func client(_ request: Request) -> ClientContext {
        let head = request.head
        let cookie = Cookies.value(of: AccountCookies.device, in: head).map(head.text)
        return ClientContext(
            address: request.client, userAgent: request[.userAgent] ?? "",
            device: cookie ?? Self.deviceField.flatMap { request[$0] },
            requestID: "\(request.id)")
    }

    private static let deviceField = FieldName("Gatehouse-Device")

    /// A caller with a session: an API key may not act on its owner's account.
    func owner(_ request: Request) throws(Rejection) -> Principal {
        let principal = try request.caller
        guard principal.session != nil, !principal.authentication.methods.contains("key"),
            principal.issuer == runtime.settings.issuer
        else {
            throw Rejection(403, .forbidden, detail: "not a session of this gate")
        }
        return principal
    }

    /// How the tokens are to be delivered: in the body, or in cookies to a page of this host.
    func wantsCookies(
        _ fields: inout JSONFields, _ request: Request
    ) throws(Rejection) -> Bool {
        switch try fields.optionalText("deliver") {
        case nil, "body": return false
        case "cookie":
            guard runtime.settings.cookies else {
                throw Rejection(field: "deliver", "is switched off")
            }
            guard CrossSiteRefusal.isSameOrigin(request) else {
                throw Rejection(403, .crossSiteRefused, detail: "cookies for another site")
            }
            return true
        default: throw Rejection(field: "deliver", "must be body or cookie")
        }
    }

    // MARK: Answers

    /// Tokens in the body (RFC 6749 section 5.1), or in cookies.
    func tokens(_ issued: IssuedTokens, cookies: Bool, more: [String: [String]] = [:]) -> Response {
        var json = JSONWriter()
        json.beginObject()
        let life = Int(issued.accessExpires.seconds - WallTime.now.seconds)
        if !cookies {
            json.key("access_token")
            json.string(String(decoding: issued.accessToken, as: UTF8.self))
            json.key("token_type")
            json.string("Bearer" as StaticString)
            json.key("refresh_token")
            json.string(issued.refreshToken.dangerouslyRevealed)
            if let device = issued.device {
                json.key("device")
                json.string(device)
            }
        }
        json.key("expires_in")
        json.number(max(0, life))
        for (name, texts) in more {
            json.key(name)
            json.beginArray()
            for text in texts { json.string(text) }
            json.endArray()
        }
        json.endObject()
        var response = Response.json(json.finish())
        if cookies { setCookies(issued, life, in: &response.fields) }
        return response
    }

    private func setCookies(_ issued: IssuedTokens, _ life: Int, in fields: inout Fields) {
        let token = String(decoding: issued.accessToken, as: UTF8.self)
        Cookies.set(AccountCookies.access, token, maxAge: life, in: &fields)
        let refresh = Int(issued.refreshExpires.seconds - WallTime.now.seconds)
        Cookies.set(
            AccountCookies.refresh, issued.refreshToken.dangerouslyRevealed, maxAge: refresh,
            in: &fields)
        if let device = issued.device {
            Cookies.set(AccountCookies.device, device, maxAge: 34_560_000, in: &fields)
        }
    }

    /// An answer without content that also takes the session's cookies away.
    func signedOut() -> Response {
        var response = Response.status(204)
        Cookies.set(AccountCookies.access, "", maxAge: 0, in: &response.fields)
        Cookies.set(AccountCookies.refresh, "", maxAge: 0, in: &response.fields)
        response.fields.append(.clearSiteData, "\"cache\"" as StaticString)
        return response
    }

    /// Where a sign-in stands.
    func signIn(_ result: SignInResult, cookies: Bool) -> Response {
        let (state, challenge): (StaticString, Redacted<String>)
        switch result {
        case .complete(let issued): return tokens(issued, cookies: cookies)
        case .needsFactor(let secret): (state, challenge) = ("factor-required", secret)
        case .mustEnrol(let secret): (state, challenge) = ("enrolment-required", secret)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("next")
        json.string(state)
        json.key("challenge")
        json.string(challenge.dangerouslyRevealed)
        json.endObject()
        return .json(json.finish())
    }

    /// Accepted: whether anything happened is nobody's business but the owner's.
    static let accepted: [UInt8] = Array(#"{"status":"accepted"}"#.utf8)
}
