import COpenSSL
public import GatehouseCore
import Glibc

/// A certificate authority of this machine, for hosts that no public one vouches for.
///
/// Whoever trusts it trusts it for the hosts it was made for and no others (name constraints, RFC
/// 5280 section 4.2.1.10): its key, if stolen, forges no other site. It signs no further authority.
public enum LocalAuthority {
    /// Where the results are.
    public struct Files: Equatable, Sendable {
        /// The authority's certificate: what clients are told to trust.
        public let authority: String
        /// The host's certificate.
        public let certificate: String
        /// The host's key: the same file, so that both change in one step.
        public let key: String
        /// Whether the authority is new: nobody trusts it yet.
        public let createdAuthority: Bool
        /// Whether the host's certificate is new.
        public let createdCertificate: Bool
    }

    /// Ten years.
    static let authorityDays = 3_650
    /// A host's certificate is short-lived, and replaced early.
    static let certificateDays = 90
    static let renewalDays = 30
    /// Clocks of clients may be behind ours by this much.
    private static let backdating: Int64 = 3_600
    private static let hostsMax = 100

    /// Makes what is missing in `folder`: an authority once, and a host certificate for `hosts`,
    /// `localhost`, 127.0.0.1 and ::1 whenever there is none, fewer than 30 days are left, or the
    /// hosts changed. An authority that is there is never replaced. Keys have mode 0600.
    /// - Throws: when a host is no name or address, the folder is open to others' writing, a file
    ///   cannot be read or written, or the authority there does not cover the hosts.
    public static func ensure(
        in folder: String, hosts: [String], now: WallTime
    ) throws(ConfigurationError) -> Files {
        let names = try names(hosts)
        let store = try AuthorityFolder(folder)
        let existing = try store.authority()
        if let existing, store.holdsCertificate(for: names, under: existing, now: now) {
            return store.files(createdAuthority: false, createdCertificate: false)
        }
        let key = try store.authorityKey(creating: existing == nil)
        let authority = existing ?? makeAuthority(key, for: names, now: now)
        guard key.matches(authority) else {
            throw .invalid(store.authorityKeyPath, "is not the key of \(store.authorityPath)")
        }
        let hostKey = CertificateKey.generate()
        let certificate = makeCertificate(hostKey, names, authority, key, now: now)
        if let why = certificate.refusal(under: authority, now: now) {
            throw .invalid(
                store.authorityPath,
                "cannot vouch for \(names.map(\.text).joined(separator: ", ")) (\(why)): it covers "
                    + "only the hosts it was made for; move it and "
                    + "authority.key away, start again, "
                    + "and trust the new one")
        }
        if existing == nil { try store.save(authority: authority) }
        try store.save(certificate, hostKey)
        return store.files(createdAuthority: existing == nil, createdCertificate: true)
    }

    /// Checked, without repeats, the loopback ones last.
    private static func names(_ hosts: [String]) throws(ConfigurationError) -> [CertificateName] {
        guard hosts.count <= hostsMax else {
            throw .invalid("hosts", "has \(hosts.count) entries; \(hostsMax) is the most")
        }
        var names: [CertificateName] = []
        for host in hosts + ["localhost", "127.0.0.1", "::1"] {
            guard let name = CertificateName(host) else {
                throw .invalid("hosts", "\(host.debugDescription) is no host name or IP address")
            }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private static func makeAuthority(
        _ key: CertificateKey, for names: [CertificateName], now: WallTime
    ) -> X509Certificate {
        let mark = String(SecureRandom.uint64() >> 32, radix: 16)
        let draft = CertificateDraft(
            subject: "Gatehouse local authority \(mark)", key: key, issuer: nil,
            notBefore: now.adding(seconds: -backdating),
            notAfter: now.adding(seconds: Int64(authorityDays) * 86_400))
        draft.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        draft.add(NID_key_usage, "critical,keyCertSign,cRLSign")
        draft.add(NID_subject_key_identifier, "hash")
        draft.add(NID_name_constraints, "critical," + constraints(names))
        return draft.signed(by: key)
    }

    /// Permitted subtrees; a host includes what is below it. All of loopback, as it is nobody else.
    private static func constraints(_ names: [CertificateName]) -> String {
        var permitted = ["IP:127.0.0.0/255.0.0.0", "IP:::1/" + CertificateName.fullMask6]
        for name in names {
            let subtree =
                switch name {
                case .host(let host): "DNS:" + host
                case .wildcard(let parent): "DNS:" + parent
                case .address(let address):
                    "IP:" + address + "/"
                        + (address.contains(":") ? CertificateName.fullMask6 : "255.255.255.255")
                }
            if !permitted.contains(subtree) { permitted.append(subtree) }
        }
        return permitted.map { "permitted;" + $0 }.joined(separator: ",")
    }

    private static func makeCertificate(
        _ key: CertificateKey, _ names: [CertificateName], _ authority: X509Certificate,
        _ authorityKey: CertificateKey, now: WallTime
    ) -> X509Certificate {
        let end = now.adding(seconds: Int64(certificateDays) * 86_400)
        // A common name has room for 64 bytes, and only people read it.
        let subject = names.map(\.text).first { $0.utf8.count <= 64 } ?? "localhost"
        let draft = CertificateDraft(
            subject: subject, key: key, issuer: authority,
            notBefore: now.adding(seconds: -backdating),
            notAfter: min(end, CertificateFacts(authority).notAfter))
        draft.add(NID_basic_constraints, "critical,CA:FALSE")
        draft.add(NID_key_usage, "critical,digitalSignature")
        draft.add(NID_ext_key_usage, "serverAuth")
        draft.add(NID_subject_key_identifier, "hash")
        draft.add(NID_authority_key_identifier, "keyid:always")
        let entries = names.map { name in
            if case .address(let address) = name { "IP:" + address } else { "DNS:" + name.text }
        }
        draft.add(NID_subject_alt_name, entries.joined(separator: ","))
        return draft.signed(by: authorityKey)
    }
}

extension CertificateName {
    static let fullMask6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
}

extension WallTime {
    func adding(seconds: Int64) -> WallTime { WallTime(seconds: self.seconds + seconds) }
}
