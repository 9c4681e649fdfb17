import GatehouseCore
public import GatehouseCrypto

extension PublicKey {
    /// The key as a JWK (RFC 7517) with `use`, `alg` and `kid`.
    public func jwk(keyID: String, algorithm: SignatureAlgorithm) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeNumbers(to: &json)
        json.key("use")
        json.string("sig" as StaticString)
        json.key("alg")
        json.string(algorithm.rawValue)
        json.key("kid")
        json.string(keyID)
        json.endObject()
        return json.finish()
    }

    /// The JWK thumbprint (RFC 7638) with SHA-256: a name that follows from the key alone.
    public var thumbprint: String {
        var json = JSONWriter()
        json.beginObject()
        writeNumbers(to: &json)
        json.endObject()
        let text = json.finish()
        let digest = HashAlgorithm.sha256.hash(text.raw)
        return Base64URL.encode(digest.raw)
    }

    /// The members that make up the key, in the order of RFC 7638 section 3.3.
    private func writeNumbers(to json: inout JSONWriter) {
        let (first, second) = numbers
        switch kind {
        case .rsa:
            json.key("e")
            json.string(Base64URL.encode(second.raw))
            json.key("kty")
            json.string("RSA" as StaticString)
            json.key("n")
            json.string(Base64URL.encode(first.raw))
        case .ed25519, .ed448:
            json.key("crv")
            json.string(kind == .ed25519 ? "Ed25519" : "Ed448")
            json.key("kty")
            json.string("OKP" as StaticString)
            json.key("x")
            json.string(Base64URL.encode(first.raw))
        case .p256, .p384, .p521:
            json.key("crv")
            json.string(kind == .p256 ? "P-256" : kind == .p384 ? "P-384" : "P-521")
            json.key("kty")
            json.string("EC" as StaticString)
            json.key("x")
            json.string(Base64URL.encode(first.raw))
            json.key("y")
            json.string(Base64URL.encode(second.raw))
        }
    }
}
