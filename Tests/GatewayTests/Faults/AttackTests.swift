import Foundation
import Glibc
import TestSupport
import Testing

/// Slow and greedy clients: each is cut off, and a well-behaved one is served all the while.
@Suite(.serialized) struct AttackTests {
    private static let clocks = "timeouts: { header: 300ms, idle: 300ms, body-rate-min: 1MiB/s }"

    private func gate(_ extra: String) throws -> FaultGate {
        let upstream = try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                if head.contains("chunked") { continue }
                peer.answer("well")
            }
        }
        return try FaultGate(FaultGate.configuration(servers: [upstream.port], extra: extra))
    }

    /// Whether the gate answers others.
    private func serves(_ gate: FaultGate) throws -> Bool {
        try gate.get("/fixed").hasSuffix("fixed") && gate.get("/a").hasSuffix("well")
    }

    @Test func `cuts slow heads off, however they trickle`() throws {
        let gate = try gate(Self.clocks)
        let slow = try (0..<50).map { _ in try gate.client() }
        for client in slow { client.send("GET /a HTTP/1.1\r\nHost: lo") }
        #expect(try serves(gate))
        let trickle = try gate.client()
        trickle.send("GET /a HTTP/1.1\r\n")
        let isCut = try eventually {
            trickle.send("X: y\r\n")
            return try gate.metric("gatehouse_connections_open") == 0
        }
        #expect(isCut)
        for client in slow { #expect(client.receiveAll().status == 408) }
        #expect(try serves(gate))
    }

    @Test func `cuts a slow head off behind a pipelined request`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<40 { peer.send("400\r\n" + String(repeating: "x", count: 1_024) + "\r\n") }
            peer.send("0\r\n\r\n")
            _ = peer.head()
        }
        let gate = try FaultGate(
            FaultGate.configuration(servers: [upstream.port], extra: Self.clocks))
        let client = try gate.client()
        client.send(FaultGate.request("/a") + "GET /b HTTP/1.1\r\nHo")
        let seen = client.receiveAll()
        #expect(seen.status == 200)
        #expect(seen.contains("\r\n0\r\n\r\nHTTP/1.1 408 "))
    }

    @Test func `ends idle connections`() throws {
        let gate = try gate(Self.clocks)
        let silent = try gate.client()
        let kept = try gate.client()
        kept.send(FaultGate.request("/fixed"))
        #expect(kept.response().hasSuffix("fixed"))
        #expect(kept.isClosed() && silent.isClosed())
        #expect(try serves(gate))
    }

    @Test func `refuses a slow body`() throws {
        let gate = try gate(Self.clocks)
        let client = try gate.client()
        client.send(FaultGate.request("/a", "Transfer-Encoding: chunked", method: "POST"))
        client.send("1\r\na\r\n")
        #expect(try serves(gate))
        #expect(client.receiveAll().status == 408)
        #expect(try serves(gate))
    }

    @Test func `refuses connections over a client's limit, and takes them again afterwards`() throws
    {
        let gate = try gate("connections: { max: 100, per-client: 8 }")
        try flood(gate, limit: 8, "too-many-for-client")
    }

    @Test func `refuses connections over the limit of all clients`() throws {
        let gate = try gate("connections: { max: 8, per-client: 8 }")
        try flood(gate, limit: 8, "too-many-connections")
    }

    private func flood(_ gate: FaultGate, limit: Int, _ reason: String) throws {
        let kept = try gate.client()
        kept.send(FaultGate.request("/fixed"))
        #expect(kept.response().hasSuffix("fixed"))
        var flood = (0..<200).compactMap { _ in try? gate.client() }
        #expect(
            try eventually {
                try gate.metric("gatehouse_connections_refused_total{reason=\"\(reason)\"}")
                    == 200 - (limit - 1)
            })
        #expect(try gate.metric("gatehouse_connections_open") == limit)
        kept.send(FaultGate.request("/a"))
        #expect(kept.response().hasSuffix("well"))
        #expect(flood.count == 200)
        flood = []
        #expect(try eventually { try gate.metric("gatehouse_connections_open") == 1 })
        #expect(try serves(gate))
    }

    @Test func `refuses heads that never end`() throws {
        let gate = try gate("")
        for flood in [
            String(repeating: "X: y\r\n", count: 10_000),
            "X: " + String(repeating: "y", count: 100_000),
            String(repeating: "X: " + String(repeating: "y", count: 4_000) + "\r\n", count: 100),
        ] {
            let client = try gate.client()
            client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n" + flood)
            #expect(try serves(gate))
            #expect(client.receiveAll().status == 431)
        }
        let client = try gate.client()
        client.send("GET /" + String(repeating: "a", count: 100_000))
        #expect(client.receiveAll().status == 414)
        #expect(try serves(gate))
    }

    @Test func `gives others a turn while one client pipelines without end`() throws {
        let gate = try gate("connections: { requests-max: 2000 }")
        let greedy = try gate.client()
        greedy.send(String(repeating: FaultGate.request("/fixed"), count: 3_000))
        #expect(try serves(gate))
        let answers = greedy.receiveAll()
        #expect(answers.ranges(of: "HTTP/1.1 200 OK").count == 2_000)
        #expect(try serves(gate))
    }
}
