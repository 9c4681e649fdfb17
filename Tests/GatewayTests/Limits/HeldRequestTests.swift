import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// Requests that a limit slows down, through real sockets.
@Suite struct HeldRequestTests {
    /// A minute's wait, which no test waits for.
    private static let limit =
        "  - { name: p, quota: 100, window: 1m, slow-down: { after: 0, delay: 1m, delay-max: 1m,"
        + " held-max: 2, held-max-per-client: 2 } }"

    private func hold(_ gate: LimitedGate) throws -> [RawClient] {
        let clients = try (0..<2).map { _ in try gate.client() }
        for client in clients { client.send(LimitedGate.get) }
        #expect(eventually { gate.application.limits.held == 2 })
        #expect(try gate.status() == 429)
        return clients
    }

    @Test func `refuses who finds no place to wait; the upstream hears of none`() throws {
        let gate = try LimitedGate(Self.limit)
        let clients = try hold(gate)
        #expect(gate.upstream.seen.isEmpty && clients.count == 2)
    }

    @Test func `a client that goes away frees its place at once`() throws {
        let gate = try LimitedGate(Self.limit)
        let clients = try hold(gate)
        clients[0].reset()
        #expect(eventually { gate.application.limits.held == 1 })
        #expect(gate.upstream.seen.isEmpty)
    }

    @Test func `closing one half of the connection is no way around the wait`() throws {
        let gate = try LimitedGate(Self.limit)
        let client = try gate.client()
        client.send(LimitedGate.get)
        client.endSending()
        #expect(LimitedGate.status(client) == 429)
        #expect(gate.upstream.seen.isEmpty)
    }

    @Test func `the end of the gate ends waits, and their requests are served`() throws {
        let gate = try LimitedGate(Self.limit)
        let clients = try hold(gate)
        gate.gateway.stop()
        for client in clients { #expect(LimitedGate.status(client) == 200) }
        #expect(gate.upstream.seen.count == 2)
    }
}
