import COpenSSL
public import GatehouseCore

/// HMAC for one-time codes (RFC 4226, RFC 6238), which still use SHA-1: for that alone.
public enum OneTimeMAC: String, CaseIterable, Sendable {
    /// SHA-1: what nearly every authenticator app speaks.
    case sha1 = "SHA1"
    /// SHA-256.
    case sha256 = "SHA256"
    /// SHA-512.
    case sha512 = "SHA512"

    /// Bytes of a new secret: as many as the hash has (RFC 6238 section 5.1, RFC 4226 section 4).
    public var secretBytes: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The authentication code of `message`.
    public func authenticate(_ message: [UInt8], key: Redacted<[UInt8]>) -> [UInt8] {
        let secret = key.dangerouslyRevealed
        let digest: OpaquePointer? =
            switch self {
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            case .sha512: unsafe EVP_sha512()
            }
        var tag = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        let made = unsafe HMAC(
            digest, secret, Int32(secret.count), message, message.count, &tag, &count)
        guard unsafe made != nil else { preconditionFailure("HMAC failed") }
        return Array(tag.prefix(Int(count)))
    }
}
