import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// Places at a time, through real sockets: each is given back, however its request ends.
@Suite struct ConcurrencyLimitTests {
    private static let limit = "  - { name: p, algorithm: concurrency, quota: 2 }"

    /// Takes both places with requests that the upstream does not answer.
    private func fill(_ gate: LimitedGate) throws -> [RawClient] {
        gate.upstream.answer(.silence)
        let clients = try (0..<2).map { _ in try gate.client() }
        for client in clients { client.send(LimitedGate.get) }
        #expect(eventually { gate.upstream.seen.count == 2 })
        #expect(try gate.status() == 429)
        return clients
    }

    @Test func `refuses the third, and takes others once clients broke off`() throws {
        let gate = try LimitedGate(Self.limit)
        let clients = try (0..<2).map { _ in try gate.client() }
        for client in clients {
            client.send(
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 100\r\n\r\n[1,2")
        }
        #expect(eventually { (try? gate.status()) == 429 })
        for client in clients { client.reset() }
        #expect(eventually { (try? gate.status()) == 200 })
        for _ in 0..<10 { #expect(try gate.status() == 200) }
    }

    @Test func `takes others once the upstream broke off, and once answers came`() throws {
        let gate = try LimitedGate(Self.limit)
        gate.upstream.answer(.closes)
        for _ in 0..<5 { #expect(try gate.status() == 502) }
        gate.upstream.answer(TestUpstream.usual)
        for _ in 0..<5 { #expect(try gate.status() == 200) }
        for _ in 0..<5 { #expect(try gate.status("GET /../x HTTP/1.1\r\n\r\n") == 400) }
        #expect(try gate.status() == 200)
    }

    @Test func `takes others once requests ran out of time`() throws {
        let gate = try LimitedGate(
            Self.limit, more: "timeouts: { handler: 200ms }")
        let clients = try fill(gate)
        for client in clients { #expect(LimitedGate.status(client) >= 503) }
        gate.upstream.answer(TestUpstream.usual)
        for _ in 0..<5 { #expect(try gate.status() == 200) }
    }

    @Test func `two answers that break off in the middle give their places back`() throws {
        let gate = try LimitedGate(Self.limit)
        gate.upstream.answer(.flood(bytes: 256 << 20))
        let clients = try (0..<2).map { _ in try gate.client() }
        for client in clients {
            client.send(LimitedGate.get)
            #expect(!client.receive(upTo: 1_000).isEmpty)
        }
        #expect(try gate.status() == 429)
        gate.upstream.answer(TestUpstream.usual)
        for client in clients { client.reset() }
        #expect(eventually { (try? gate.status()) == 200 })
        for _ in 0..<5 { #expect(try gate.status() == 200) }
    }
}
