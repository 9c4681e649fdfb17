import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

/// Three masters that share the slots.
struct RedisCluster {
    let members: [RedisServer]

    init() throws {
        members = try (0..<3).map { _ in
            try RedisServer([
                "cluster-enabled yes", "cluster-config-file nodes.conf",
                "cluster-port \(try RedisServer.freePort())", "cluster-node-timeout 1000",
            ])
        }
        let hosts = members.map { "127.0.0.1:\($0.port)" }
        let made = try Tool(
            "redis-cli",
            ["--no-auth-warning", "--cluster", "create"] + hosts + ["--cluster-yes"],
            environment: ["REDISCLI_AUTH": RedisServer.password])
        guard made.code == 0 else {
            throw RedisServer.Failure(description: made.output + made.error)
        }
    }

    var isReady: Bool {
        members.allSatisfy {
            (try? $0.run("CLUSTER", "INFO"))?.contains("cluster_state:ok") == true
        }
    }

    var address: String {
        let hosts = members.prefix(2).map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+cluster://:\(RedisServer.escapedPassword)@\(hosts)"
    }

    func client() throws -> RedisClient { try redisClient(address) }

    /// The member that holds a slot, by its own word.
    func owner(of slot: Int) throws -> RedisServer? {
        try members.first { member in
            let id = try member.run("CLUSTER", "MYID")
            return try member.run("CLUSTER", "NODES").split(separator: "\n").contains { line in
                guard line.hasPrefix(id) else { return false }
                return line.split(separator: " ").dropFirst(8).contains { part in
                    let ends = part.split(separator: "-").compactMap { Int($0) }
                    return ends.count == 2 && (ends[0]...ends[1]).contains(slot)
                }
            }
        }
    }
}

@Suite(.ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisClusterTests {
    private static func get(_ key: String) -> RedisCommand {
        var command = RedisCommand("GET")
        command.append(key: Array(key.utf8))
        return command
    }

    private static func set(_ key: String, _ value: String) -> RedisCommand {
        var command = RedisCommand("SET")
        command.append(key: Array(key.utf8))
        command.append(value)
        return command
    }

    @Test func `keys find their members, also while their slot moves and after it`() async throws {
        let cluster = try RedisCluster()
        #expect(eventually { cluster.isReady })
        let client = try cluster.client()
        for number in 0..<300 {
            #expect(try await client.send(Self.set("k\(number)", "\(number)")) == .status("OK"))
        }
        for member in cluster.members { #expect(Int(try member.run("DBSIZE")) ?? 0 > 30) }
        let keys = (0..<20).map { "{moving}\($0)" }
        for key in keys { _ = try await client.send(Self.set(key, key)) }

        let slot = RedisSlot.of(ArraySlice("{moving}".utf8))
        let source = try #require(try cluster.owner(of: slot))
        let target = try #require(cluster.members.first { $0 !== source })
        let (from, to) = (try source.run("CLUSTER", "MYID"), try target.run("CLUSTER", "MYID"))
        try target.run("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
        try source.run("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)
        // Half of the keys are there already: asked for here, they answer ASK.
        for key in keys.prefix(10) {
            try source.run(
                "MIGRATE", "127.0.0.1", "\(target.port)", key, "0", "5000", "AUTH",
                RedisServer.password)
        }
        for key in keys { #expect(try await client.send(Self.get(key)) == .bytes(Array(key.utf8))) }
        #expect(try await client.send(Self.set("{moving}new", "x")) == .status("OK"))
        #expect(try await client.send(Self.get("{moving}new")) == .bytes([0x78]))
        #expect(try await client.send(Self.get("{moving}none")) == .null)
        #expect(try target.calls(of: "asking") >= 10)

        for key in keys.suffix(10) {
            try source.run(
                "MIGRATE", "127.0.0.1", "\(target.port)", key, "0", "5000", "AUTH",
                RedisServer.password)
        }
        for member in [target, source] + cluster.members {
            try member.run("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
        }
        let asked = try target.calls(of: "asking")
        for key in keys { #expect(try await client.send(Self.get(key)) == .bytes(Array(key.utf8))) }
        // MOVED, not ASK: the map is corrected.
        #expect(try target.calls(of: "asking") == asked)
    }

    @Test func `a member that is gone fails its own keys, and is back by itself`() async throws {
        let cluster = try RedisCluster()
        #expect(eventually { cluster.isReady })
        let client = try cluster.client()
        let keys = (0..<30).map { "k\($0)" }
        for key in keys { _ = try await client.send(Self.set(key, key)) }
        cluster.members[2].kill()
        var failures = 0
        for key in keys {
            do throws(RedisError) { _ = try await client.send(Self.get(key)) } catch {
                failures += 1
                #expect(error != .redirected && error != .closed)
            }
        }
        #expect(failures > 0)
        try cluster.members[2].start()
        #expect(eventually { cluster.isReady })
        #expect(
            eventually {
                keys.allSatisfy { (try? client.wait(for: Self.set($0, "new"))) == .status("OK") }
            })
    }

    @Test func `a batch over several members is all or nothing, and exact`() async throws {
        let cluster = try RedisCluster()
        #expect(eventually { cluster.isReady })
        let rules = [
            LimitRule.window("wide", quota: 100, seconds: 3_600),
            LimitRule.gcra("pace", quota: 50, burst: 50, seconds: 86_400),
            LimitRule(
                name: "tight", algorithm: .fixedWindow, quota: 20, window: .seconds(3_600)),
        ]
        let stores = try (0..<2).map { _ in
            try RedisCounterStore(
                rules, seed: CounterSeed(1, 2), client: try cluster.client(),
                .tested("cluster:") { $0.refusalsMax = 0 })
        }
        let slots = Set(
            (0..<3).map { RedisSlot.of(ArraySlice(stores[0].name(counterKey($0)))) })
        #expect(slots.count == 3)
        let admitted = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var admitted = 0
                    for _ in 0..<10 {
                        var batch = LimitBatch()
                        for place in 0..<3 { batch.append(rule: place, key: counterKey(place)) }
                        try await stores[worker % 2].decide(&batch, at: .now)
                        admitted += batch.isAdmitted ? 1 : 0
                        #expect((0..<3).allSatisfy { batch[$0].hasTaken == batch.isAdmitted })
                    }
                    return admitted
                }
            }
            return try await group.reduce(0, +)
        }
        // Never more; and no less, since only refusals by the last one give back here.
        #expect(admitted == 20)
        let wide = try await stores[0].report(rule: 0, key: counterKey(0), at: .now)
        let pace = try await stores[0].report(rule: 1, key: counterKey(1), at: .now)
        #expect(wide.remaining == 80)
        #expect(pace.remaining == 30)
        // A shadow takes only what all others admitted.
        var shadow = LimitBatch()
        shadow.append(rule: 0, key: counterKey(0), isShadow: true)
        shadow.append(rule: 2, key: counterKey(2))
        try await stores[1].decide(&shadow, at: .now)
        #expect(!shadow.isAdmitted && shadow[0].decision.isAdmitted && !shadow[0].hasTaken)
        #expect(shadow[0].decision.remaining == 80)
        var free = LimitBatch()
        free.append(rule: 0, key: counterKey(0))
        free.append(rule: 2, key: counterKey(2), isShadow: true)
        try await stores[1].decide(&free, at: .now)
        #expect(free.isAdmitted && !free[1].decision.isAdmitted && free[0].hasTaken)
    }
}
