import COpenSSL

/// Owns the private key of a certificate. Named apart from signing keys: it serves X.509 alone.
@safe final class CertificateKey: Sendable {
    @unsafe nonisolated(unsafe) let pointer: OpaquePointer
    /// OpenSSL's number for the algorithm: two keys of one kind cannot serve the same name.
    let kind: Int32

    private init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
        kind = unsafe EVP_PKEY_get_base_id(pointer)
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// A new key on P-256.
    static func generate() -> CertificateKey {
        guard let pointer = unsafe gh_EVP_EC_gen("P-256") else {
            fatalError("OpenSSL makes no P-256 key: \(OpenSSLFailure.take().text)")
        }
        return unsafe CertificateKey(owning: pointer)
    }

    /// Why a PEM text gave no key.
    enum ReadError: Error { case encrypted, missing }

    /// The first private key of a PEM text.
    static func read(pem: [UInt8]) throws(ReadError) -> CertificateKey {
        let source = MemoryBIO(pem)
        var isEncrypted = false
        ERR_clear_error()
        let pointer = unsafe withUnsafeMutablePointer(to: &isEncrypted) { asked in
            unsafe PEM_read_bio_PrivateKey(
                source.pointer, nil,
                { _, _, _, asked in
                    // Called only to ask for a password; nobody is there to type one.
                    unsafe asked?.storeBytes(of: true, as: Bool.self)
                    return -1
                }, asked)
        }
        ERR_clear_error()
        guard let pointer = unsafe pointer else { throw isEncrypted ? .encrypted : .missing }
        return unsafe CertificateKey(owning: pointer)
    }

    /// PKCS #8 in PEM, not encrypted; wipe it after use.
    var pem: [UInt8] {
        let target = MemoryBIO()
        unsafe _ = PEM_write_bio_PKCS8PrivateKey(target.pointer, pointer, nil, nil, 0, nil, nil)
        return target.bytes
    }

    /// Whether this is the key of `certificate`.
    func matches(_ certificate: X509Certificate) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(certificate.pointer, pointer) == 1
    }

    /// Why the key is too weak or of no use for TLS; nil when it is good.
    var weakness: String? {
        let bits = unsafe EVP_PKEY_get_bits(pointer)
        switch kind {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS:
            guard bits < 2_048 else { return nil }
            return "is an RSA key of \(bits) bits; 2048 is the least, ECDSA P-256 is better"
        case EVP_PKEY_EC:
            return bits < 256 ? "is on a curve of \(bits) bits; use P-256" : nil
        case EVP_PKEY_ED25519: return nil
        default: return "is of a kind that TLS here does not use; use ECDSA P-256 or RSA"
        }
    }
}
