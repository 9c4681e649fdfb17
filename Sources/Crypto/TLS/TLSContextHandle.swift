import COpenSSL
import GatehouseCore

/// Owns one OpenSSL context: the settings that many sessions share, immutable once built.
@safe final class TLSContextHandle: Sendable {
    /// The context; thread-safe for making sessions.
    @unsafe nonisolated(unsafe) let pointer: OpaquePointer
    /// What C callbacks of the context point to.
    private let keptAlive: [any AnyObject & Sendable]

    /// What holds for both sides. Security level 2 refuses anything below 112 bits.
    ///
    /// Release buffers: an idle session gives its record buffers back. No auto chain: only what the
    /// file holds is sent, and no chain is searched for in every handshake.
    init(
        _ method: OpaquePointer?, minimum: TLSVersion, keepingAlive: [any AnyObject & Sendable] = []
    ) throws(ConfigurationError) {
        guard let pointer = unsafe SSL_CTX_new(method) else { throw Self.failure() }
        unsafe self.pointer = pointer
        keptAlive = keepingAlive
        let mode = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN
        unsafe gh_SSL_CTX_set_mode(pointer, Int(mode))
        unsafe gh_SSL_CTX_set_strict_options(pointer)
        unsafe SSL_CTX_set_security_level(pointer, 2)
        unsafe gh_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
        guard unsafe gh_SSL_CTX_set_min_proto_version(pointer, minimum.number) == 1,
            unsafe gh_SSL_CTX_set_max_proto_version(pointer, TLS1_3_VERSION) == 1,
            unsafe SSL_CTX_set_cipher_list(pointer, Self.suites12) == 1,
            unsafe SSL_CTX_set_ciphersuites(pointer, Self.suites13) == 1,
            unsafe gh_SSL_CTX_set_groups(pointer, Self.groups) == 1
        else { throw Self.failure() }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Mozilla's intermediate list (5.7) without its DHE suites: forward secrecy and AEAD only.
    private static let suites12 = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
        ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
        ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
    private static let suites13 =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"

    static func failure() -> ConfigurationError {
        .invalid("tls", "OpenSSL refuses the settings: \(OpenSSLFailure.take().text)")
    }

    /// Uses a certificate with its chain and key.
    func use(_ certificate: TLSCertificate) throws(ConfigurationError) {
        guard let chain = unsafe gh_sk_X509_new() else { throw Self.failure() }
        defer { unsafe gh_sk_X509_free(chain) }
        for issuer in certificate.chain.dropFirst() {
            guard unsafe gh_sk_X509_push(chain, issuer.pointer) > 0 else { throw Self.failure() }
        }
        let leaf = certificate.chain[0]
        guard
            unsafe SSL_CTX_use_cert_and_key(
                pointer, leaf.pointer, certificate.key.pointer, chain, 0) == 1
        else {
            throw .invalid(certificate.path, "cannot be used: \(OpenSSLFailure.take().text)")
        }
    }
}
