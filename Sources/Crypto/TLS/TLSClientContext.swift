import COpenSSL
public import GatehouseCore

/// How we speak TLS to a server: whom to trust, and who we are.
///
/// Every session checks the server's chain and its name; there is no switch against it.
public final class TLSClientContext: Sendable {
    /// Whose signature on a server's certificate counts.
    public enum Trust: Equatable, Sendable {
        /// The authorities that the operating system trusts.
        case system
        /// The authorities in this PEM file, and no others.
        case file(String)
    }

    let handle: TLSContextHandle

    /// Loads what to trust.
    /// - Parameters:
    ///   - certificate: shown when a server asks who we are.
    ///   - speaksHTTP: offers `http/1.1`; a protocol without a name of its own offers nothing.
    /// - Throws: when the file cannot be read or holds no certificate.
    public init(
        trust: Trust = .system, minimum: TLSVersion = .tls12, certificate: TLSCertificate? = nil,
        speaksHTTP: Bool = true
    ) throws(ConfigurationError) {
        handle = try unsafe TLSContextHandle(TLS_client_method(), minimum: minimum)
        let pointer = unsafe handle.pointer
        unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        switch trust {
        case .system:
            guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw TLSContextHandle.failure()
            }
        case .file(let path):
            guard unsafe SSL_CTX_load_verify_file(pointer, path) == 1 else {
                let why = OpenSSLFailure.take().text
                throw .invalid(path, "holds no authority in PEM form that can be read: \(why)")
            }
        }
        if let certificate { try handle.use(certificate) }
        guard speaksHTTP else { return }
        let protocols = ApplicationProtocol.list
        // Returns 0 on success, unlike its neighbours.
        guard unsafe SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count)) == 0
        else {
            throw TLSContextHandle.failure()
        }
    }
}
