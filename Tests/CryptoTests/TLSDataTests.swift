import COpenSSL
import GatehouseCore
import Testing

@testable import GatehouseCrypto

@Suite struct TLSDataTests {
    private func pair(_ version: TLSVersion = .tls13, plaintext: Int = 65_536) throws -> TLSPair {
        let authority = try TestAuthority()
        let pair = try TLSPair(
            authority.server(), authority.client(atMost: version), plaintext: plaintext)
        try pair.shake()
        return pair
    }

    @Test(arguments: TLSVersion.allCases)
    func `carries ten mebibytes both ways`(_ version: TLSVersion) throws {
        let pair = try pair(version)
        let bytes = pattern(10 << 20)
        #expect(try pair.carry(bytes, fromClient: true) == bytes)
        #expect(try pair.carry(bytes, fromClient: false) == bytes)
    }

    @Test func `refuses data before the handshake and after the end`() throws {
        let authority = try TestAuthority()
        let pair = try TLSPair(authority.server(), authority.client())
        #expect(throws: TLSError.self) {
            try pair.client.encrypt(pattern(1).raw, output: pair.toServer)
        }
        pair.client.close(output: pair.toServer)
        #expect(pair.toServer.isEmpty)
        try pair.shake()
        pair.client.close(output: pair.toServer)
        #expect(throws: TLSError.self) {
            try pair.client.encrypt(pattern(1).raw, output: pair.toServer)
        }
    }

    @Test func `takes no more plaintext than the output has room for`() throws {
        let pair = try pair()
        for room in [100, 256, 257, 300, 1_000, 16_384, 16_640, 16_641, 40_000] {
            let output = Buffer(capacity: room)
            let taken = try pair.server.encrypt(pattern(70_000).raw, output: output)
            #expect(room <= 256 ? taken == 0 : taken > 0)
            #expect(taken <= room)
            _ = try pair.client.process(
                input: output, plaintext: pair.atClient, output: pair.toServer)
            #expect(drain(pair.atClient) == Array(pattern(70_000)[..<taken]))
        }
        #expect(try pair.server.encrypt([UInt8]().raw, output: pair.toClient) == 0)
        #expect(pair.toClient.isEmpty)
    }

    @Test func `says that plaintext is full and gives the rest without new input`() throws {
        let pair = try pair(plaintext: 1_000)
        _ = try pair.client.encrypt(pattern(2_500).raw, output: pair.toServer)
        var received: [UInt8] = []
        for expected in [TLSSession.Progress.plaintextFull, .plaintextFull, .needsInput] {
            #expect(try pair.turnOfServer() == expected)
            #expect(pair.server.hasBufferedInput == (expected == .plaintextFull))
            #expect(pair.toServer.isEmpty)
            received += drain(pair.atServer)
        }
        #expect(received == pattern(2_500))
    }

    @Test(arguments: TLSVersion.allCases)
    func `tells a proper end from a cut one`(_ version: TLSVersion) throws {
        let pair = try pair(version)
        _ = try pair.client.encrypt(pattern(10).raw, output: pair.toServer)
        pair.client.close(output: pair.toServer)
        let length = pair.toServer.count
        pair.client.close(output: pair.toServer)
        #expect(pair.toServer.count == length)
        #expect(try pair.turnOfServer() == .closed)
        #expect(pair.atServer.count == 10)
        #expect(try pair.turnOfServer() == .closed)
        // Half closed: the other direction goes on (RFC 8446 section 6.1).
        #expect(try pair.carry(pattern(50), fromClient: false) == pattern(50))
        pair.server.close(output: pair.toClient)
        #expect(try pair.turnOfClient() == .closed)
    }

    @Test(arguments: TLSVersion.allCases)
    func `replaces its key before AES-GCM's margin ends, where the version can`(
        _ version: TLSVersion
    ) throws {
        let pair = try pair(version)
        pair.server.recordsPerKeyMax = 3
        for _ in 0..<20 {
            #expect(try pair.carry(pattern(30), fromClient: false) == pattern(30))
        }
        #expect(try pair.carry(pattern(30), fromClient: true) == pattern(30))
    }

    @Test func `answers a peer's wish for new keys`() throws {
        let pair = try pair()
        #expect(pair.client.askForNewKeys())
        for _ in 0..<3 {
            #expect(try pair.carry(pattern(30), fromClient: true) == pattern(30))
            #expect(try pair.carry(pattern(30), fromClient: false) == pattern(30))
        }
    }

    @Test func `ignores what other code left on OpenSSL's error queue`() throws {
        let pair = try pair()
        soilErrorQueue()
        #expect(try pair.turnOfServer() == .needsInput)
        soilErrorQueue()
        #expect(try pair.carry(pattern(30), fromClient: true) == pattern(30))
        #expect(ERR_peek_error() == 0)
    }
}

/// A look-up that fails leaves an entry behind.
private func soilErrorQueue() {
    unsafe _ = BIO_new_file("/nonexistent/gatehouse", "r")
    #expect(ERR_peek_error() != 0)
}
