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

    @_lifetime(copy root)
    init(_ root: JSONValue, rolesClaim: [UInt8]) {
        subject = root["sub"]
        audience = root["aud"]
        expires = root["exp"]
        notBefore = root["nbf"]
        issued = root["iat"]
        id = root["jti"]
        scope = root["scope"]
        permissions = root["permissions"]
        roles = root[rolesClaim.raw]
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
            permissions: try permissionNames(), issuer: issuer.issuer, credentialID: try idText(),
            expires: window.end)
        return (principal, window)
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

    private func idText() throws(TokenError) -> String? {
        guard let id else { return nil }
        guard let text = id.string else { throw .malformedClaim(.jti) }
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
