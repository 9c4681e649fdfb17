import COpenSSL
import GatehouseCore
import Testing

@testable import GatehouseCrypto

/// Costs that a change could raise unnoticed. Each runs in a process of its own, because OpenSSL
/// takes a counting allocator only before its first allocation.
@Suite struct TLSCostTests {
    @Test func `holds at most 24 KiB for an idle session of TLS 1.3, and of 1.2`() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try #require(OpenSSLHeap.watch())
            let authority = try TestAuthority()
            let context = try authority.server()
            for version in TLSVersion.allCases {
                let client = try authority.client(atMost: version)
                let held = try IdleSessions(1_000, context, client).bytesEach
                print("TLS: an idle server session of \(version) holds \(held) bytes")
                #expect(held > 0)
                #expect(held <= 24 * 1_024)
            }
        }
        show(result)
    }

    @Test func `gives all of a session's memory back`() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try #require(OpenSSLHeap.watch())
            let authority = try TestAuthority()
            let context = try authority.server()
            let client = try authority.client()
            func round() throws {
                let pair = try TLSPair(context, client)
                try pair.shake()
                _ = try pair.carry(pattern(100), fromClient: true)
                pair.toServer.append([1, 2, 3, 4, 5, 6])
                #expect(throws: TLSError.self) { try pair.turnOfServer() }
            }
            for _ in 0..<10 { try round() }
            let before = OpenSSLHeap.bytes
            for _ in 0..<200 { try round() }
            let grown = OpenSSLHeap.bytes - before
            print("TLS: 200 sessions leave \(grown) bytes behind")
            #expect(grown < 4_096)
        }
        show(result)
    }

    /// Three blocks a side are OpenSSL's own: the record buffer, which is given back after each
    /// record, and small packet writers. We add none.
    @Test func `adds no allocation to OpenSSL's six for a record sent and received`() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try #require(OpenSSLHeap.watch())
            let authority = try TestAuthority()
            let pair = try TLSPair(authority.server(), authority.client())
            try pair.shake()
            let bytes = pattern(300)
            _ = try pair.carry(bytes, fromClient: false)
            let before = OpenSSLHeap.allocations
            for _ in 0..<1_000 {
                pair.toClient.clear()
                pair.atClient.clear()
                _ = try pair.server.encrypt(bytes.raw, output: pair.toClient)
                _ = try pair.client.process(
                    input: pair.toClient, plaintext: pair.atClient, output: pair.toServer)
            }
            let each = Double(OpenSSLHeap.allocations - before) / 1_000
            print("TLS: a record sent and received allocates \(each) blocks")
            #expect(each <= 6)
        }
        show(result)
    }
}

/// What the other process printed of ours.
private func show(_ result: ExitTest.Result?) {
    let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    for line in text.split(separator: "\n") where line.hasPrefix("TLS:") { print(line) }
}

/// Established sessions whose clients are gone.
private struct IdleSessions {
    let bytesEach: Int

    init(_ count: Int, _ context: TLSServerContext, _ client: TLSClientContext) throws {
        var sessions: [TLSSession] = []
        let before = OpenSSLHeap.bytes
        for _ in 0..<count {
            let pair = try TLSPair(context, client)
            try pair.shake()
            _ = try pair.carry(pattern(300), fromClient: true)
            _ = try pair.carry(pattern(300), fromClient: false)
            sessions.append(pair.server)
        }
        bytesEach = (OpenSSLHeap.bytes - before) / count
        #expect(sessions.count == count)
    }
}
