public import GatehouseCore
import GatehouseValidation

/// Checks bearer tokens: JWTs (RFC 7519) in compact form, signed by known issuers, along the rules
/// of RFC 8725.
///
/// Issuer, audience, type, maximum age and keys with one algorithm each are all mandatory. What is
/// refused: `none`, an algorithm other than the key's, keys and URLs inside the token, `crit`,
/// unknown or missing key ids, members that occur twice, texts that are not canonical base64url,
/// tokens over 8 KiB, and tokens without `sub`, `aud`, `exp` or `iat`.
public final class TokenVerifier: Sendable {
    private let issuers: [IssuerRules]

    /// Most issuers.
    static let issuersMax = 100

    /// Checks the settings of every issuer.
    /// - Throws: `ConfigurationError` naming what is missing, weak or ambiguous.
    public init(issuers: [TokenIssuer]) throws(ConfigurationError) {
        guard !issuers.isEmpty else { throw .invalid("issuers", "at least one is needed") }
        guard issuers.count <= Self.issuersMax else {
            throw .invalid("issuers", "at most \(Self.issuersMax)")
        }
        var rules: [IssuerRules] = []
        for issuer in issuers {
            guard !rules.contains(where: { $0.issuer == issuer.issuer }) else {
                throw .invalid("issuer", "\"\(issuer.issuer)\" is listed twice")
            }
            rules.append(try IssuerRules(issuer))
        }
        self.issuers = rules
    }

    /// Checks a token at a moment. On a serving loop use `VerifiedTokenCache`, which keeps memory
    /// and MAC keys between tokens.
    public func verify(_ token: RawSpan, now: WallTime) throws(TokenError) -> VerifiedToken {
        var scratch = TokenScratch()
        return try verify(token, now: now, using: &scratch)
    }

    /// The claims are read before the signature is checked, because `iss` chooses the keys; nothing
    /// of them is believed or shown until it is.
    func verify(
        _ token: RawSpan, now: WallTime, using scratch: inout TokenScratch
    ) throws(TokenError) -> VerifiedToken {
        var parts = DecodedToken()
        var (headerTape, payloadTape) = (JSONTape(), JSONTape())
        swap(&parts, &scratch.parts)
        swap(&headerTape, &scratch.headerTape)
        swap(&payloadTape, &scratch.payloadTape)
        defer {
            swap(&parts, &scratch.parts)
            swap(&headerTape, &scratch.headerTape)
            swap(&payloadTape, &scratch.payloadTape)
        }
        let places = try CompactToken(token)
        try parts.decode(token, places)
        let header = try JOSEHeader(headerTape.read(parts.header.raw, else: .header))
        let root = try payloadTape.read(parts.payload.raw, else: .payload)
        guard root.kind == .object else { throw .malformed(.payload) }
        let issuer = try issuer(of: root)
        let (key, origin) = try issuer.keys.key(for: header)
        try issuer.checkType(header)
        try key.checkSignature(
            parts.signature.raw, of: token.slice(places.signed), using: &scratch.contexts)
        let claims = TokenClaims(root, of: issuer)
        let (principal, window) = try claims.accept(by: issuer, at: now)
        let payload = parts.payload.raw
        return VerifiedToken(principal, claims: payload.array, window: window, origin: origin)
    }

    private func issuer(of root: JSONValue) throws(TokenError) -> IssuerRules {
        guard let name = root["iss"] else { throw .missingClaim(.iss) }
        guard name.kind == .string else { throw .malformedClaim(.iss) }
        for issuer in issuers where name.equals(issuer.issuerBytes.raw) { return issuer }
        throw .unknownIssuer
    }
}
