import COpenSSL
public import GatehouseCore

/// How a server speaks TLS: certificates by host name, versions, suites, tickets.
///
/// Fixed: TLS 1.2 with ECDHE and AEAD, or 1.3; X25519, P-256, P-384; `http/1.1` alone as the
/// application protocol; no renegotiation, compression or early data; one ticket a handshake. The
/// client's order of suites counts, as Mozilla's intermediate profile (5.7) advises. A change of
/// certificates is a new context; sessions keep the one they began with.
public final class TLSServerContext: Sendable {
    /// The context that sessions start from; it belongs to the first certificate.
    let handle: TLSContextHandle
    private let tickets: TicketKeys

    /// Certificates in the order of the configuration.
    public let certificates: [TLSCertificate]

    /// Prepares contexts for the certificates; the first answers names that none covers, and
    /// clients that send no name (RFC 6066 section 3). Two certificates with the same names and
    /// different kinds of key serve together.
    /// - Parameter previous: the context that this one follows; its tickets stay good.
    /// - Throws: without a certificate, or when OpenSSL refuses one.
    public convenience init(
        certificates: [TLSCertificate], minimum: TLSVersion = .tls12,
        following previous: TLSServerContext? = nil
    ) throws(ConfigurationError) {
        try self.init(certificates, minimum: minimum, tickets: previous?.tickets ?? TicketKeys())
    }

    init(
        _ certificates: [TLSCertificate], minimum: TLSVersion, tickets: TicketKeys
    ) throws(ConfigurationError) {
        guard !certificates.isEmpty else {
            throw .invalid("tls.certificates", "needs at least one certificate")
        }
        self.certificates = certificates
        self.tickets = tickets
        var groups: [CertificateGroup] = []
        for certificate in certificates {
            if let index = groups.firstIndex(where: { $0.welcomes(certificate) }) {
                groups[index].members.append(certificate)
            } else {
                groups.append(CertificateGroup(members: [certificate]))
            }
        }
        var others: [TLSContextHandle] = []
        for group in groups.dropFirst() {
            others.append(try Self.context(group, minimum, tickets, names: nil))
        }
        let names = ServerNames(groups, others: others)
        handle = try Self.context(groups[0], minimum, tickets, names: names)
    }

    private static func context(
        _ group: CertificateGroup, _ minimum: TLSVersion, _ tickets: TicketKeys,
        names: ServerNames?
    ) throws(ConfigurationError) -> TLSContextHandle {
        let handle = try unsafe TLSContextHandle(
            TLS_server_method(), minimum: minimum,
            keepingAlive: names.map { [tickets, $0] } ?? [tickets])
        for certificate in group.members { try handle.use(certificate) }
        let pointer = unsafe handle.pointer
        unsafe tickets.install(in: pointer)
        unsafe SSL_CTX_set_timeout(pointer, Int(TicketKeys.ticketLifetime.components.seconds))
        unsafe SSL_CTX_set_num_tickets(pointer, 1)
        unsafe SSL_CTX_set_max_early_data(pointer, 0)
        unsafe SSL_CTX_set_alpn_select_cb(
            pointer,
            { _, chosen, length, offered, count, _ in
                unsafe ApplicationProtocol.select(chosen, length, offered, count)
            }, nil)
        if let names { unsafe names.install(in: pointer) }
        return handle
    }
}

/// Certificates for the same names, at most one of each kind of key.
struct CertificateGroup {
    var members: [TLSCertificate]

    func welcomes(_ certificate: TLSCertificate) -> Bool {
        Set(members[0].facts.names) == Set(certificate.facts.names)
            && !members.contains { $0.key.kind == certificate.key.kind }
    }
}
