public import GatehouseCore
public import GatehouseHTTP
public import GatehouseIdentity

/// Finds out who is calling, by the bearer token of RFC 6750 in the `Authorization` field.
///
/// A token that is sent must be good, on routes for `anyone` too; only these may be called without
/// one. Tokens in the query or the body are never looked at: they end up in logs. Clients learn
/// that their token is missing, expired or invalid; the log learns why.
public struct BearerAuthentication: Control {
    private let verifier: TokenVerifier?
    private let challenge: BearerChallenge
    private let revocations: Revocations?
    private let takesCookies: Bool
    /// Links to stores are looked after several times a second.
    private static let retrySeconds = 1

    /// Accepts the tokens that `verifier` does. Without one nobody can sign in: routes that need it
    /// refuse everybody, and a token sent to a route for `anyone` is left to the upstream.
    /// - Parameter realm: what the challenge calls us; visible ASCII without quotes.
    public init(
        verifier: TokenVerifier?, realm: String = "gatehouse"
    ) throws(ConfigurationError) {
        try self.init(verifier: verifier, realm: realm, revocations: nil, takesCookies: false)
    }

    /// Accepts also what our own accounts hand out.
    /// - Parameters:
    ///   - revocations: what is refused although its signature is good.
    ///   - takesCookies: whether the access token may come in a cookie; `CrossSiteRefusal` must
    ///     follow.
    package init(
        verifier: TokenVerifier?, realm: String = "gatehouse", revocations: Revocations?,
        takesCookies: Bool
    ) throws(ConfigurationError) {
        self.verifier = verifier
        self.revocations = revocations
        self.takesCookies = takesCookies
        challenge = try BearerChallenge(realm: realm)
    }

    /// Sets the request's principal.
    /// - Throws: `Rejection` 401 with a challenge.
    public func before(_ request: Request) throws(Rejection) -> Response? {
        // An API key was looked up before; it is revoked like a token.
        if request.principal != nil { try refuseRevoked(request); return nil }
        switch BearerCredential(request.head) {
        case .token(let range):
            guard let verifier else { try requireNobody(request); return nil }
            try authenticate(request, range, verifier)
        case .absent:
            let cookie =
                takesCookies ? Cookies.value(of: AccountCookies.access, in: request.head) : nil
            guard let cookie, let verifier else { try requireNobody(request); return nil }
            // A cookie comes unasked, also to public routes and with a session that is over.
            guard (try? verify(request, cookie, verifier)) != nil else {
                try requireNobody(request)
                return nil
            }
            request.isCookieAuthenticated = true
            if isRevoked(request) {
                request.principal = nil
                try requireNobody(request)
            } else if !mayBelieve(request) {
                request.principal = nil
                if let route = request.route, route.access != .anyone { throw notKnown }
            }
            return nil
        case .malformed(let why):
            throw Rejection(401, .tokenInvalid, detail: why.rawValue, fields: challenge.invalid)
        }
        try refuseRevoked(request)
        return nil
    }

    private func isRevoked(_ request: Request) -> Bool {
        guard let revocations, let principal = request.principal else { return false }
        return revocations.isRevoked(principal)
    }

    private func mayBelieve(_ request: Request) -> Bool {
        guard let revocations, let principal = request.principal else { return true }
        return revocations.mayBelieve(principal, at: request.received)
    }

    private func refuseRevoked(_ request: Request) throws(Rejection) {
        if isRevoked(request) {
            request.principal = nil
            throw Rejection(401, .tokenInvalid, detail: "revoked", fields: challenge.invalid)
        }
        guard mayBelieve(request) else {
            request.principal = nil
            throw notKnown
        }
    }

    private var notKnown: Rejection {
        Rejection(
            503, .unavailable, detail: "revocations are not known", retryAfter: Self.retrySeconds)
    }

    /// Refuses an API key that nobody has.
    package func refusal(ofKey why: String) -> Rejection {
        Rejection(401, .tokenInvalid, detail: why, fields: challenge.invalid)
    }

    private func verify(
        _ request: Request, _ range: ByteRange, _ verifier: TokenVerifier
    ) throws(TokenError) {
        let head = request.head
        let token = head.bytes(range)
        guard let storage = request.loopStorage else {
            request.principal = try verifier.verify(token, now: request.receivedAt).principal
            return
        }
        let cache = storage.value(for: verifier) { VerifiedTokenCache(verifier) }
        request.principal = try cache.verify(token, now: request.receivedAt).principal
    }

    private func authenticate(
        _ request: Request, _ range: ByteRange, _ verifier: TokenVerifier
    ) throws(Rejection) {
        do throws(TokenError) { try verify(request, range, verifier) } catch {
            throw rejection(error)
        }
    }

    private func rejection(_ error: TokenError) -> Rejection {
        error.isExpiry
            ? Rejection(
                401, .tokenExpired, detail: error.description, fields: challenge.expired)
            : Rejection(
                401, .tokenInvalid, detail: error.description, fields: challenge.invalid)
    }

    /// Lets a request without a token pass where none is needed. A request that found no route goes
    /// on to `RouteAuthorization`, which refuses it.
    private func requireNobody(_ request: Request) throws(Rejection) {
        guard let route = request.route, route.access != .anyone else { return }
        throw Rejection(
            401, .tokenMissing, detail: verifier == nil ? "no issuer is configured" : "no token",
            fields: challenge.missing)
    }
}
