import Foundation
import TestSupport
import Testing

/// Upstreams that die, hang or lie: what the client sees, and that the next request is fine.
@Suite(.serialized) struct UpstreamFaultTests {
    private func gate(
        _ upstream: ScriptedUpstream, _ settings: String = ""
    ) throws -> FaultGate {
        try FaultGate(FaultGate.configuration(servers: [upstream.port], upstream: settings))
    }

    @Test(arguments: [
        "Content-Length: 1000\r\n\r\npart",
        "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
        "Transfer-Encoding: chunked\r\n\r\n400\r\npart",
        "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n0\r\n",
    ])
    func `breaks a response off whose upstream died in the middle`(_ answer: String) throws {
        let upstream = try ScriptedUpstream { peer, index in
            guard index == 0 else { return peer.answerAll("well") }
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\n" + answer)
        }
        let gate = try gate(upstream)
        let client = try gate.client()
        client.send(FaultGate.request("/a"))
        let seen = client.receiveAll()
        #expect(!seen.contains("\r\n0\r\n\r\n") && !seen.hasSuffix("0\r\n"))
        if seen.contains("Content-Length: 1000") { #expect(seen.afterHead.utf8.count < 1_000) }
        #expect(client.isClosed())
        #expect(try gate.get("/b").hasSuffix("well"))
        #expect(try eventually { try gate.metric("gatehouse_connections_open") == 0 })
    }

    /// Without a length an end is all that says "complete" (RFC 9112 section 8): a reset.
    @Test func `resets a connection of HTTP 1.0 when the upstream died in the middle`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
        }
        let gate = try gate(upstream)
        let probe = try StreamEnd(port: gate.port)
        #expect(probe.end(after: "GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n") == .reset)
    }

    @Test func `repeats a GET once when a kept connection turns out to be closed`() throws {
        let upstream = try ScriptedUpstream { peer, index in
            guard index == 0 else { return peer.answerAll("again") }
            _ = peer.head()
            peer.answer("first")
            _ = peer.head()
        }
        let gate = try gate(upstream)
        let client = try gate.client()
        for expected in ["first", "again"] {
            client.send(FaultGate.request("/a"))
            #expect(client.response().hasSuffix(expected))
        }
        #expect(upstream.connections == 2)
    }

    @Test(arguments: ["POST", "PATCH"])
    func `never repeats what may have happened`(_ method: String) throws {
        let seen = Tally()
        let upstream = try ScriptedUpstream { peer, index in
            _ = peer.head()
            if index == 0 { peer.answer("first") } else { seen.add(1) }
            if peer.head() != nil { seen.add(1) }
        }
        let gate = try gate(upstream)
        let client = try gate.client()
        client.send(FaultGate.request("/a"))
        #expect(client.response().hasSuffix("first"))
        client.send(FaultGate.request("/a", "Content-Length: 0", method: method))
        let answer = client.response()
        #expect(answer.status == 502 && answer.contains("upstream-unavailable"))
        #expect(seen.value == 1)
        #expect(upstream.connections == 1)
    }

    @Test func `repeats no GET whose first connection dies without an answer`() throws {
        let upstream = try ScriptedUpstream { peer, _ in _ = peer.head() }
        let gate = try gate(upstream)
        #expect(try gate.get("/a").status == 502)
        #expect(upstream.connections == 1)
    }

    @Test func `answers 502 when the upstream is down`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.answer("well")
        }
        let gate = try gate(upstream)
        #expect(try gate.get("/a").status == 200)
        upstream.stop()
        let port = upstream.port
        #expect(try gate.get("/a").status == 502)
        #expect(try gate.get("/a").contains("upstream-unavailable"))
        #expect(try gate.get("/fixed").hasSuffix("fixed"))
        let back = try ScriptedUpstream(port: port) { peer, _ in peer.answerAll("back") }
        #expect(try gate.get("/a").hasSuffix("back"))
        back.stop()
    }

    @Test func `answers everything while one of two servers is dead, and notices its return`()
        throws
    {
        let well = try ScriptedUpstream { peer, _ in peer.answerAll("well") }
        let dead = try ScriptedUpstream { _, _ in }
        let port = dead.port
        dead.stop()
        let health = """
            , health: { path: /up, interval: 100ms, timeout: 500ms, unhealthy-after: 2,
                healthy-after: 2 }
            """
        let gate = try FaultGate(
            FaultGate.configuration(servers: [well.port, port], upstream: health))
        for _ in 0..<20 { #expect(try gate.get("/a").hasSuffix("well")) }
        #expect(try eventually { try healthy(gate, port) == 0 })
        for _ in 0..<20 { #expect(try gate.get("/a").hasSuffix("well")) }
        #expect(try gate.metric(sample(well.port)) == 1)
        let back = try ScriptedUpstream(port: port) { peer, _ in peer.answerAll("back") }
        #expect(try eventually { try healthy(gate, port) == 1 })
        let answers = Set(try (0..<8).map { _ in try gate.get("/a").afterHead })
        #expect(answers == ["well", "back"])
        back.stop()
    }

    private func sample(_ port: UInt16) -> String {
        #"gatehouse_upstream_healthy{upstream="api",server="127.0.0.1:\#(port)"}"#
    }

    private func healthy(_ gate: FaultGate, _ port: UInt16) throws -> Int? {
        try gate.metric(sample(port))
    }

    @Test func `answers 504 when the upstream never answers, and serves others meanwhile`() throws {
        let upstream = try ScriptedUpstream { peer, _ in while peer.head() != nil {} }
        let gate = try gate(upstream, ", response-timeout: 300ms")
        let client = try gate.client()
        client.send(FaultGate.request("/a"))
        #expect(try gate.get("/fixed").hasSuffix("fixed"))
        let answer = client.response()
        #expect(answer.status == 504 && answer.contains("upstream-timeout"))
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: \u{0}\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "a", count: 100_000) + "\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 100),
    ])
    func `answers 502 in place of nonsense`(_ nonsense: String) throws {
        let upstream = try ScriptedUpstream { peer, index in
            guard index == 0 else { return peer.answerAll("well") }
            _ = peer.head()
            peer.send(nonsense)
            _ = peer.head()
        }
        let gate = try gate(upstream)
        let answer = try gate.get("/a")
        #expect(answer.status == 502 && answer.contains("upstream-invalid"))
        #expect(!answer.contains("OpenSSH"))
        #expect(try gate.get("/b").hasSuffix("well"))
    }

    /// Response splitting by a second answer that nobody asked for (PITFALLS 108).
    @Test func `never hands an unasked answer to the next request`() throws {
        let upstream = try ScriptedUpstream { peer, index in
            guard index == 0 else { return peer.answerAll("well") }
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
            _ = peer.head()
        }
        let gate = try gate(upstream)
        #expect(try gate.get("/a").hasSuffix("\r\n\r\na"))
        #expect(try gate.get("/b").hasSuffix("well"))
    }

    @Test func `skips interim responses`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            peer.answer("well")
        }
        let gate = try gate(upstream)
        let answer = try gate.get("/a")
        #expect(answer.status == 200 && answer.hasSuffix("well") && !answer.contains("Link"))
    }

    /// The client may send all but the end, a part, or nothing before it waits for the answer.
    @Test(arguments: [999_000, 1_000, 0])
    func `passes an answer on that comes before the body is complete`(_ sent: Int) throws {
        let upstream = try ScriptedUpstream { peer, index in
            guard index == 0 else { return peer.answerAll("well") }
            _ = peer.head()
            peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
            while !peer.body().isEmpty {}
        }
        let gate = try gate(upstream)
        let client = try gate.client()
        client.send(FaultGate.request("/a", "Content-Length: 1000000", method: "POST"))
        client.send([UInt8](repeating: 0x61, count: sent))
        let answer = client.response()
        #expect(answer.status == 413 && !answer.contains("body over the limit"))
        #expect(try gate.get("/b").hasSuffix("well"))
    }

    @Test func `goes on with a body after an interim response`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            var count = 0
            while count < 1_000_000 {
                let piece = peer.body()
                if piece.isEmpty { return }
                count += piece.count
            }
            peer.answer("all of it")
        }
        let gate = try gate(upstream)
        let client = try gate.client()
        client.send(FaultGate.request("/a", "Content-Length: 1000000", method: "POST"))
        for _ in 0..<1_000 { client.send([UInt8](repeating: 0x61, count: 1_000)) }
        let answer = client.response()
        #expect(answer.status == 200 && answer.hasSuffix("all of it"))
    }
}
