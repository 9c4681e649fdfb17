import COpenSSL
import GatehouseCore

extension PublicKey {
    /// Whether `signature` is this key's signature of `message`.
    ///
    /// ECDSA signatures are r ‖ s, each of exactly the curve's length (RFC 7518 section 3.4); RSA
    /// signatures have exactly the modulus' length. An algorithm that does not fit the key's kind
    /// is false, always.
    public func verify(
        _ message: RawSpan, signature: RawSpan, algorithm: SignatureAlgorithm
    ) -> Bool {
        guard algorithm.keyKind == kind else { return false }
        switch kind {
        case .rsa:
            guard signature.byteCount == (bits + 7) / 8 else { return false }
            return check(message, signature, algorithm)
        case .ed25519:
            guard signature.byteCount == 64 else { return false }
            return check(message, signature, algorithm)
        case .ed448:
            guard signature.byteCount == 114 else { return false }
            return check(message, signature, algorithm)
        case .p256, .p384, .p521:
            let length = kind.coordinateBytes
            guard signature.byteCount == 2 * length else { return false }
            let encoded = ECDSAEncoding.encode(signature, coordinateBytes: length)
            return check(message, encoded.raw, algorithm)
        }
    }

    private func check(
        _ message: RawSpan, _ signature: RawSpan, _ algorithm: SignatureAlgorithm
    ) -> Bool {
        guard var context = DigestContext() else { return false }
        let isReady = unsafe context.begin { context, key in
            unsafe EVP_DigestVerifyInit(
                context, key, algorithm.hash?.handle, nil, handle.pointer)
        }
        guard isReady, context.setPadding(algorithm) else { return false }
        let code = unsafe signature.withUnsafeOctets { signature, signatureCount in
            unsafe message.withUnsafeOctets { message, messageCount in
                unsafe EVP_DigestVerify(
                    context.pointer, signature, signatureCount, message, messageCount)
            }
        }
        // What failed stays in a queue of this thread, where TLS would find it.
        if code != 1 { ERR_clear_error() }
        return code == 1
    }
}

/// One signature operation's state.
@safe struct DigestContext: ~Copyable {
    let pointer: OpaquePointer
    private var key: OpaquePointer?

    init?() {
        guard let pointer = unsafe EVP_MD_CTX_new() else { return nil }
        unsafe self.pointer = pointer
    }

    deinit { unsafe EVP_MD_CTX_free(pointer) }

    /// Ties the state to a key.
    mutating func begin(
        _ start: (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) -> Bool {
        let isReady = unsafe start(pointer, &key) == 1
        if !isReady { ERR_clear_error() }
        return isReady
    }

    /// For RSA: PKCS #1 v1.5, or PSS with a salt of exactly the hash's length.
    func setPadding(_ algorithm: SignatureAlgorithm) -> Bool {
        guard algorithm.keyKind == .rsa else { return true }
        guard algorithm.isPSS else {
            return unsafe EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PADDING) == 1
        }
        return unsafe EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1
    }
}
