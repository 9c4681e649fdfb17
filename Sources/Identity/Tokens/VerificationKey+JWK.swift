import GatehouseCore
package import GatehouseCrypto
package import GatehouseValidation

extension VerificationKey {
    /// Reads one JWK (RFC 7517, RFC 7518 section 6, RFC 8037); nil for a key that is for something
    /// else or of a kind that we don't know.
    package init?(jwk: JSONValue) throws(KeyError) {
        guard jwk.kind == .object, let kind = jwk["kty"]?.string else {
            throw .malformed("a JWK needs kty")
        }
        for name in Self.privateMembers where jwk[name]?.kind != nil { throw .isPrivate }
        guard try Self.isForVerifying(jwk) else { return nil }
        let keyID = try Self.text(jwk["kid"], "kid")
        let named = try Self.text(jwk["alg"], "alg")
        if kind == "oct" {
            guard let secret = try Self.secret(jwk, named, keyID) else { return nil }
            self = secret
            return
        }
        guard let key = try Self.publicKey(jwk, kind) else { return nil }
        guard let algorithm = try Self.algorithm(named, for: key) else { return nil }
        try self.init(keyID: keyID, algorithm: algorithm, publicKey: key)
    }

    /// Members of private keys (RFC 7518 sections 6.2.2 and 6.3.2).
    private static let privateMembers: [StaticString] = [
        "d", "p", "q", "dp", "dq", "qi", "oth",
    ]

    /// `use` (RFC 7517 section 4.2) and `key_ops` (4.3), each where it is given.
    private static func isForVerifying(_ jwk: JSONValue) throws(KeyError) -> Bool {
        if let use = jwk["use"] {
            guard use.kind == .string else { throw .malformed("use is no string") }
            guard use.equals("sig") else { return false }
        }
        guard let operations = jwk["key_ops"] else { return true }
        guard operations.kind == .array else { throw .malformed("key_ops is no list") }
        var elements = operations.elements
        while let element = elements.next() {
            if element.equals("verify") { return true }
        }
        return false
    }

    private static func text(_ value: JSONValue?, _ name: String) throws(KeyError) -> String? {
        guard let value else { return nil }
        guard let text = value.string, !text.isEmpty else {
            throw .malformed("\(name) is no string, or empty")
        }
        return text
    }

    private static func bytes(_ jwk: JSONValue, _ name: StaticString) throws(KeyError) -> [UInt8] {
        guard let value = jwk[name], value.kind == .string else {
            throw .malformed("\(name) is missing")
        }
        let text = value.text
        guard let bytes = Base64URL.decode(text) else {
            throw .malformed("\(name) is not base64url")
        }
        return bytes
    }

    private static func secret(
        _ jwk: JSONValue, _ named: String?, _ keyID: String?
    ) throws(KeyError) -> VerificationKey? {
        guard let named else { throw .malformed("a shared secret needs alg") }
        guard let algorithm = SignatureAlgorithm(rawValue: named) else { return nil }
        let secret = Redacted(try bytes(jwk, "k"))
        return try VerificationKey(keyID: keyID, algorithm: algorithm, secret: secret)
    }

    /// The numbers; nil for a kind or curve that we don't know.
    private static func publicKey(_ jwk: JSONValue, _ kind: String) throws(KeyError) -> PublicKey? {
        switch (kind, jwk["crv"]?.string) {
        case ("RSA", nil):
            let modulus = try bytes(jwk, "n")
            let exponent = try bytes(jwk, "e")
            return try PublicKey(rsaModulus: modulus.raw, exponent: exponent.raw)
        case ("RSA", _): throw .malformed("an RSA key with a curve")
        case ("EC", "P-256"): return try curveKey(jwk, .p256)
        case ("EC", "P-384"): return try curveKey(jwk, .p384)
        case ("EC", "P-521"): return try curveKey(jwk, .p521)
        case ("OKP", "Ed25519"):
            let point = try bytes(jwk, "x")
            return try PublicKey(ed25519: point.raw)
        case ("OKP", "Ed448"):
            let point = try bytes(jwk, "x")
            return try PublicKey(ed448: point.raw)
        default: return nil
        }
    }

    private static func curveKey(_ jwk: JSONValue, _ kind: KeyKind) throws(KeyError) -> PublicKey {
        let x = try bytes(jwk, "x")
        let y = try bytes(jwk, "y")
        return try PublicKey(curve: kind, x: x.raw, y: y.raw)
    }

    /// The algorithm that the JWK names, or the only one that its kind can do.
    private static func algorithm(
        _ named: String?, for key: PublicKey
    ) throws(KeyError) -> SignatureAlgorithm? {
        if named == "Ed25519" { return .ed25519 }
        if let named { return SignatureAlgorithm(rawValue: named) }
        switch key.kind {
        case .p256: return .es256
        case .p384: return .es384
        case .p521: return .es512
        case .ed25519: return .ed25519
        case .ed448: return .ed448
        case .rsa:
            throw .mismatch("an RSA key must name its alg: add \"alg\": \"RS256\" or another")
        }
    }
}
