import COpenSSL
import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseCrypto

@Suite struct X509CertificateTests {
    private let folder = TemporaryFolder()
    private var certificate: String { folder.path + "/cert.pem" }
    private var key: String { folder.path + "/key.pem" }

    /// A self-signed certificate by the openssl program.
    private func make(
        _ algorithm: String = "rsa:2048", days: String = "90", extra: [String] = []
    ) throws {
        let process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let names = "subjectAltName=DNS:A.test,DNS:*.b.test,IP:10.0.0.1,IP:2001:db8::1"
        process.arguments =
            [
                "openssl", "req", "-x509", "-newkey", algorithm, "-nodes", "-days", days, "-subj",
                "/O=A, Inc/CN=A.test", "-keyout", key, "-out", certificate, "-addext", names,
            ] + extra
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        chmod(0o600)
        try #require(process.terminationStatus == 0)
    }

    private func chmod(_ mode: Int) {
        try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
    }

    private func load() throws(ConfigurationError) -> TLSCertificate {
        try TLSCertificate(certificate: certificate, key: key)
    }

    /// The file that an error names and what it says of it.
    private func refusal() -> (path: String, why: String) {
        do throws(ConfigurationError) {
            _ = try load()
            return ("", "accepted")
        } catch {
            guard case .invalid(let path, let why) = error else { return ("", "") }
            return (path, why)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o610, 0o602])
    func `refuses a key that others can read, with the command that mends it`(_ mode: Int) throws {
        try make()
        chmod(mode)
        let refusal = refusal()
        #expect(refusal.path == key)
        #expect(refusal.why.contains("mode \(String(mode, radix: 8))"))
        #expect(refusal.why.contains("chmod 600 \(key)"))
        chmod(0o400)
        #expect(self.refusal().why == "accepted")
    }

    @Test func `refuses the key of another certificate`() throws {
        try make()
        try run("openssl", "genpkey", "-algorithm", "RSA", "-out", key)
        chmod(0o600)
        #expect(refusal().path == key)
        #expect(refusal().why.contains("is not the key of \(certificate)"))
        try run("openssl", "genpkey", "-algorithm", "ED25519", "-out", key)
        #expect(refusal().why.contains("is not the key of \(certificate)"))
    }

    @Test func `refuses an encrypted key and says how to decrypt it`() throws {
        try make()
        let plain = key + ".plain"
        try run("cp", key, plain)
        try run(
            "openssl", "pkcs8", "-topk8", "-in", plain, "-out", key, "-v2", "aes-256-cbc",
            "-passout", "pass:secret")
        #expect(refusal().why.contains("openssl pkey -in \(key)"))
        // The traditional form names its cipher in a header.
        try run(
            "openssl", "rsa", "-traditional", "-aes256", "-in", plain, "-out", key, "-passout",
            "pass:secret")
        #expect(refusal().why.contains("is encrypted"))
    }

