import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity

/// Makes tokens, good and bad.
struct TokenMaker {
    static let now = WallTime(seconds: 1_800_000_000)
    static let secret = Redacted(Array("0123456789abcdef0123456789ABCDEF".utf8))

    let p256: PrivateKey
    let ed25519: PrivateKey

    init() throws {
        p256 = try PrivateKey.generate(.p256)
        ed25519 = try PrivateKey.generate(.ed25519)
    }

    static func claims(_ changes: [String: String?] = [:]) -> String {
        var claims: [String: String] = [
            "iss": #""https://id.example.com""#, "aud": #""api""#, "sub": #""user-1""#,
            "iat": "1799999990", "exp": "1800000300", "roles": #"["admin","user"]"#,
            "scope": #""items:read items:write""#, "jti": #""t-1""#,
        ]
        for (name, value) in changes { claims[name] = value }
        let members = claims.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }
        return "{\(members.joined(separator: ","))}"
    }

    /// Header and payload, encoded, with a dot between.
    static func signed(_ header: String, _ payload: String) -> String {
        let (header, payload) = (Array(header.utf8), Array(payload.utf8))
        return Base64URL.encode(header.raw) + "." + Base64URL.encode(payload.raw)
    }

    static func hs256(
        header: String = #"{"alg":"HS256","typ":"at+jwt","kid":"h1"}"#,
        _ payload: String = claims(), hash: HashAlgorithm = .sha256,
        secret: Redacted<[UInt8]> = secret
    ) throws -> String {
        let text = signed(header, payload)
        let context = HMACContext(try HMACKey(secret, algorithm: hash))
        let tag = context.authenticate(Array(text.utf8).raw)
        return text + "." + Base64URL.encode(tag.raw)
    }

    func es256(
        header: String = #"{"alg":"ES256","typ":"at+jwt","kid":"e1"}"#,
        _ payload: String = claims()
    ) throws -> String {
        try Self.sign(Self.signed(header, payload), with: p256, .es256)
    }

    func eddsa(
        header: String = #"{"alg":"EdDSA","typ":"at+jwt","kid":"o1"}"#,
        _ payload: String = claims()
    ) throws -> String {
        try Self.sign(Self.signed(header, payload), with: ed25519, .ed25519)
    }

    static func sign(
        _ text: String, with key: PrivateKey, _ algorithm: SignatureAlgorithm
    ) throws -> String {
        let bytes = Array(text.utf8)
        let signature = try key.sign(bytes.raw, algorithm: algorithm)
        return text + "." + Base64URL.encode(signature.raw)
    }

    func issuer(_ keys: [VerificationKey]? = nil) throws -> TokenIssuer {
        let all = [
            try VerificationKey(keyID: "h1", algorithm: .hs256, secret: Self.secret),
            try VerificationKey(keyID: "e1", algorithm: .es256, publicKey: p256.publicKey),
            try VerificationKey(keyID: "o1", algorithm: .ed25519, publicKey: ed25519.publicKey),
        ]
        return TokenIssuer(
            issuer: "https://id.example.com", audience: ["api"], type: "at+jwt",
            maxAge: .seconds(3_600), leeway: .seconds(30), keys: keys ?? all)
    }

    func verifier() throws -> TokenVerifier { try TokenVerifier(issuers: [issuer()]) }
}

extension TokenVerifier {
    /// Why the token is refused, or nil.
    func refusal(_ token: String, now: WallTime = TokenMaker.now) -> TokenError? {
        do throws(TokenError) {
            _ = try verify(Array(token.utf8).raw, now: now)
            return nil
        } catch { return error }
    }
}
