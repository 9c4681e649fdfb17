import Foundation
import GatehouseCore
import Testing

@testable import GatehouseCrypto

@Suite struct X509LocalAuthorityTests {
    private let outer = TemporaryFolder()
    private var folder: String { outer.path + "/data/tls" }
    private let day: Int64 = 86_400

    private func ensure(
        _ hosts: [String] = ["api.test"], days: Int64 = 0
    ) throws(ConfigurationError) -> LocalAuthority.Files {
        try LocalAuthority.ensure(
            in: folder, hosts: hosts, now: WallTime(seconds: testNow.seconds + days * day))
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func content(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

    @Test func `makes an authority and a certificate that openssl verifies`() throws {
        let files = try ensure(["api.test", "*.wild.test", "10.1.2.3"])
        #expect(files.createdAuthority && files.createdCertificate)
        for name in ["api.test", "a.wild.test", "localhost"] {
            let result = try run(
                "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
                name, "-CAfile", files.authority, files.certificate)
            #expect(result.status == 0, "\(name): \(result.output)")
        }
        for address in ["127.0.0.1", "::1", "10.1.2.3"] {
            let result = try run(
                "openssl", "verify", "-x509_strict", "-verify_ip", address, "-CAfile",
                files.authority, files.certificate)
            #expect(result.status == 0, "\(address): \(result.output)")
        }
        let wrong = try run(
            "openssl", "verify", "-verify_hostname", "other.test", "-CAfile", files.authority,
            files.certificate)
        #expect(wrong.status != 0)
    }

    @Test func `makes certificates as browsers want them`() throws {
        let files = try ensure()
        let host = try run("openssl", "x509", "-in", files.certificate, "-noout", "-text").output
        #expect(host.contains("ecdsa-with-SHA256"))
        #expect(host.contains("NIST CURVE: P-256"))
        #expect(host.contains("CA:FALSE"))
        #expect(host.contains("TLS Web Server Authentication"))
        let authority = try run("openssl", "x509", "-in", files.authority, "-noout", "-text").output
        #expect(authority.contains("CA:TRUE, pathlen:0"))
        #expect(authority.contains("X509v3 Name Constraints: critical"))
        #expect(authority.contains("DNS:api.test"))
        #expect(authority.contains("IP:127.0.0.0/255.0.0.0"))
        let facts = try TLSCertificate(certificate: files.certificate, key: files.key).facts
        #expect(facts.names == ["api.test", "localhost"])
        #expect(facts.addresses == ["127.0.0.1", "::1"])
        #expect(!facts.isAuthority)
        #expect(facts.notAfter.seconds == testNow.seconds + 90 * day)
    }

    @Test func `keeps keys and folder to their owner`() throws {
        let files = try ensure()
        #expect(try mode(folder) == 0o700)
        #expect(try mode(files.key) == 0o600)
        #expect(try mode(folder + "/authority.key") == 0o600)
        #expect(try mode(files.authority) == 0o644)
        let entries = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(entries == ["authority.key", "authority.pem", "host.pem"])
    }

    @Test func `refuses a folder that others can write to`() throws {
        _ = try ensure()
        try run("chmod", "770", folder)
        #expect(
            throws: ConfigurationError.invalid(
                folder, "can be written by others (mode 770); close it with: chmod 700 \(folder)")
        ) { try ensure() }
    }

    @Test func `changes nothing while all is well`() throws {
        let files = try ensure()
        let before = content(files.certificate)
        let again = try ensure(days: 59)
        #expect(!again.createdAuthority && !again.createdCertificate)
        #expect(content(files.certificate) == before)
    }

    @Test func `renews a certificate with fewer than 30 days left, under the same authority`()
        throws
    {
        let files = try ensure()
        let authority = content(files.authority)
        let before = content(files.certificate)
        let renewed = try ensure(days: 61)
        #expect(!renewed.createdAuthority && renewed.createdCertificate)
        #expect(content(files.authority) == authority)
        #expect(content(files.certificate) != before)
        #expect(try mode(files.key) == 0o600)
    }

    @Test func `makes a new certificate when the hosts change within what the authority covers`()
        throws
    {
        let files = try ensure(["a.test", "b.test"])
        let authority = content(files.authority)
        let fewer = try ensure(["b.test"])
        #expect(fewer.createdCertificate && !fewer.createdAuthority)
        let deeper = try ensure(["b.test", "api.a.test"])
        #expect(deeper.createdCertificate)
        #expect(try !ensure(["API.a.test", "B.test", "b.test"]).createdCertificate)
        #expect(content(files.authority) == authority)
    }

    @Test func `refuses hosts that its authority was not made for, and says what to do`() throws {
        let files = try ensure(["a.test"])
        let before = content(files.certificate)
        for host in ["b.test", "10.0.0.1", "2001:db8::1"] {
            let error = #expect(throws: ConfigurationError.self) { try ensure([host]) }
            #expect(error?.description.hasPrefix(files.authority) == true)
            #expect(error?.description.contains("permitted subtree violation") == true)
            #expect(error?.description.contains("authority.key away") == true)
        }
        #expect(content(files.certificate) == before)
    }

    @Test func `its authority cannot vouch for other sites even with its key`() throws {
        let files = try ensure(["a.test"])
        let path = outer.path
        try run(
            "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bank.test",
            "-addext", "subjectAltName=DNS:bank.test", "-keyout", path + "/k", "-out", path + "/r")
        try run(
            "openssl", "x509", "-req", "-in", path + "/r", "-CA", files.authority, "-CAkey",
            folder + "/authority.key", "-copy_extensions", "copy", "-out", path + "/c")
        let result = try run("openssl", "verify", "-CAfile", files.authority, path + "/c")
        #expect(result.status != 0)
        #expect(result.output.contains("permitted subtree violation"))
    }

    @Test func `mends a start that was cut short`() throws {
        let files = try ensure()
        let key = content(folder + "/authority.key")
        // Cut after the key was written.
        try FileManager.default.removeItem(atPath: files.authority)
        try FileManager.default.removeItem(atPath: files.certificate)
        #expect(try ensure().createdAuthority)
        #expect(content(folder + "/authority.key") == key)
        // A host certificate that was damaged, or is of an earlier authority.
        try Data("x".utf8).write(to: URL(fileURLWithPath: files.certificate))
        try run("chmod", "600", files.certificate)
        let mended = try ensure()
        #expect(mended.createdCertificate && !mended.createdAuthority)
    }

    @Test func `never replaces an authority`() throws {
        let files = try ensure()
        try FileManager.default.removeItem(atPath: folder + "/authority.key")
        #expect(try !ensure().createdCertificate, "a key kept elsewhere is not missed until needed")
        let error = #expect(throws: ConfigurationError.self) { try ensure(days: 61) }
        #expect(error?.description.contains("authority.key: cannot be opened") == true)
        try run("openssl", "genpkey", "-algorithm", "RSA", "-out", folder + "/authority.key")
        try run("chmod", "600", folder + "/authority.key")
        let other = #expect(throws: ConfigurationError.self) { try ensure(days: 61) }
        #expect(other?.description.contains("is not the key of") == true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: files.authority))
        let damaged = #expect(throws: ConfigurationError.self) { try ensure() }
        #expect(damaged?.description.contains("damaged") == true)
        #expect(content(files.authority) == Data("x".utf8))
    }

    @Test(arguments: ["", "a b", "a,DNS:evil.test", "a\nb", "*", "https://a", "a:443", "ü.test"])
    func `refuses what is no host`(_ host: String) {
        #expect(throws: ConfigurationError.self) { try ensure([host]) }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func `lets two processes start at once`() async throws {
        let folder = folder
        let made = await withTaskGroup(of: LocalAuthority.Files?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try? LocalAuthority.ensure(in: folder, hosts: ["a.test"], now: testNow)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(made.count { $0?.createdAuthority == true } == 1)
        #expect(made.count { $0 == nil } == 0)
    }
}
