/// Kinds of asymmetric keys.
public enum KeyKind: Sendable, Equatable {
    /// RSA, 2048 to 8192 bits.
    case rsa
    /// NIST P-256.
    case p256
    /// NIST P-384.
    case p384
    /// NIST P-521.
    case p521
    /// Ed25519 (RFC 8032).
    case ed25519
    /// Ed448 (RFC 8032).
    case ed448

    /// Bytes of one coordinate; 0 for RSA.
    public var coordinateBytes: Int {
        switch self {
        case .rsa: 0
        case .p256, .ed25519: 32
        case .ed448: 57
        case .p384: 48
        case .p521: 66
        }
    }
}
