import COpenSSL
public import GatehouseCore

/// Older key derivations, for accounts that come from elsewhere: verified, never made.
public enum KeyDerivation {
    /// Hashes of PBKDF2 (RFC 8018).
    public enum PBKDF2Hash: String, Sendable {
        /// SHA-1, with many iterations still in use.
        case sha1
        /// SHA-256.
        case sha256
        /// SHA-512.
        case sha512
    }

    /// PBKDF2 with HMAC; nil beyond 10 million iterations or 128 bytes.
    public static func pbkdf2(
        _ password: Redacted<[UInt8]>, salt: [UInt8], iterations: Int, hash: PBKDF2Hash, count: Int
    ) -> [UInt8]? {
        guard (1...10_000_000).contains(iterations), (1...128).contains(count) else { return nil }
        let plain = password.dangerouslyRevealed.map { CChar(bitPattern: $0) }
        let digest: OpaquePointer? =
            switch hash {
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            case .sha512: unsafe EVP_sha512()
            }
        var key = [UInt8](repeating: 0, count: count)
        let code = unsafe PKCS5_PBKDF2_HMAC(
            plain, Int32(plain.count), salt, Int32(salt.count), Int32(iterations), digest,
            Int32(count), &key)
        return code == 1 ? key : nil
    }

    /// scrypt (RFC 7914); nil when it asks for more than 256 MiB or is malformed.
    public static func scrypt(
        _ password: Redacted<[UInt8]>, salt: [UInt8], cost: Int, blockSize: Int, lanes: Int,
        count: Int
    ) -> [UInt8]? {
        guard cost > 1, cost & (cost - 1) == 0, cost <= 1 << 20, (1...32).contains(blockSize),
            (1...16).contains(lanes), (1...128).contains(count),
            cost * blockSize * 128 <= 256 << 20
        else { return nil }
        let plain = password.dangerouslyRevealed.map { CChar(bitPattern: $0) }
        var key = [UInt8](repeating: 0, count: count)
        let code = unsafe EVP_PBE_scrypt(
            plain, plain.count, salt, salt.count, UInt64(cost), UInt64(blockSize), UInt64(lanes),
            512 << 20, &key, count)
        return code == 1 ? key : nil
    }
}
