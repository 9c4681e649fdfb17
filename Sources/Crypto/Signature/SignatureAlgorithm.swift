/// JWS signature algorithms (RFC 7518 section 3.1, RFC 8037). There is no `none`.
public enum SignatureAlgorithm: String, CaseIterable, Sendable {
    /// HMAC with SHA-256.
    case hs256 = "HS256"
    /// HMAC with SHA-384.
    case hs384 = "HS384"
    /// HMAC with SHA-512.
    case hs512 = "HS512"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    case rs384 = "RS384"
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    case rs512 = "RS512"
    /// RSASSA-PSS with SHA-256 and a salt of its length.
    case ps256 = "PS256"
    /// RSASSA-PSS with SHA-384 and a salt of its length.
    case ps384 = "PS384"
    /// RSASSA-PSS with SHA-512 and a salt of its length.
    case ps512 = "PS512"
    /// ECDSA with P-256 and SHA-256.
    case es256 = "ES256"
    /// ECDSA with P-384 and SHA-384.
    case es384 = "ES384"
    /// ECDSA with P-521 and SHA-512.
    case es512 = "ES512"
    /// Ed25519, written `EdDSA` (RFC 8037) or `Ed25519` (RFC 9864).
    case ed25519 = "EdDSA"
    /// Ed448 (RFC 9864).
    case ed448 = "Ed448"

    /// Whether signer and verifier share one secret.
    public var isSymmetric: Bool {
        switch self {
        case .hs256, .hs384, .hs512: true
        default: false
        }
    }

    /// Whether the signature is RSASSA-PSS.
    var isPSS: Bool {
        switch self {
        case .ps256, .ps384, .ps512: true
        default: false
        }
    }

    /// The hash; nil for Ed25519 and Ed448, which bring their own.
    public var hash: HashAlgorithm? {
        switch self {
        case .hs256, .rs256, .ps256, .es256: .sha256
        case .hs384, .rs384, .ps384, .es384: .sha384
        case .hs512, .rs512, .ps512, .es512: .sha512
        case .ed25519, .ed448: nil
        }
    }

    /// The one kind of key that fits; nil for shared secrets.
    public var keyKind: KeyKind? {
        switch self {
        case .hs256, .hs384, .hs512: nil
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .ed25519: .ed25519
        case .ed448: .ed448
        }
    }
}
