import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import GatehouseValidation

/// Tokens and key sets on any bytes: nothing crashes, nothing that is not ours is accepted, and a
/// key that was taken can be written and read again to the same key.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let now = WallTime(seconds: 1_800_000_000)
    if let verified = try? Fixture.verifier.verify(bytes.raw, now: now) {
        // Whoever finds a token without the key has found the hole.
        require(verified.principal.subject == "never", "a token that nobody signed")
    }
    _ = try? Fixture.signatures.verify(bytes.raw)
    if let set = try? JWKSet(bytes.raw) {
        for key in set.keys { require(!key.algorithm.isSymmetric, "a secret in a public set") }
    }
    var tape = JSONTape()
    if let root = try? tape.parse(bytes.raw), let key = try? VerificationKey(jwk: root) {
        require(key.keyID != "", "an empty key id")
    }
    if bytes.count > 64, let key = try? PublicKey(der: bytes.raw) {
        let json = key.jwk(keyID: "k", algorithm: .es256)
        var again = JSONTape()
        require((try? again.parse(json.raw)) != nil, "a key written as broken JSON")
    }
    return 0
}

func require(_ holds: Bool, _ claim: StaticString) {
    guard !holds else { return }
    fatalError("\(claim)")
}

enum Fixture {
    static let keys: [VerificationKey] = {
        let secret = Redacted([UInt8](repeating: 7, count: 64))
        var keys: [VerificationKey] = []
        if let key = try? VerificationKey(keyID: "a", algorithm: .hs256, secret: secret) {
            keys.append(key)
        }
        if let made = try? PrivateKey.generate(.p256),
            let key = try? VerificationKey(
                keyID: "b", algorithm: .es256, publicKey: made.publicKey)
        {
            keys.append(key)
        }
        return keys
    }()

    static let verifier: TokenVerifier = {
        let issuer = TokenIssuer(
            issuer: "i", audience: ["a"], type: "at+jwt", maxAge: .seconds(3_600), keys: keys)
        guard let made = try? TokenVerifier(issuers: [issuer]) else { fatalError("verifier") }
        return made
    }()

    static let signatures: JWSVerifier = {
        guard let made = try? JWSVerifier(keys: keys) else { fatalError("verifier") }
        return made
    }()
}
