import Foundation
import TestSupport
import Testing

/// A listener behind a balancer that speaks the PROXY protocol.
@Suite(.serialized) struct ProxyHeaderTests {
    private static let listener =
        #"listeners: [{ address: "127.0.0.1:0", protocol: http, proxy-protocol: true }]"#

    private static let version2: [UInt8] =
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    private func gate(_ upstream: ScriptedUpstream, _ more: String = "") throws -> FaultGate {
        try FaultGate(
            FaultGate.configuration(
                servers: [upstream.port], extra: Self.listener + "\n" + more,
                access: "./access.log"))
    }

    /// An upstream that answers with the head it received.
    private func mirror() throws -> ScriptedUpstream {
        try ScriptedUpstream { peer, _ in
            while let head = peer.head() { peer.answer(head) }
        }
    }

    @Test(arguments: [
        "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PROXY TCP4 203.0.113.7 127.0.0.1 70000 80\r\nGET /a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PROXY TCP4 203.0.113.07 127.0.0.1 1 80\r\nGET /a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PROXY TCP4 2001:db8::1 127.0.0.1 1 80\r\nGET /a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PROXY TCP4 203.0.113.7 127.0.0.1 1 80\nGET /a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PROXY " + String(repeating: "x", count: 200),
    ])
    func `closes a connection that begins with anything else`(_ garbage: String) throws {
        let upstream = try mirror()
        let gate = try gate(upstream)
        let client = try gate.client()
        client.send(garbage)
        #expect(client.receiveAll().isEmpty)
        #expect(upstream.connections == 0)
        #expect(try eventually { try gate.metric("gatehouse_connections_open") == 0 })
    }

    @Test func `closes a connection with a broken binary header`() throws {
        let upstream = try mirror()
        let gate = try gate(upstream)
        for rest: [UInt8] in [
            [0x31, 0x11, 0, 12], [0x2F, 0x11, 0, 12], [0x21, 0x11, 0, 4, 1, 2, 3, 4],
        ] {
            let client = try gate.client()
            client.send(
                Self.version2 + rest + [UInt8](repeating: 0, count: 12)
                    + Array(FaultGate.request("/a").utf8))
            #expect(client.receiveAll().isEmpty)
        }
        #expect(upstream.connections == 0)
    }

    @Test func `cuts a connection off whose header does not come`() throws {
        let gate = try gate(try mirror(), "timeouts: { handshake: 300ms }")
        let (silent, half) = (try gate.client(), try gate.client())
        half.send("PROXY TCP4 203.0.113.7 ")
        #expect(silent.isClosed() && half.isClosed())
    }

    @Test func `takes the client's address from a text header`() throws {
        try expectClient(Array("PROXY TCP4 203.0.113.7 192.0.2.1 5555 443\r\n".utf8), "203.0.113.7")
        try expectClient(
            Array("PROXY TCP6 2001:db8::7 2001:db8::1 5555 443\r\n".utf8), "2001:db8::7")
    }

    @Test func `takes the client's address from a binary header`() throws {
        try expectClient(
            Self.version2 + [0x21, 0x11, 0, 12, 203, 0, 113, 9, 192, 0, 2, 1, 0x15, 0xB3, 1, 0xBB],
            "203.0.113.9")
    }

    /// What the balancer asks for itself (LOCAL) has the balancer's address.
    @Test func `keeps the peer's address for the balancer's own connections`() throws {
        try expectClient(Self.version2 + [0x20, 0, 0, 0], "127.0.0.1")
        try expectClient(Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1")
    }

    private func expectClient(_ header: [UInt8], _ address: String) throws {
        let gate = try gate(try mirror())
        let client = try gate.client()
        let forged = FaultGate.request("/a", "X-Forwarded-For: 198.51.100.1")
        client.send(header + Array((forged + forged).utf8))
        for _ in 0..<2 {
            let seen = client.response()
            #expect(seen.status == 200)
            #expect(seen.contains("X-Forwarded-For: \(address)\r\n"))
            #expect(!seen.contains("198.51.100.1"))
        }
        let path = gate.folder.path + "/access.log"
        let isLogged = eventually {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
                .contains("\"\(address)\"")
        }
        #expect(isLogged)
    }

    @Test func `counts connections by the client behind the balancer`() throws {
        let gate = try gate(try mirror(), "connections: { max: 100, per-client: 1 }")
        func connect(_ last: Int) throws -> RawClient {
            let client = try gate.client()
            client.send(
                "PROXY TCP4 203.0.113.\(last) 192.0.2.1 5555 443\r\n" + FaultGate.request("/fixed"))
            return client
        }
        let (first, other) = (try connect(1), try connect(2))
        #expect(first.response().status == 200 && other.response().status == 200)
        #expect(try connect(1).receiveAll().isEmpty)
    }
}
