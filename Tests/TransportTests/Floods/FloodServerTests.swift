import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
import Synchronization
import TestSupport
import Testing

@testable import GatehouseTransport

/// What a server does with floods, on sockets: 127.0.0.1 attacks, 127.0.0.2 asks meanwhile.
@Suite struct FloodServerTests {
    private func harness(_ change: (inout ConnectionLimits) -> Void) throws -> ServerHarness {
        var limits = ConnectionLimits()
        change(&limits)
        return try ServerHarness(limits: limits) { _ in ok() }
    }

    private func serves(_ harness: ServerHarness, source: UInt8 = 2) throws -> Bool {
        let client = try RawClient(port: harness.port, source: source)
        client.send(simple)
        return client.response().hasSuffix("ok")
    }

    private func events(_ harness: ServerHarness, _ text: String) -> Int {
        harness.service.events.withLock { $0.count { $0.contains(text) } }
    }

    @Test func `closes connections over an address's rate at once, and no other's`() throws {
        let harness = try harness {
            $0.floods.connections = RateAllowance(1, per: .seconds(3_600), burst: 3)
        }
        for _ in 0..<3 { #expect(try serves(harness, source: 1)) }
        let refused = try harness.client()
        refused.send(simple)
        #expect(refused.receiveAll().isEmpty)
        #expect(try serves(harness))
        #expect(events(harness, "connectionRate") == 1)
    }

    @Test func `holds a proxied client to its rate, and a trusted proxy to none`() throws {
        var limits = ConnectionLimits()
        limits.floods.connections = RateAllowance(1, per: .seconds(3_600), burst: 1)
        limits.floods.exempt = [try IPNetwork("127.0.0.1")]
        let proxied = try ServerHarness(limits: limits, proxyHeader: true) { _ in ok() }
        func ask(_ source: String) throws -> String {
            let client = try proxied.client()
            client.send("PROXY TCP4 \(source) 192.0.2.9 1 2\r\n" + simple)
            return client.response()
        }
        #expect(try ask("192.0.2.1").hasSuffix("ok"))
        #expect(try ask("192.0.2.1").isEmpty)
        #expect(try ask("192.0.2.2").hasSuffix("ok"))
        let plain = try ServerHarness(limits: limits) { _ in ok() }
        for _ in 0..<20 { #expect(try serves(plain, source: 1)) }
        #expect(try serves(plain))
        #expect(throws: (any Error).self) {
            guard try serves(plain) else { throw SocketError.disconnected }
        }
    }

    @Test func `bars an address that sends what is no HTTP`() throws {
        let harness = try harness {
            $0.floods.badRequests = RateAllowance(5, per: .seconds(3_600), burst: 5)
            $0.floods.penalty = .seconds(3_600)
        }
        for _ in 0..<6 {
            let client = try harness.client()
            client.send("no HTTP at all\r\n\r\n")
            #expect(client.receiveAll().hasPrefix("HTTP/1.1 400 "))
        }
        let barred = try harness.client()
        barred.send(simple)
        #expect(barred.receiveAll().isEmpty)
        #expect(try serves(harness))
        #expect(events(harness, "barred") == 1)
    }

    @Test func `bars for broken chunks as for broken heads`() throws {
        var limits = ConnectionLimits()
        limits.floods.badRequests = RateAllowance(2, per: .seconds(3_600), burst: 2)
        let harness = try ServerHarness(limits: limits) { request in
            do { return ok("\(try await request.body.collect().count)") } catch {
                return .status(400)
            }
        }
        for _ in 0..<3 {
            let client = try harness.client()
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            #expect(client.receiveAll().hasPrefix("HTTP/1.1 400 "))
        }
        #expect(try harness.client().receiveAll().isEmpty)
    }

    @Test func `cuts a head off that falls below the rate, long before its time is over`() throws {
        let harness = try harness {
            $0.headerTimeout = .seconds(3_600)
            $0.headerGrace = .milliseconds(200)
            $0.headerRateMin = 1_000_000
        }
        let client = try harness.client()
        client.send("GET / HTTP/1.1\r\nHo")
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 408 "))
        #expect(events(harness, "cut(") == 1)
    }

    @Test func `a trickling head ends at its total time however it keeps the rate`() throws {
        let harness = try harness {
            $0.headerTimeout = .milliseconds(300)
            $0.headerRateMin = 1
        }
        let client = try harness.client()
        client.send("GET / HTTP/1.1\r\n")
        for _ in 0..<3 { client.send("X: y\r\n") }
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `cuts a reader off that trickles`() throws {
        var limits = ConnectionLimits()
        limits.writeTimeout = .milliseconds(300)
        limits.writeRateMin = 1 << 30
        let harness = try ServerHarness(limits: limits) { _ in
            Response(body: .stream(Countdown(100_000, size: 16_000), length: nil))
        }
        let client = try harness.client()
        client.send(simple)
        let isCut = eventually {
            _ = client.receive(upTo: 64)
            return events(harness, "cut(") == 1
        }
        #expect(isCut)
        #expect(eventually { harness.service.summaries.withLock { $0.first?.isAborted == true } })
    }

    @Test func `takes all of a crowd that comes at once, over many turns`() throws {
        let harness = try harness { _ in }
        let crowd = try (0..<300).map { _ in try harness.client() }
        for client in crowd { client.send(simple) }
        for client in crowd { #expect(client.response().hasSuffix("ok")) }
        #expect(Listener.acceptsPerTurn < crowd.count)
        #expect(events(harness, "refused") == 0)
    }
}

@Suite struct HandshakeFloodTests {
    @Test func `makes no handshake over an address's budget, and counts broken ones more`() throws {
        var limits = ConnectionLimits()
        limits.floods.handshakes = RateAllowance(1, per: .seconds(3_600), burst: 17)
        let harness = try TLSHarness(limits: limits) { ok($0.path) }
        for _ in 0..<2 {
            let client = try harness.client()
            client.raw.send(try client.encrypted("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            #expect(try client.response().hasSuffix("\r\n\r\n/"))
        }
        // 8 of 17 are gone. What is no hello costs 1.
        let stranger = try RawClient(port: harness.server.port)
        stranger.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        _ = stranger.receiveAll()
        // One that breaks off behind our answer costs 8.
        let breaking = try harness.client(breaksOff: true)
        _ = breaking.raw.receiveAll()
        let refused = try RawClient(port: harness.server.port)
        refused.send([22, 3, 1, 0, 5, 1, 0, 0, 1, 0])
        #expect(refused.receiveAll().isEmpty)
        let service = harness.server.service
        #expect(service.events.withLock { $0.count { $0.contains("handshakeRate") } } == 1)
    }

    @Test func `a silent client holds no session and costs no handshake`() throws {
        var limits = ConnectionLimits()
        limits.handshakeTimeout = .milliseconds(200)
        limits.floods.handshakes = RateAllowance(1, per: .seconds(3_600), burst: 4)
        let harness = try TLSHarness(limits: limits) { ok($0.path) }
        for _ in 0..<5 {
            #expect(try RawClient(port: harness.server.port).receiveAll().isEmpty)
        }
        let client = try harness.client()
        client.raw.send(try client.encrypted("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        #expect(try client.response().hasSuffix("\r\n\r\n/"))
    }

    @Test func `a handshake that comes byte by byte is made`() throws {
        let harness = try TLSHarness { ok($0.path) }
        let client = try harness.client(pieces: 1)
        client.raw.send(try client.encrypted("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        #expect(try client.response().hasSuffix("\r\n\r\n/x"))
    }
}
