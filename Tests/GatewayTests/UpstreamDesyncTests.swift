import Foundation
import Gatehouse
import GatehouseCore
import GatehouseTransport
import TestSupport
import Testing

/// What an upstream's timing must not do to the next request.
@Suite struct UpstreamDesyncTests {
    private static let early = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly".utf8)

    @Test func `an answer before the body's end costs the connection`() throws {
        let upstream = try TestUpstream(.bytesBeforeBody(Self.early))
        let gate = try RunningGate(upstream)
        let uploader = try RawClient(port: gate.port)
        uploader.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
        for _ in 0..<4_000 { uploader.send([UInt8](repeating: 0x78, count: 1_000)) }
        #expect(uploader.receiveAll().hasSuffix("early"))
        upstream.answer(TestUpstream.usual)
        let next = try RawClient(port: gate.port)
        next.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(next.response().hasSuffix("upstream\"}"))
        #expect(upstream.connections == 2)
    }

    @Test func `pipelining clients don't open more connections than are allowed`() throws {
        let upstream = try TestUpstream()
        let gate = try RunningGate(upstream)
        let clients = try (0..<8).map { _ in try RawClient(port: gate.port) }
        let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
        for client in clients { client.send(String(repeating: request, count: 30)) }
        for client in clients {
            for _ in 0..<30 { #expect(client.response().hasPrefix("HTTP/1.1 200 ")) }
        }
        #expect(upstream.connections <= 2)
    }

    @Test func `a client that reads slowly does not use up the upstream's time`() throws {
        let size = 32 << 20
        let upstream = try TestUpstream(.flood(bytes: size))
        let gate = try RunningGate(upstream)
        let client = try RawClient(port: gate.port)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        var received = client.receive().count
        let pause = MonotonicTime.now + .milliseconds(900)
        _ = eventually { MonotonicTime.now > pause }
        while true {
            let count = client.receive().count
            if count == 0 { break }
            received += count
        }
        #expect(received > size)
    }

    @Test func `a reload leaves each listener with the rules it was opened with`() throws {
        let upstream = try TestUpstream()
        let gate = try RunningGate(
            upstream, listeners: [("127.0.0.1:0", "redirect"), ("127.0.0.2:0", "https")])
        var next = gate.configuration
        let plain = try RunningGate.configuration(
            upstream, [("127.0.0.1:0", "http")], gate.folder.path)
        next.listeners = plain.listeners + next.listeners
        gate.gateway.reload(next)
        #expect(
            (0..<20).allSatisfy { _ in
                guard let client = try? RawClient(port: gate.port) else { return false }
                client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
                return client.response().hasPrefix("HTTP/1.1 403 ")
            })
    }
}

@Suite struct UpstreamTargetTests {
    @Test func `a server that nobody checks is left alone for a while, not for ever`() {
        let target = UpstreamTarget(host: "127.0.0.1", port: 1, tls: nil, unhealthyAfter: 2)
        let now = MonotonicTime.now + .seconds(3_600)
        #expect(target.note(success: false, at: now) == nil)
        #expect(target.isHealthy)
        #expect(target.note(success: false, at: now) == false)
        #expect(!target.isHealthy)
        #expect(!target.isRested(at: now + .seconds(9)))
        #expect(target.isRested(at: now + .seconds(10)))
        target.answered()
        #expect(target.isHealthy)
    }

    @Test func `failures with answers between them are no row`() {
        let target = UpstreamTarget(host: "127.0.0.1", port: 1, tls: nil, unhealthyAfter: 2)
        for _ in 0..<5 {
            #expect(target.note(success: false) == nil)
            target.answered()
        }
        #expect(target.isHealthy)
    }

    @Test func `a server whose health is checked comes back by its checks alone`() {
        let target = UpstreamTarget(
            host: "127.0.0.1", port: 1, tls: nil, unhealthyAfter: 1, healthyAfter: 1,
            isWatched: true)
        let now = MonotonicTime.now
        #expect(target.note(success: false, at: now) == false)
        target.answered()
        #expect(!target.isHealthy && !target.isRested(at: now + .seconds(60)))
        #expect(target.note(success: true) == true)
        #expect(target.isHealthy)
    }
}

/// A gate in front of one upstream.
final class RunningGate {
    let folder: URL
    let configuration: Configuration
    let gateway: Gateway
    var port: UInt16 { gateway.addresses[0].port }

    init(
        _ upstream: TestUpstream,
        listeners: [(address: String, protocol: String)] = [("127.0.0.1:0", "http")]
    ) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        configuration = try Self.configuration(upstream, listeners, folder.path)
        gateway = try Application(configuration).start()
    }

    deinit {
        gateway.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    static func configuration(
        _ upstream: TestUpstream, _ listeners: [(address: String, protocol: String)],
        _ folder: String
    ) throws -> Configuration {
        let listeners = listeners.map { "{ address: '\($0.address)', protocol: \($0.protocol) }" }
        let text = """
            data: ./data
            hosts: [a]
            listeners: [\(listeners.joined(separator: ", "))]
            admin: { enabled: false }
            upstreams:
              api: { servers: ["http://127.0.0.1:\(upstream.port)"], response-timeout: 300ms,
                connections-max: 2 }
            routes:
              - { path: /a, access: anyone, methods: [GET, POST], upstream: api, body-max: 16MiB }
            input: { content-types: ["*/*"] }
            log: { level: error, access: "off" }
            server: { loops: 1 }
            """
        return try Configuration.parse(
            Array(text.utf8), name: "test", folder: folder,
            surroundings: Surroundings(
                environment: { _ in nil }, file: { FileLook(path: $0, bytesMax: $1) })
        ).configuration
    }
}
