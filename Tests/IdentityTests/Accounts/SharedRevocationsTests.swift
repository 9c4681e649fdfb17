import GatehouseCore
import GatehouseStorage
import Synchronization
import TestSupport
import Testing

@testable import GatehouseIdentity

/// One gate's revocations, over Redis.
private final class RevokingGate: Sendable {
    let revocations: Revocations
    let store: RedisSetStore
    private let client: RedisClient

    init(_ server: RedisServer, _ fallback: RevocationFallback = .database) throws {
        var configuration = try RedisConfiguration(url: server.address())
        configuration.limits.commandTimeout = .seconds(1)
        configuration.limits.backoffMax = .milliseconds(200)
        client = try RedisClient(configuration)
        var pace = SetLinkPace()
        pace.beat = .milliseconds(100)
        store = try RedisSetStore(Revocations.rules, client: client, prefix: "gate:", pace: pace)
        revocations = Revocations(store, fallback: fallback)
        store.start()
    }

    deinit {
        store.close()
        client.close()
    }

    func refuses(_ session: String) -> Bool {
        revocations.isRevoked(
            Principal(
                subject: "a", issuer: "gate", expires: WallTime(seconds: 2_000_000_000),
                session: SessionReference(id: session, epoch: 1)))
    }
}

@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .serialized)
struct SharedRevocationsTests {
    private var caller: Principal {
        Principal(
            subject: "a", issuer: "gate", expires: WallTime(seconds: 2_000_000_000),
            session: SessionReference(id: "mine", epoch: 1))
    }

    private var soon: WallTime { WallTime(seconds: WallTime.now.seconds + 600) }

    @Test func `what one gate ends the other refuses: how soon is printed`() throws {
        let server = try RedisServer()
        let gates = [try RevokingGate(server), try RevokingGate(server)]
        #expect(eventually { gates.allSatisfy { $0.store.status.isCurrent } })
        var times: [Duration] = []
        for number in 0..<200 {
            let start = MonotonicTime.now
            gates[0].revocations.end("s\(number)", until: soon)
            #expect(eventually { gates[1].refuses("s\(number)") })
            times.append(MonotonicTime.now - start)
        }
        times.sort()
        print("revocations, gate to gate: median \(times[100]), most \(times[199])")
        #expect(times[100] < .milliseconds(100))
        #expect(!gates[1].refuses("other"))
    }

    @Test func `nothing that was revoked is accepted again, whatever becomes of Redis`() throws {
        let server = try RedisServer()
        let gates = [try RevokingGate(server), try RevokingGate(server)]
        #expect(eventually { gates.allSatisfy { $0.store.status.isCurrent } })
        gates[0].revocations.end("before", until: soon)
        #expect(eventually { gates[1].refuses("before") })
        server.kill()
        #expect(eventually { gates.allSatisfy { !$0.store.status.isCurrent } })
        gates[0].revocations.end("while gone", until: soon)
        #expect(gates.allSatisfy { $0.refuses("before") })
        // The other one is told by the database, at its pace; until then it does not know.
        #expect(gates[0].refuses("while gone") && !gates[1].refuses("while gone"))
        try server.start()
        #expect(eventually { gates.allSatisfy { $0.store.status.isCurrent } })
        #expect(gates.allSatisfy { $0.refuses("before") })
        #expect(eventually { gates[1].refuses("while gone") })
        let late = try RevokingGate(server)
        #expect(eventually { late.refuses("before") && late.refuses("while gone") })
    }

    @Test func `while Redis is silent each fallback does what it says`() throws {
        let server = try RedisServer()
        let gates = try RevocationFallback.allCases.map { ($0, try RevokingGate(server, $0)) }
        #expect(eventually { gates.allSatisfy { $0.1.store.status.isCurrent } })
        #expect(gates.allSatisfy { $0.1.revocations.mayBelieve(caller, at: .now) })
        server.pause()
        #expect(eventually { gates.allSatisfy { !$0.1.store.status.isCurrent } })
        for (fallback, gate) in gates {
            #expect(gate.revocations.mayBelieve(caller, at: .now) == (fallback == .allow))
            gate.revocations.followed(at: .now, isWhole: true)
            #expect(gate.revocations.mayBelieve(caller, at: .now) == (fallback != .refuse))
        }
        server.resume()
        #expect(
            eventually { gates.allSatisfy { $0.1.revocations.mayBelieve(caller, at: .now) } })
    }
}
