import COpenSSL
import GatehouseCore
import Testing

@testable import GatehouseCrypto

@Suite struct TLSRefusalTests {
    /// Why a server refuses these first bytes; nil when it waits for more.
    private func refusal(of bytes: [UInt8]) throws -> TLSError? {
        let session = try TLSSession(server: TestAuthority().server())
        let input = Buffer(capacity: bytes.count)
        input.append(bytes)
        let plaintext = Buffer(capacity: 1_024)
        let output = Buffer(capacity: 4_096)
        do throws(TLSError) {
            _ = try session.process(input: input, plaintext: plaintext, output: output)
            return nil
        } catch {
            expectDead(session, error, output)
            #expect(plaintext.isEmpty)
            return error
        }
    }

    /// A failed session says the same for ever, and sends nothing more.
    private func expectDead(_ session: TLSSession, _ error: TLSError, _ output: Buffer) {
        let before = output.count
        #expect(throws: error) {
            try session.process(
                input: Buffer(capacity: 1), plaintext: Buffer(capacity: 1), output: output)
        }
        #expect(throws: error) { try session.encrypt(pattern(9).raw, output: output) }
        session.close(output: output)
        #expect(output.count == before)
    }

    @Test func `refuses plain HTTP by name`() throws {
        #expect(try refusal(of: Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)) == .plainHTTP)
        #expect(try refusal(of: Array("POST /x HTTP/1.1\r\n".utf8)) == .plainHTTP)
        #expect(try refusal(of: Array("CONNECT a:443 HTTP/1.1\r\n".utf8)) == .plainHTTP)
    }

    @Test func `refuses what is no record`() throws {
        #expect(try refusal(of: Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)) == .notTLS)
        #expect(try refusal(of: [UInt8](repeating: 0xFF, count: 64)) == .notTLS)
        #expect(try refusal(of: [UInt8](repeating: 0, count: 64)) != nil)
    }

    @Test func `refuses a record that is longer than records may be`() throws {
        let error = try refusal(of: [22, 3, 1, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 600))
        #expect(error == .protocolViolation("packet length too long"))
    }

    @Test func `survives a client hello that is damaged at any byte`() throws {
        let authority = try TestAuthority()
        let context = try authority.server()
        let pair = try TLSPair(context, authority.client())
        try pair.turnOfClient()
        let hello = drain(pair.toServer)
        var refused = 0
        for position in hello.indices {
            var damaged = hello
            damaged[position] ^= 0xFF
            let input = Buffer(capacity: damaged.count)
            input.append(damaged)
            let session = try TLSSession(server: context)
            let output = Buffer(capacity: 8_192)
            let outcome = try? session.process(
                input: input, plaintext: Buffer(capacity: 64), output: output)
            if outcome == nil { refused += 1 }
            #expect(!session.isHandshakeComplete)
        }
        #expect(refused > 20)
        print("TLS: \(hello.count) damaged client hellos, \(refused) refused at once")
    }

    @Test func `refuses a client below the least version`() throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(.tls13), authority.client(atMost: .tls12))
        try pair.turnOfClient()
        #expect(throws: TLSError.unsupportedVersion) { try pair.turnOfServer() }
        #expect(throws: TLSError.alert(code: 70, "protocol version")) { try pair.turnOfClient() }
    }

    @Test func `refuses TLS 1.1`() throws {
        let authority = try TestAuthority()
        let client = try authority.client()
        unsafe _ = gh_SSL_CTX_set_min_proto_version(client.handle.pointer, TLS1_1_VERSION)
        unsafe _ = gh_SSL_CTX_set_max_proto_version(client.handle.pointer, TLS1_1_VERSION)
        unsafe _ = SSL_CTX_set_cipher_list(client.handle.pointer, "ALL@SECLEVEL=0")
        let pair = try TLSPair(authority.server(), client)
        try pair.turnOfClient()
        #expect(throws: TLSError.unsupportedVersion) { try pair.turnOfServer() }
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM",
        "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA",
    ])
    func `refuses suites without forward secrecy or AEAD, and DHE`(_ suite: String) throws {
        let authority = try TestAuthority()
        let client = try authority.client(atMost: .tls12)
        unsafe _ = SSL_CTX_set_cipher_list(client.handle.pointer, suite)
        let pair = try TLSPair(authority.server(), client)
        try pair.turnOfClient()
        #expect(throws: TLSError.nothingShared("no shared cipher")) { try pair.turnOfServer() }
        #expect(throws: TLSError.alert(code: 40, "handshake failure")) { try pair.turnOfClient() }
    }

    @Test func `refuses a group that is not on the list`() throws {
        let authority = try TestAuthority()
        let client = try authority.client()
        unsafe _ = gh_SSL_CTX_set_groups(client.handle.pointer, "X448:P-521")
        let pair = try TLSPair(authority.server(), client)
        try pair.turnOfClient()
        #expect(throws: TLSError.nothingShared("no suitable key share")) {
            try pair.turnOfServer()
        }
    }

    @Test func `refuses a client that speaks h2 alone and takes one that speaks both`() throws {
        let authority = try TestAuthority()
        let h2: [UInt8] = [2] + "h2".utf8
        let client = try authority.client()
        unsafe _ = SSL_CTX_set_alpn_protos(client.handle.pointer, h2, UInt32(h2.count))
        let pair = try TLSPair(authority.server(), client)
        try pair.turnOfClient()
        #expect(throws: TLSError.noApplicationProtocol) { try pair.turnOfServer() }
        #expect(throws: TLSError.alert(code: 120, "no application protocol")) {
            try pair.turnOfClient()
        }
        let both = h2 + ApplicationProtocol.list
        unsafe _ = SSL_CTX_set_alpn_protos(client.handle.pointer, both, UInt32(both.count))
        try TLSPair(authority.server(), client).shake()
        unsafe _ = SSL_CTX_set_alpn_protos(client.handle.pointer, nil, 0)
        try TLSPair(authority.server(), client).shake()
    }

    @Test func `refuses to renegotiate`() throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(), authority.client(atMost: .tls12))
        try pair.shake()
        pair.client.renegotiate(sending: pair.toServer)
        #expect(!pair.toServer.isEmpty)
        try pair.turnOfServer()
        #expect(throws: TLSError.protocolViolation("no renegotiation")) {
            try pair.turnOfClient()
        }
    }

    @Test(arguments: TLSVersion.allCases)
    func `refuses a forged record and gives out nothing of it`(_ version: TLSVersion) throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(), authority.client(atMost: version))
        try pair.shake()
        _ = try pair.client.encrypt(pattern(100).raw, output: pair.toServer)
        var record = drain(pair.toServer)
        record[record.count - 1] ^= 1
        pair.toServer.append(record)
        #expect(throws: TLSError.forgedRecord) { try pair.turnOfServer() }
        #expect(pair.atServer.isEmpty)
        #expect(throws: TLSError.alert(code: 20, "bad record mac")) { try pair.turnOfClient() }
    }

    // MARK: The client's side

    @Test func `refuses a server that an unknown authority vouches for`() throws {
        let authority = try TestAuthority()
        let stranger = try TestAuthority()
        let pair = try TLSPair(authority.server(), stranger.client())
        let error = #expect(throws: TLSError.self) { try pair.shake() }
        #expect(error?.label.description == "untrusted-certificate")
        let told = #expect(throws: TLSError.self) { try pair.turnOfServer() }
        #expect(told?.label.description == "alert")
        let system = try TLSClientContext()
        #expect(throws: TLSError.self) { try TLSPair(authority.server(), system).shake() }
    }

    @Test(arguments: ["other.test", "127.0.0.2", "sub.api.test", "api.test.evil"])
    func `refuses a server of another name`(_ name: String) throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(), authority.client(), name: name)
        let what = name == "127.0.0.2" ? "IP address mismatch" : "hostname mismatch"
        #expect(throws: TLSError.untrustedCertificate(what)) { try pair.shake() }
    }

    @Test(arguments: ["", "a b", "a\u{0}b", "-a", "a..b", String(repeating: "a", count: 300)])
    func `refuses to start without a name to verify`(_ name: String) throws {
        let client = try TestAuthority().client()
        #expect(throws: TLSError.internalFailure("no host name to verify")) {
            try TLSSession(client: client, serverName: name)
        }
    }

    @Test func `refuses a trust file that is missing or holds nothing`() throws {
        let folder = TemporaryFolder()
        #expect(throws: ConfigurationError.self) {
            try TLSClientContext(trust: .file(folder.path + "/none.pem"))
        }
        #expect(throws: ConfigurationError.self) {
            try TLSClientContext(trust: .file("/etc/hostname"))
        }
        #expect(throws: ConfigurationError.self) { try TLSServerContext(certificates: []) }
    }
}
