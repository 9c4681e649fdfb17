public import GatehouseCore
public import GatehouseCrypto

/// Tells upstreams who is calling, by a short-lived JWT of our own: an upstream that checks it
/// needs to trust neither the network nor the client's headers.
///
/// Header `alg: EdDSA`, `typ: gatehouse-identity+jwt`, `kid`. Claims `iss`, `aud` (the upstream's
/// name), `sub`, `roles`, `permissions`, `iat`, `exp`, `jti`. It never outlives the credential that
/// the caller showed.
public final class IdentityTokenSigner: Sendable {
    /// How long a token is good.
    public let lifetime: Duration
    private let source: Source
    private let issuer: String

    private enum Source {
        case key(Signing, keySet: [UInt8])
        case ring(SigningKeys)
    }

    private struct Signing {
        let key: PrivateKey
        let keyID: String
        /// The encoded header with its dot.
        let head: [UInt8]

        init(_ key: PrivateKey, _ keyID: String) {
            self.key = key
            self.keyID = keyID
            head = IdentityTokenSigner.encodedHead(keyID)
        }
    }

    /// Signs with an Ed25519 key.
    /// - Parameters:
    ///   - issuer: the tokens' `iss`.
    ///   - lifetime: whole seconds, 5 seconds to 10 minutes.
    public init(
        key: PrivateKey, issuer: String = "gatehouse", lifetime: Duration = .seconds(60)
    ) throws(ConfigurationError) {
        guard key.kind == .ed25519 else { throw .invalid("key", "an Ed25519 key is needed") }
        try Self.check(issuer, lifetime)
        self.issuer = issuer
        self.lifetime = lifetime
        let signing = Signing(key, key.publicKey.thumbprint)
        let jwk = key.publicKey.jwk(keyID: signing.keyID, algorithm: .ed25519)
        source = .key(signing, keySet: Array(#"{"keys":["#.utf8) + jwk + Array("]}".utf8))
    }

    /// Signs with the keys of a ring that gates share.
    package init(
        ring: SigningKeys, issuer: String, lifetime: Duration
    ) throws(ConfigurationError) {
        try Self.check(issuer, lifetime)
        self.issuer = issuer
        self.lifetime = lifetime
        source = .ring(ring)
    }

    private static func check(
        _ issuer: String, _ lifetime: Duration
    ) throws(ConfigurationError) {
        guard !issuer.isEmpty else { throw .invalid("issuer", "must not be empty") }
        guard lifetime >= .seconds(5), lifetime <= .seconds(600) else {
            throw .invalid("lifetime", "must be 5 seconds to 10 minutes")
        }
    }

    private var signing: Signing? {
        switch source {
        case .key(let signing, _): signing
        case .ring(let ring): ring.signing.map { Signing($0.key, $0.keyID) }
        }
    }

    /// The name, in tokens and key set, of the key that signs now: its thumbprint (RFC 7638).
    public var keyID: String { signing?.keyID ?? "" }

    /// The key set (RFC 7517) that verifiers need: public keys, as JSON.
    public var keySet: [UInt8] {
        switch source {
        case .key(_, let keySet): keySet
        case .ring(let ring): ring.keySet
        }
    }

    private static func encodedHead(_ keyID: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("alg")
        // RFC 9864 prefers `Ed25519`; most libraries still know this name alone.
        json.string("EdDSA" as StaticString)
        json.key("typ")
        json.string("gatehouse-identity+jwt" as StaticString)
        json.key("kid")
        json.string(keyID)
        json.endObject()
        let text = json.finish()
        var head: [UInt8] = []
        Base64URL.encode(text.raw, to: &head)
        head.append(UInt8(ascii: "."))
        return head
    }

    /// A token about `principal` for `audience`; empty if signing fails, which upstreams read as
    /// "nobody".
    public func sign(_ principal: Principal, audience: String, now: WallTime) -> [UInt8] {
        guard let signing else { return [] }
        let payload = payload(principal, audience, now)
        var token = signing.head
        Base64URL.encode(payload.raw, to: &token)
        guard let signature = try? signing.key.sign(token.raw, algorithm: .ed25519) else {
            return []
        }
        token.append(UInt8(ascii: "."))
        Base64URL.encode(signature.raw, to: &token)
        return token
    }

    /// When a token that is made at `now` ends: after the lifetime, or with the caller's
    /// credential.
    func expiry(of principal: Principal, now: WallTime) -> WallTime {
        let end = WallTime(seconds: now.seconds.saturatingAdd(lifetime.components.seconds))
        return min(end, principal.expires)
    }

    private func payload(_ principal: Principal, _ audience: String, _ now: WallTime) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("iss")
        json.string(issuer)
        json.key("aud")
        json.string(audience)
        json.key("sub")
        json.string(principal.subject)
        write(principal.roles, "roles", to: &json)
        write(principal.permissions, "permissions", to: &json)
        json.key("iat")
        json.number(Int(now.seconds))
        json.key("exp")
        json.number(Int(expiry(of: principal, now: now).seconds))
        json.key("jti")
        json.string(Self.makeID())
        json.endObject()
        return json.finish()
    }

    private func write(_ names: [String], _ key: StaticString, to json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for name in names { json.string(name) }
        json.endArray()
    }

    /// 128 random bits.
    private static func makeID() -> String {
        var random = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.append(hex: random.next())
        bytes.append(hex: random.next())
        return String(decoding: bytes, as: UTF8.self)
    }
}
