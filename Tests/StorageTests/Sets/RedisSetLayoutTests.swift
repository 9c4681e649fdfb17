import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

/// Sets where Redis is more than one server: what gates tell each other survives that one goes.
@Suite(.ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisSetLayoutTests {
    private static func post(_ name: String, by gate: SetGate) throws {
        try gate.store.post(SetMember(name, value: 1, until: hour()), in: SetGate.growing)
    }

    /// A cluster, and two gates that know so many members.
    private static func cluster(knowing count: Int) throws -> (RedisCluster, [SetGate]) {
        let cluster = try RedisCluster()
        #expect(eventually { cluster.isReady })
        let gates = try (0..<2).map { _ in try SetGate(at: cluster.address, prefix: "p:") }
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        for number in 0..<count { try post("m\(number)", by: gates[number % 2]) }
        #expect(
            eventually { gates.allSatisfy { $0.store.view(of: SetGate.growing).count == count } })
        return (cluster, gates)
    }

    @Test func `gates follow the master that sentinels choose, and lose nothing`() throws {
        let watched = try WatchedRedis()
        #expect(eventually { watched.isComplete })
        let gates = try (0..<2).map { _ in try SetGate(at: watched.address, prefix: "p:") }
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        try Self.post("before", by: gates[0])
        #expect(eventually { gates[1].value("before") == 1 })
        watched.master.kill()
        #expect(eventually { gates.allSatisfy { !$0.isCurrent } })
        // It counts here at once, and reaches the other through the new master.
        try Self.post("meanwhile", by: gates[0])
        #expect(gates[0].value("meanwhile") == 1)
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        #expect(eventually { gates[1].value("meanwhile") == 1 })
        #expect(try watched.replica.run("ROLE").hasPrefix("master"))
        try Self.post("after", by: gates[1])
        #expect(eventually { gates[0].value("after") == 1 })
        let late = try SetGate(at: watched.address, prefix: "p:")
        #expect(eventually { late.isCurrent })
        for name in ["before", "meanwhile", "after"] {
            #expect(eventually { late.value(name) == 1 }, "\(name)")
        }
    }

    @Test func `gates of a cluster find the set's member, also when its slot moves`() throws {
        let (cluster, gates) = try Self.cluster(knowing: 50)
        let slot = RedisSlot.of(ArraySlice("p:{sets}:growing".utf8))
        let source = try #require(try cluster.owner(of: slot))
        let target = try #require(cluster.members.first { $0 !== source })
        #expect(try source.run("HLEN", "p:{sets}:growing") == "51")
        let (from, to) = (try source.run("CLUSTER", "MYID"), try target.run("CLUSTER", "MYID"))
        try target.run("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
        try source.run("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)
        for key in try source.run("CLUSTER", "GETKEYSINSLOT", "\(slot)", "100")
            .split(separator: "\n")
        {
            try source.run(
                "MIGRATE", "127.0.0.1", "\(target.port)", String(key), "0", "5000", "AUTH",
                RedisServer.password)
        }
        for member in [target, source] + cluster.members {
            try member.run("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
        }
        for number in 50..<60 { try Self.post("m\(number)", by: gates[number % 2]) }
        #expect(
            eventually { gates.allSatisfy { $0.store.view(of: SetGate.growing).count == 60 } })
        #expect(try eventually { try target.run("HLEN", "p:{sets}:growing") == "61" })
    }

    @Test func `a member of the cluster that comes back empty gets the set again`() throws {
        let (cluster, gates) = try Self.cluster(knowing: 20)
        let slot = RedisSlot.of(ArraySlice("p:{sets}:growing".utf8))
        let owner = try #require(try cluster.owner(of: slot))
        owner.kill()
        #expect(eventually { gates.allSatisfy { !$0.isCurrent } })
        try Self.post("meanwhile", by: gates[0])
        try owner.start()
        #expect(eventually { gates.allSatisfy(\.isCurrent) })
        #expect(eventually { gates[1].value("meanwhile") == 1 })
        #expect(try eventually { try owner.run("HLEN", "p:{sets}:growing") == "22" })
    }
}
