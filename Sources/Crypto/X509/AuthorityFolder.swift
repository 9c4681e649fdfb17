import GatehouseCore
import Glibc

/// The folder of a local authority, locked while it is open.
///
/// `authority.pem` and `authority.key` are made once; `host.pem` holds certificate and key together
/// and is replaced in one step.
final class AuthorityFolder {
    private let path: String
    private let lock: Descriptor

    var authorityPath: String { path + "/authority.pem" }
    var authorityKeyPath: String { path + "/authority.key" }
    private var hostPath: String { path + "/host.pem" }

    /// Opens the folder, made with mode 0700 if it is missing, and waits for another process that
    /// works in it. Who can write to it can replace the authority: that must be its owner alone.
    init(_ folder: String) throws(ConfigurationError) {
        path = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        try Self.make(path)
        lock = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let mode = try lock.status(path).st_mode & 0o7777
        guard mode & 0o022 == 0 else {
            throw .invalid(
                path,
                "can be written by others (mode \(String(mode, radix: 8))); close it with: "
                    + "chmod 700 \(path)")
        }
        while flock(lock.number, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .invalid(path, "cannot be locked: \(FileBytes.errorText())")
            }
        }
    }

    private static func make(_ path: String) throws(ConfigurationError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try make(String(path[..<slash]))
            if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        }
        throw .invalid(path, "cannot be made: \(FileBytes.errorText())")
    }

    private func exists(_ file: String) -> Bool { unsafe access(file, F_OK) == 0 }

    /// The authority's certificate; nil when none was made.
    func authority() throws(ConfigurationError) -> X509Certificate? {
        guard exists(authorityPath) else { return nil }
        let bytes = try FileBytes.read(authorityPath)
        guard let certificate = X509Certificate.read(pem: bytes)?.first else {
            throw .invalid(authorityPath, "is damaged; restore it, or move it and its key away")
        }
        return certificate
    }

    /// The authority's key. A key without a certificate is left from a start that was cut short; it
    /// has signed nothing that anybody trusts, and is used.
    func authorityKey(creating: Bool) throws(ConfigurationError) -> CertificateKey {
        guard creating, !exists(authorityKeyPath) else {
            var bytes = try FileBytes.readPrivate(authorityKeyPath)
            defer { wipe(&bytes) }
            guard let key = try? CertificateKey.read(pem: bytes) else {
                throw .invalid(authorityKeyPath, "holds no private key; restore it")
            }
            return key
        }
        let key = CertificateKey.generate()
        var bytes = key.pem
        defer { wipe(&bytes) }
        try FileBytes.write(bytes, to: authorityKeyPath, mode: 0o600, replacing: false)
        return key
    }

    func save(authority: X509Certificate) throws(ConfigurationError) {
        try FileBytes.write(authority.pem, to: authorityPath, mode: 0o644, replacing: false)
    }

    func save(_ certificate: X509Certificate, _ key: CertificateKey) throws(ConfigurationError) {
        var bytes = certificate.pem + key.pem
        defer { wipe(&bytes) }
        try FileBytes.write(bytes, to: hostPath, mode: 0o600, replacing: true)
    }

    /// Whether the host's certificate is there, whole, for just these names, good under `authority`
    /// and not due for renewal.
    func holdsCertificate(
        for names: [CertificateName], under authority: X509Certificate, now: WallTime
    ) -> Bool {
        guard exists(hostPath),
            let present = try? TLSCertificate(certificate: hostPath, key: hostPath)
        else { return false }
        let listed = Set(present.facts.names + present.facts.addresses)
        return listed == Set(names.map(\.text))
            && present.chain[0].refusal(under: authority, now: now) == nil
            && present.facts.notAfter.seconds - now.seconds
                >= Int64(LocalAuthority.renewalDays) * 86_400
    }

    func files(createdAuthority: Bool, createdCertificate: Bool) -> LocalAuthority.Files {
        LocalAuthority.Files(
            authority: authorityPath, certificate: hostPath, key: hostPath,
            createdAuthority: createdAuthority, createdCertificate: createdCertificate)
    }
}
