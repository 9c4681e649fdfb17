public import GatehouseCore
public import GatehouseCrypto
import GatehouseValidation

/// A key that checks tokens, pinned to one algorithm: the token has no say in it (RFC 8725
/// section 3.1), so that a public key can never be taken for a shared secret.
public struct VerificationKey: Sendable {
    enum Material: Sendable {
        case secret(HMACKey)
        case publicKey(PublicKey)
    }

    /// The `kid` of the tokens that it checks; nil for tokens without one.
    public let keyID: String?
    /// Its one algorithm.
    public let algorithm: SignatureAlgorithm
    let material: Material
    let keyIDBytes: [UInt8]

    private init(_ keyID: String?, _ algorithm: SignatureAlgorithm, _ material: Material) {
        self.keyID = keyID
        self.algorithm = algorithm
        self.material = material
        keyIDBytes = Array((keyID ?? "").utf8)
    }

    /// A public key.
    /// - Throws: `KeyError.mismatch` if it can't do `algorithm`.
    public init(
        keyID: String?, algorithm: SignatureAlgorithm, publicKey: PublicKey
    ) throws(KeyError) {
        guard algorithm.keyKind == publicKey.kind else {
            throw .mismatch("\(algorithm.rawValue) needs another kind of key")
        }
        self.init(keyID, algorithm, .publicKey(publicKey))
    }

    /// A shared secret, at least as long as the hash (RFC 7518 section 3.2).
    /// - Throws: `KeyError.tooShort`, or `.mismatch` for an algorithm of public keys.
    public init(
        keyID: String?, algorithm: SignatureAlgorithm, secret: Redacted<[UInt8]>
    ) throws(KeyError) {
        guard algorithm.isSymmetric, let hash = algorithm.hash else {
            throw .mismatch("\(algorithm.rawValue) needs a public key, not a secret")
        }
        self.init(keyID, algorithm, .secret(try HMACKey(secret, algorithm: hash)))
    }

    /// Whether the key answers to a token's `kid`; a token without one fits keys without one.
    func answers(to header: borrowing JOSEHeader) -> Bool {
        guard let wanted = header.keyID else { return keyID == nil }
        let bytes = keyIDBytes
        return keyID != nil && wanted.equals(bytes.raw)
    }

    func checkSignature(
        _ signature: RawSpan, of signed: RawSpan, using contexts: inout MACContexts
    ) throws(TokenError) {
        let isGood: Bool
        switch material {
        case .secret(let key): isGood = contexts[key].verify(signed, tag: signature)
        case .publicKey(let key):
            isGood = key.verify(signed, signature: signature, algorithm: algorithm)
        }
        guard isGood else { throw .badSignature }
    }
}

/// The HMAC contexts of one loop, one for each key, made on first use.
struct MACContexts {
    private var entries: [(key: HMACKey, context: HMACContext)] = []

    subscript(key: HMACKey) -> HMACContext {
        mutating get {
            for entry in entries where entry.key === key { return entry.context }
            let context = HMACContext(key)
            entries.append((key, context))
            return context
        }
    }
}
