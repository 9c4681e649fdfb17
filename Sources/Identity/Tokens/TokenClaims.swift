import GatehouseCore
import GatehouseValidation

/// The claims that are looked at; what they hold is checked by `accept`.
struct TokenClaims: ~Escapable {
    private let subject: JSONValue?
    private let audience: JSONValue?
    private let expires: JSONValue?
    private let notBefore: JSONValue?
    private let issued: JSONValue?
    private let id: JSONValue?
    private let scope: JSONValue?
    private let permissions: JSONValue?
    private let roles: JSONValue?
    private let session: JSONValue?
    private let epoch: JSONValue?
    private let tenant: JSONValue?
    private let methods: JSONValue?
    private let context: JSONValue?
    private let authenticated: JSONValue?
    private let texts: [String: String]

    @_lifetime(copy root)
    init(_ root: JSONValue, of issuer: IssuerRules) {
        subject = root["sub"]
        audience = root["aud"]
        expires = root["exp"]
        notBefore = root["nbf"]
        issued = root["iat"]
        id = root["jti"]
        scope = root["scope"]
        permissions = root["permissions"]
        roles = root[issuer.rolesClaim.raw]
        session = root["sid"]
        epoch = root["epoch"]
        tenant = root["tenant"]
        methods = root["amr"]
        context = root["acr"]
        authenticated = root["auth_time"]
        var texts: [String: String] = [:]
        for claim in issuer.claims {
            if let text = root[claim.bytes.raw]?.string { texts[claim.name] = text }
        }
        self.texts = texts
    }

    /// Checks every claim against the issuer's rules.
    func accept(
        by issuer: IssuerRules, at now: WallTime
    ) throws(TokenError) -> (Principal, TokenWindow) {
        let window = try window(issuer)
        try window.check(now)
        guard let audience else { throw .missingClaim(.aud) }
        try issuer.checkAudience(audience)
        let principal = Principal(
            subject: try subjectText(), roles: try strings(roles, .roles),
            permissions: try permissionNames(), issuer: issuer.issuer,
            credentialID: try text(id, .jti), expires: window.end,
            tenant: try text(tenant, .tenant), session: try sessionReference(),
            authentication: try authenticationFacts(), claims: texts)
        return (principal, window)
    }

    /// A token of a session without an epoch is of an issuer that has none.
    private func sessionReference() throws(TokenError) -> SessionReference? {
        guard let name = try text(session, .sid) else { return nil }
        guard let epoch else { return SessionReference(id: name, epoch: 0) }
        guard let number = epoch.integer else { throw .malformedClaim(.epoch) }
        return SessionReference(id: name, epoch: number)
    }

    private func authenticationFacts() throws(TokenError) -> AuthenticationFacts {
        guard methods?.kind != nil || context?.kind != nil || authenticated?.kind != nil else {
            return .unknown
        }
        if let methods, methods.kind != .array { throw .malformedClaim(.amr) }
        var time: WallTime?
        if let authenticated { time = try date(authenticated, .authTime) }
        return AuthenticationFacts(
            methods: try strings(methods, .amr), context: try text(context, .acr), time: time)
    }

    private func window(_ issuer: IssuerRules) throws(TokenError) -> TokenWindow {
        guard let expires else { throw .missingClaim(.exp) }
        guard let issued else { throw .missingClaim(.iat) }
        var start: WallTime?
        if let notBefore { start = try date(notBefore, .nbf) }
        return issuer.window(
            issued: try date(issued, .iat), notBefore: start, expires: try date(expires, .exp))
    }

    private func date(
        _ value: JSONValue, _ claim: TokenError.Claim
    ) throws(TokenError) -> WallTime {
        guard let time = NumericDate.read(value) else { throw .malformedClaim(claim) }
        return time
    }

    private func subjectText() throws(TokenError) -> String {
        guard let subject else { throw .missingClaim(.sub) }
        guard let text = subject.string, !text.isEmpty else { throw .malformedClaim(.sub) }
        return text
    }

    private func text(
        _ value: JSONValue?, _ claim: TokenError.Claim
    ) throws(TokenError) -> String? {
        guard let value else { return nil }
        guard let text = value.string else { throw .malformedClaim(claim) }
        return text
    }

    /// `permissions` (a list) and `scope` (words with one space between them) together.
    private func permissionNames() throws(TokenError) -> [String] {
        var names: [String] = []
        if let permissions {
            guard permissions.kind == .array else { throw .malformedClaim(.permissions) }
            names = try strings(permissions, .permissions)
        }
        guard let scope else { return names }
        guard scope.kind == .string else { throw .malformedClaim(.scope) }
        var bytes: [UInt8] = []
        scope.appendText(to: &bytes)
        for word in bytes.split(separator: UInt8(ascii: " ")) {
            names.append(String(decoding: word, as: UTF8.self))
        }
        return names
    }

    /// A string as a list of one, a list of strings, or nothing.
    private func strings(
        _ value: JSONValue?, _ claim: TokenError.Claim
    ) throws(TokenError) -> [String] {
        guard let value else { return [] }
        if let text = value.string { return [text] }
        guard value.kind == .array else { throw .malformedClaim(claim) }
        var texts: [String] = []
        texts.reserveCapacity(value.count)
        var elements = value.elements
        while let element = elements.next() {
            guard let text = element.string else { throw .malformedClaim(claim) }
            texts.append(text)
        }
        return texts
    }
}
