import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
import GatehouseTransport
import TestSupport
import Testing

@Suite struct TLSServerTests {
    @Test func `a record that arrives in pieces is no end of the stream`() throws {
        let harness = try TLSHarness { ok($0.path) }
        let client = try harness.client()
        for index in 0..<3 {
            let record = try client.encrypted("GET /\(index) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for piece in [record.prefix(9), record.dropFirst(9).prefix(20), record.dropFirst(29)] {
                client.raw.send(Array(piece))
                // The server reads this piece by itself before the next is sent.
                let other = try RawClient(port: harness.server.port)
                other.endSending()
                #expect(other.receiveAll().isEmpty)
            }
            #expect(try client.response().hasSuffix("\r\n\r\n/\(index)"))
        }
    }

    @Test func `takes an upload that is larger than every buffer`() throws {
        let harness = try TLSHarness { request in
            request.body.limit = .mebibytes(8)
            await request.loopContext?.loop.sleep(for: .milliseconds(100))
            return ok("\((try? await request.body.collect().count) ?? -1)")
        }
        let client = try harness.client()
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n"
        client.raw.send(try client.encrypted(head + String(repeating: "x", count: 3_000_000)))
        #expect(try client.response().hasSuffix("\r\n\r\n3000000"))
    }
}

/// A TLS server with a certificate of its own authority.
final class TLSHarness {
    let server: ServerHarness
    private let folder: URL
    private let authority: String

    init(
        limits: ConnectionLimits = ConnectionLimits(), _ handler: @escaping TestService.Handler
    ) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files = try LocalAuthority.ensure(in: folder.path, hosts: ["localhost"], now: .now)
        authority = files.authority
        let certificate = try TLSCertificate(certificate: files.certificate, key: files.key)
        server = try ServerHarness(
            limits: limits, transport: .https,
            tls: try TLSServerContext(certificates: [certificate], minimum: .tls12), handler)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// - Parameters:
    ///   - pieces: bytes of the handshake that are sent at once.
    ///   - breaksOff: whether it answers the server's part with what is no TLS.
    func client(pieces: Int = .max, breaksOff: Bool = false) throws -> TLSRawClient {
        try TLSRawClient(
            RawClient(port: server.port), trust: try TLSClientContext(trust: .file(authority)),
            pieces: pieces, breaksOff: breaksOff)
    }
}

/// A TLS client that decides how its records are cut.
final class TLSRawClient {
    let raw: RawClient
    private let session: TLSSession
    private let plaintext = Buffer(capacity: 1 << 20)
    private let pieces: Int

    init(
        _ raw: RawClient, trust: TLSClientContext, pieces: Int = .max, breaksOff: Bool = false
    ) throws {
        self.raw = raw
        self.pieces = pieces
        session = try TLSSession(client: trust, serverName: "localhost")
        try take([])
        if breaksOff {
            _ = raw.receive()
            raw.send("no TLS")
            return
        }
        while !session.isHandshakeComplete { try take(raw.receive()) }
    }

    private func take(_ bytes: [UInt8]) throws {
        let input = Buffer(capacity: max(bytes.count, 1))
        input.append(bytes)
        let output = Buffer(capacity: 65_536)
        _ = try session.process(input: input, plaintext: plaintext, output: output)
        var rest = Self.bytes(output)[...]
        while !rest.isEmpty {
            raw.send(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
    }

    func encrypted(_ text: String) throws -> [UInt8] {
        let (input, output) = (Buffer(capacity: text.utf8.count), Buffer(capacity: 65_536))
        input.append(Array(text.utf8))
        var all: [UInt8] = []
        while !input.isEmpty {
            input.consume(try session.encrypt(input.readable, output: output))
            all += Self.bytes(output)
            output.clear()
        }
        return all
    }

    /// The next response whose body has no line end.
    func response() throws -> String {
        plaintext.clear()
        var text = ""
        while text.range(of: "\r\n\r\n") == nil || text.hasSuffix("\r\n\r\n") {
            let bytes = raw.receive()
            if bytes.isEmpty { break }
            try take(bytes)
            text = String(decoding: Self.bytes(plaintext), as: UTF8.self)
        }
        return text
    }

    private static func bytes(_ buffer: Buffer) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(buffer.readable)
        return bytes
    }
}