    @Test func `refuses weak keys and signatures`() throws {
        try make("rsa:1024")
        #expect(refusal().why.contains("RSA key of 1024 bits"))
        try make("rsa:2048", extra: ["-sha1"])
        #expect(refusal().why == "accepted", "a root's own signature proves nothing and may be old")
        let request = folder.path + "/request.pem"
        try run(
            "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=b", "-keyout",
            folder.path + "/leaf.key", "-out", request)
        try run(
            "openssl", "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-sha1",
            "-CAcreateserial", "-out", folder.path + "/leaf.pem")
        #expect(throws: ConfigurationError.self) {
            try TLSCertificate(
                certificate: folder.path + "/leaf.pem", key: folder.path + "/leaf.key")
        }
    }

    @Test func `refuses files that are missing, empty, damaged, folders or huge`() throws {
        try make()
        let good = try Data(contentsOf: URL(fileURLWithPath: certificate))
        func replace(_ data: Data) throws { try data.write(to: URL(fileURLWithPath: certificate)) }
        try replace(Data())
        #expect(refusal().why.contains("holds no certificate"))
        try replace(Data("hello".utf8))
        #expect(refusal().why.contains("holds no certificate"))
        try replace(good.prefix(400))
        #expect(refusal().why.contains("damaged"))
        var damaged = good
        damaged[200] = UInt8(ascii: "!")
        try replace(damaged)
        #expect(refusal().why.contains("damaged"))
        try replace(good + damaged)
        #expect(refusal().why.contains("damaged"))
        try replace((0..<11).reduce(Data()) { all, _ in all + good })
        #expect(refusal().why.contains("more than 10"))
        try replace(Data(count: 1 << 20 + 1))
        #expect(refusal().why.contains("1 MiB"))
        try FileManager.default.removeItem(atPath: certificate)
        #expect(refusal() == (certificate, "cannot be opened: No such file or directory"))
        try run("mkfifo", certificate)
        #expect(refusal().why == "is no regular file")
        #expect(throws: ConfigurationError.self) {
            try TLSCertificate(certificate: folder.path, key: key)
        }
    }

    @Test func `refuses a key file without a key`() throws {
        try make()
        try Data("-----BEGIN PRIVATE KEY-----\nAAAA\n".utf8).write(to: URL(fileURLWithPath: key))
        chmod(0o600)
        #expect(refusal().why.contains("holds no private key"))
    }

    @Test func `reads what the certificate says`() throws {
        try make()
        let facts = try load().facts
        #expect(facts.names == ["a.test", "*.b.test"])
        #expect(facts.addresses == ["10.0.0.1", "2001:db8::1"])
        #expect(facts.subject == "CN=A.test,O=A\\, Inc")
        #expect(facts.issuer == facts.subject)
        #expect(facts.isSelfSigned)
        #expect(facts.isAuthority)
        #expect(facts.notAfter.seconds - facts.notBefore.seconds == 90 * 86_400)
        #expect(abs(facts.notBefore.seconds - WallTime.now.seconds) < 3_600)
        let shown = try run(
            "openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
        let digits = shown.output.split(separator: "=").last.map {
            $0.filter(\.isHexDigit).lowercased()
        }
        #expect(digits == facts.fingerprint)
    }

    @Test func `warns of dates, use, length of life and names`() throws {
        try make()
        let good = try load()
        let facts = good.facts
        #expect(good.warnings(now: facts.notBefore).isEmpty)
        let late = WallTime(seconds: facts.notAfter.seconds + 1)
        #expect(
            good.warnings(now: late) == ["\(certificate): expired at \(facts.notAfter.timestamp)"])
        let early = WallTime(seconds: facts.notBefore.seconds - 1)
        #expect(good.warnings(now: early).first?.contains("is not valid before") == true)
        try make(days: "400", extra: ["-addext", "extendedKeyUsage=clientAuth"])
        let odd = try load().warnings(now: testNow)
        #expect(odd.contains { $0.contains("400 days") })
        #expect(odd.contains { $0.contains("not meant for servers") })
    }

    @Test func `warns of a chain out of order`() throws {
        try make()
        let first = try Data(contentsOf: URL(fileURLWithPath: certificate))
        let authority = try TestAuthority()
        let other = try Data(contentsOf: URL(fileURLWithPath: authority.files.authority))
        try (first + other).write(to: URL(fileURLWithPath: certificate))
        #expect(try load().warnings(now: testNow).contains { $0.contains("out of order") })
    }

    @Test func `reads certificate names strictly`() {
        for bad in [
            "", ".", "a.", "-a", "a-", "a_b", "a b", "a,b", "a\nb", "ä.test", "*", "*.", "a.*",
            "*.*.a", "1.2.3.4.", "[::1", "a:1", String(repeating: "a", count: 64),
            String(repeating: "a.", count: 127) + "b",
        ] {
            #expect(CertificateName(bad) == nil, "\(bad)")
        }
        #expect(CertificateName("API.Test")?.text == "api.test")
        #expect(CertificateName("*.A.test")?.text == "*.a.test")
        #expect(CertificateName("[2001:DB8:0:0::1]")?.text == "2001:db8::1")
        #expect(CertificateName("127.0.0.1") == .address("127.0.0.1"))
    }
}
