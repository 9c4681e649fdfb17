import COpenSSL
public import GatehouseCore

/// A server's or client's certificate with its chain and private key, read from PEM files and
/// checked.
public final class TLSCertificate: Sendable {
    /// The certificate first, then those of its issuers.
    let chain: [X509Certificate]
    let key: CertificateKey

    /// File of the certificate.
    public let path: String
    /// What the certificate says.
    public let facts: CertificateFacts

    /// Reads the certificate (followed by its chain) and its key; one file may hold both.
    /// - Throws: `ConfigurationError.invalid` naming the file: unreadable, damaged, a key that
    /// others
    ///   on this machine can read, an encrypted key, a key of another certificate, a weak key or
    ///   signature.
    public init(
        certificate path: String, key keyPath: String
    ) throws(ConfigurationError) {
        self.path = path
        var bytes = try FileBytes.read(path)
        defer { wipe(&bytes) }
        guard let chain = X509Certificate.read(pem: bytes) else {
            throw .invalid(path, "is damaged, or holds more than \(X509Certificate.chainMax) parts")
        }
        guard let leaf = chain.first else {
            throw .invalid(path, "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
        }
        let key = try Self.key(keyPath)
        guard key.matches(leaf) else {
            throw .invalid(
                keyPath, "is not the key of \(path), whose first certificate must be the host's own"
            )
        }
        for certificate in chain where !CertificateFacts(certificate).isSelfSigned {
            guard certificate.signatureBits >= 112 else {
                throw .invalid(
                    path, "is signed with a broken hash (SHA-1 or older); have it reissued")
            }
        }
        self.chain = chain
        self.key = key
        facts = CertificateFacts(leaf)
    }

    private static func key(_ path: String) throws(ConfigurationError) -> CertificateKey {
        var bytes = try FileBytes.readPrivate(path)
        defer { wipe(&bytes) }
        let key: CertificateKey
        do throws(CertificateKey.ReadError) {
            key = try CertificateKey.read(pem: bytes)
        } catch {
            switch error {
            case .encrypted:
                throw .invalid(
                    path,
                    "is encrypted, and nobody is there to type its password; decrypt it with: "
                        + "(umask 077; openssl pkey -in \(path) -out \(path).plain)")
            case .missing:
                throw .invalid(path, "holds no private key in PEM form that can be read")
            }
        }
        if let weakness = key.weakness { throw .invalid(path, weakness) }
        return key
    }

    /// What is wrong enough to tell, and not enough to refuse; each a sentence naming the file.
    public func warnings(now: WallTime) -> [String] {
        var found: [String] = []
        if now < facts.notBefore {
            found.append("is not valid before \(facts.notBefore.timestamp)")
        }
        if facts.notAfter < now { found.append("expired at \(facts.notAfter.timestamp)") }
        if facts.names.isEmpty, facts.addresses.isEmpty {
            found.append("names no host (subject alternative name); clients will refuse it")
        }
        if !chain[0].isForServers { found.append("is not meant for servers (key usage)") }
        let lifetime = facts.notAfter.seconds - facts.notBefore.seconds
        if lifetime > Self.lifetimeMax {
            found.append("lives \(lifetime / 86_400) days; browsers refuse more than 398")
        }
        for (lower, upper) in zip(chain, chain.dropFirst()) where !lower.names(issuer: upper) {
            found.append(
                "holds a chain out of order: each certificate must follow the one it signed")
            break
        }
        return found.map { "\(path): \($0)" }
    }

    /// 398 days in seconds (CA/Browser Forum baseline requirements, section 6.3.2), and one of
    /// slack.
    private static let lifetimeMax: Int64 = 398 * 86_400 + 1
}
