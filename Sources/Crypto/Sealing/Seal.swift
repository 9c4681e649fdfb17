import COpenSSL
public import GatehouseCore

/// Encrypts small values at rest with AES-256-GCM (NIST SP 800-38D), bound to where they are kept:
/// what was sealed for one row and column opens nowhere else.
///
/// A sealed value is a version byte, a random 96-bit nonce, the ciphertext and a 128-bit tag.
public final class Seal: Sendable {
    /// Where a value is kept; part of what the tag protects.
    public struct Place: Hashable, Sendable {
        let bytes: [UInt8]

        /// Names a column and the row that holds it.
        public init(table: StaticString, column: StaticString, row: String) {
            var bytes: [UInt8] = []
            for part in ["\(table)", "\(column)", row] {
                // Lengths go first, so that no two places read the same.
                bytes.append(contentsOf: "\(part.utf8.count):".utf8)
                bytes.append(contentsOf: part.utf8)
            }
            self.bytes = bytes
        }
    }

    /// Why a sealed value did not open: too short, another key, another place, or changed bytes.
    public struct Broken: Error, Sendable, CustomStringConvertible {
        /// A text without any of the value.
        public var description: String {
            "a sealed value does not open: other key, other place, or changed"
        }
    }

    private let key: Redacted<[UInt8]>
    private static let version: UInt8 = 1
    private static let nonceBytes = 12
    private static let tagBytes = 16
    /// Bytes of a key.
    public static let keyBytes = 32

    /// Seals with a key of 32 bytes.
    /// - Throws: `KeyError.tooShort` for any other length.
    public init(key: Redacted<[UInt8]>) throws(KeyError) {
        let count = key.dangerouslyRevealed.count
        guard count == Self.keyBytes else {
            throw .tooShort(bits: count * 8, bitsMin: Self.keyBytes * 8)
        }
        self.key = key
    }

    /// Encrypts `plain` for `place`.
    public func seal(_ plain: [UInt8], for place: Place) -> [UInt8] {
        let nonce = SecureRandom.bytes(Self.nonceBytes)
        guard let sealed = run(plain, nonce, place, tag: nil) else {
            // Without memory for a cipher nothing may be written in clear instead.
            preconditionFailure("AES-256-GCM failed")
        }
        return [Self.version] + nonce + sealed.output + sealed.tag
    }

    /// Decrypts what was sealed for `place`.
    public func open(_ sealed: [UInt8], for place: Place) throws(Broken) -> [UInt8] {
        let overhead = 1 + Self.nonceBytes + Self.tagBytes
        guard sealed.count >= overhead, sealed[0] == Self.version else { throw Broken() }
        let nonce = Array(sealed[1..<1 + Self.nonceBytes])
        let cipher = Array(sealed[(1 + Self.nonceBytes)..<(sealed.count - Self.tagBytes)])
        let tag = Array(sealed.suffix(Self.tagBytes))
        guard let opened = run(cipher, nonce, place, tag: tag) else { throw Broken() }
        return opened.output
    }

    /// One pass of the cipher: encrypts without a tag, decrypts and checks with one.
    private func run(
        _ input: [UInt8], _ nonce: [UInt8], _ place: Place, tag expected: [UInt8]?
    ) -> (output: [UInt8], tag: [UInt8])? {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let isSealing: Int32 = expected == nil ? 1 : 0
        var output = [UInt8](repeating: 0, count: input.count)
        var tag = expected ?? [UInt8](repeating: 0, count: Self.tagBytes)
        var written: Int32 = 0
        let key = key.dangerouslyRevealed
        let isBegun =
            unsafe EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, isSealing) == 1
            && EVP_CipherUpdate(context, nil, &written, place.bytes, Int32(place.bytes.count)) == 1
        guard isBegun else { return nil }
        if !input.isEmpty {
            let code = unsafe EVP_CipherUpdate(
                context, &output, &written, input, Int32(input.count))
            guard code == 1 else { return nil }
        }
        if expected != nil {
            let code = unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag)
            guard code == 1 else { return nil }
        }
        var rest = [UInt8](repeating: 0, count: 16)
        guard unsafe EVP_CipherFinal_ex(context, &rest, &written) == 1 else { return nil }
        if expected == nil {
            let code = unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag)
            guard code == 1 else { return nil }
        }
        return (output, tag)
    }
}

extension Seal {
    /// A key for one purpose, derived from this one (HKDF-like: HMAC-SHA256 over the purpose), so
    /// that an index or a MAC never shares the encryption key.
    public func derivedKey(_ purpose: StaticString) -> Redacted<[UInt8]> {
        let mac = HMACContext(HMACKey(unchecked: key.dangerouslyRevealed, algorithm: .sha256))
        return Redacted(mac.authenticate(Array("gatehouse derive \(purpose)".utf8).raw))
    }
}
