import COpenSSL
import GatehouseCore
import Synchronization
import Testing

@testable import GatehouseCrypto

@Suite struct TLSHandshakeTests {
    @Test(arguments: TLSVersion.allCases)
    func `agrees with a client of each version`(_ version: TLSVersion) throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(), authority.client(atMost: version))
        #expect(pair.server.protocolVersion == nil)
        try pair.shake()
        #expect(pair.server.protocolVersion == version)
        #expect(pair.client.protocolVersion == version)
        #expect(pair.server.serverName == "api.test")
        #expect(!pair.server.isResumed)
        let suite = try #require(pair.server.cipherName)
        #expect(suite == pair.client.cipherName)
        #expect(suite.hasPrefix(version == .tls13 ? "TLS_AES_" : "TLS_ECDHE_ECDSA_"))
        #expect(try pair.carry(pattern(300), fromClient: true) == pattern(300))
        #expect(try pair.carry(pattern(300), fromClient: false) == pattern(300))
    }

    @Test(arguments: TLSVersion.allCases)
    func `takes input a byte at a time and plaintext a few bytes at a time`(
        _ version: TLSVersion
    ) throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(
            authority.server(), authority.client(atMost: version), capacity: 300, plaintext: 7,
            bite: 1)
        try pair.shake()
        #expect(try pair.carry(pattern(1_000), fromClient: true) == pattern(1_000))
        #expect(try pair.carry(pattern(1_000), fromClient: false) == pattern(1_000))
    }

    @Test(arguments: TLSVersion.allCases)
    func `asks for room while a flight does not fit`(_ version: TLSVersion) throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(
            authority.server(), authority.client(atMost: version), capacity: 40)
        #expect(try pair.turnOfClient() == .outputFull)
        try pair.shake()
        #expect(pair.server.protocolVersion == version)
    }

    // MARK: Names

    @Test func `chooses the certificate by the name that the client asks for`() throws {
        let first = try TestAuthority(["first.test"])
        let second = try TestAuthority(["second.test", "*.wild.test"])
        let context = try TLSServerContext(certificates: [first.certificate, second.certificate])
        for (name, authority) in [
            ("first.test", first), ("second.test", second), ("SECOND.test", second),
            ("a.wild.test", second), ("localhost", first),
        ] {
            let pair = try TLSPair(context, authority.client(), name: name)
            try pair.shake()
            #expect(pair.server.serverName == name)
        }
    }

    @Test(arguments: ["other.test", "a.b.wild.test", "wild.test"])
    func `answers an unknown name with the first certificate, which the client refuses`(
        _ name: String
    ) throws {
        let first = try TestAuthority(["first.test"])
        let second = try TestAuthority(["*.wild.test"])
        let context = try TLSServerContext(certificates: [first.certificate, second.certificate])
        let pair = try TLSPair(context, first.client(), name: name)
        #expect(throws: TLSError.untrustedCertificate("hostname mismatch")) { try pair.shake() }
    }

    @Test func `gives a client that sends no name the first certificate`() throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(), authority.client(), name: "127.0.0.1")
        try pair.shake()
        #expect(pair.server.serverName == nil)
        try TLSPair(authority.server(), authority.client(), name: "::1").shake()
    }

    @Test func `serves an RSA and an ECDSA certificate of the same names together`() throws {
        let authority = try TestAuthority()
        let folder = TemporaryFolder()
        let rsa = folder.path + "/rsa.pem"
        try run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj",
            "/CN=api.test", "-keyout", rsa + ".key", "-out", rsa, "-addext",
            "subjectAltName=DNS:api.test,DNS:localhost,IP:127.0.0.1,IP:::1")
        let other = try TLSCertificate(certificate: rsa, key: rsa + ".key")
        let context = try TLSServerContext(certificates: [authority.certificate, other])
        try TLSPair(context, authority.client()).shake()
        let client = try TLSClientContext(trust: .file(rsa))
        client.limit(to: .tls12)
        unsafe _ = SSL_CTX_set_cipher_list(client.handle.pointer, "ECDHE-RSA-AES128-GCM-SHA256")
        let pair = try TLSPair(context, client)
        try pair.shake()
        #expect(pair.server.cipherName == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    }

    // MARK: Resumption

    @Test(arguments: TLSVersion.allCases)
    func `resumes from a ticket, also after the certificates were reloaded`(
        _ version: TLSVersion
    ) throws {
        let authority = try TestAuthority()
        let context = try authority.server()
        let client = try authority.client(atMost: version)
        let first = try TLSPair(context, client)
        try first.shake()
        let again = try TLSPair(context, client)
        again.client.resume(from: first.client)
        try again.shake()
        #expect(again.server.isResumed)
        let reloaded = try TLSServerContext(
            certificates: [authority.certificate], following: context)
        let third = try TLSPair(reloaded, client)
        third.client.resume(from: again.client)
        try third.shake()
        #expect(third.server.isResumed)
        #expect(try third.carry(pattern(99), fromClient: false) == pattern(99))
    }

    @Test(arguments: TLSVersion.allCases)
    func `forgets ticket keys with time and then makes a full handshake`(
        _ version: TLSVersion
    ) throws {
        let authority = try TestAuthority()
        let clock = TestClock()
        let keys = TicketKeys { clock.now }
        let context = try TLSServerContext(
            [authority.certificate], minimum: .tls12, tickets: keys)
        let client = try authority.client(atMost: version)
        let first = try TLSPair(context, client)
        try first.shake()
        for (hour, resumed) in [(1, true), (2, true), (3, false)] {
            clock.set(hours: hour)
            let pair = try TLSPair(context, client)
            pair.client.resume(from: first.client)
            try pair.shake()
            #expect(pair.server.isResumed == resumed, "after \(hour) hours")
        }
    }

    @Test func `does not resume a ticket of another server`() throws {
        let authority = try TestAuthority()
        let client = try authority.client()
        let first = try TLSPair(authority.server(), client)
        try first.shake()
        let pair = try TLSPair(authority.server(), client)
        pair.client.resume(from: first.client)
        try pair.shake()
        #expect(!pair.server.isResumed)
    }

    @Test func `serves many threads from one context`() async throws {
        let authority = try TestAuthority()
        let context = try authority.server()
        let client = try authority.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let first = try TLSPair(context, client)
                    try first.shake()
                    for _ in 0..<5 {
                        let pair = try TLSPair(context, client)
                        pair.client.resume(from: first.client)
                        try pair.shake()
                        #expect(pair.server.isResumed)
                        #expect(try pair.carry(pattern(99), fromClient: true) == pattern(99))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `shows a client certificate to a server that asks`() throws {
        let authority = try TestAuthority()
        let context = try authority.server()
        // Our servers never ask; this one is made to.
        unsafe SSL_CTX_set_verify(context.handle.pointer, SSL_VERIFY_PEER, { _, _ in 1 })
        let client = try TLSClientContext(
            trust: .file(authority.files.authority), certificate: authority.certificate)
        let pair = try TLSPair(context, client)
        try pair.shake()
        #expect(pair.server.hasPeerCertificate)
    }
}

private final class TestClock: Sendable {
    private let nanoseconds = Atomic<Int64>(0)

    var now: MonotonicTime { MonotonicTime(nanoseconds: nanoseconds.load(ordering: .relaxed)) }

    func set(hours: Int) {
        nanoseconds.store(Int64(hours) * 3_600_000_000_000, ordering: .relaxed)
    }
}
