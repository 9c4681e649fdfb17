import GatehouseCore
import GatehouseCrypto
import GatehouseObservability

/// Loads the certificates that the configuration names, or makes local ones.
struct CertificateLoader {
    private let configuration: Configuration
    private let resources: Resources

    init(_ configuration: Configuration, _ resources: Resources) {
        self.configuration = configuration
        self.resources = resources
    }

    /// Nil when no listener speaks TLS.
    func load(
        following previous: TLSServerContext?
    ) throws(ConfigurationError) -> TLSServerContext? {
        guard configuration.listeners.contains(where: { $0.protocol == .https }) else { return nil }
        var certificates: [TLSCertificate] = []
        for pair in configuration.tls.certificates {
            certificates.append(try TLSCertificate(certificate: pair.certificate, key: pair.key))
        }
        if certificates.isEmpty { certificates.append(try local()) }
        warn(certificates)
        resources.metrics.setCertificates(certificates.map { ($0.path, $0.facts.notAfter) })
        return try TLSServerContext(
            certificates: certificates,
            minimum: configuration.tls.minimum == .tls13 ? .tls13 : .tls12, following: previous)
    }

    private func local() throws(ConfigurationError) -> TLSCertificate {
        let files = try LocalAuthority.ensure(
            in: configuration.data + "/tls", hosts: configuration.hosts, now: .now)
        if files.createdAuthority {
            resources.logger.warn(
                "tls.local_authority_created",
                [
                    "authority": .public(files.authority),
                    "trust": .public(
                        "curl --cacert \(files.authority) …, or on Debian: "
                            + "cp \(files.authority) /usr/local/share/ca-certificates/gatehouse.crt"
                            + " && update-ca-certificates"),
                ])
        }
        return try TLSCertificate(certificate: files.certificate, key: files.key)
    }

    private func warn(_ certificates: [TLSCertificate]) {
        for certificate in certificates {
            for warning in certificate.warnings(now: .now) {
                resources.logger.warn(
                    "tls.certificate",
                    ["file": .public(certificate.path), "warning": .text(warning)])
            }
        }
    }
}
