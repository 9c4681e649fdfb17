import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

/// A master with a replica, and three sentinels.
struct WatchedRedis {
    let master: RedisServer
    let replica: RedisServer
    let sentinels: [RedisServer]

    init() throws {
        let master = try RedisServer()
        self.master = master
        let replica = try RedisServer(["replicaof 127.0.0.1 \(master.port)"])
        self.replica = replica
        // Sentinels ask a master for its replicas at once, and then every ten seconds.
        _ = eventually {
            (try? replica.run("INFO", "replication").contains("master_link_status:up")) == true
        }
        sentinels = try (0..<3).map { _ in
            try RedisServer(
                [
                    "sentinel monitor first 127.0.0.1 \(master.port) 2",
                    "sentinel auth-pass first \"\(RedisServer.password)\"",
                    "sentinel down-after-milliseconds first 300",
                    "sentinel failover-timeout first 2000",
                ], isSentinel: true)
        }
    }

    var address: String {
        // The first one is gone: the next ones are asked.
        let hosts = ["127.0.0.1:1"] + sentinels.map { "127.0.0.1:\($0.port)" }
        let list = hosts.joined(separator: ",")
        return "redis+sentinel://:\(RedisServer.escapedPassword)@\(list)/0?master=first"
    }

    func client(master: String = "first") throws -> RedisClient {
        try redisClient(address.replacing("master=first", with: "master=\(master)")) {
            $0.sentinelCredentials = .init(password: Redacted(RedisServer.password))
            $0.limits.backoffMax = .milliseconds(200)
            $0.limits.breaker.openFirst = .milliseconds(100)
            $0.limits.breaker.openMax = .milliseconds(300)
        }
    }

    /// Whether all know each other and the replica, so that they can agree.
    var isComplete: Bool {
        sentinels.allSatisfy { sentinel in
            let state = (try? sentinel.run("SENTINEL", "MASTER", "first")) ?? ""
            let words = state.split(separator: "\n").map(String.init)
            func value(_ name: String) -> String? {
                words.firstIndex(of: name).map { words[$0 + 1] }
            }
            return value("num-slaves") == "1" && value("num-other-sentinels") == "2"
        }
    }
}

@Suite(.ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisSentinelTests {
    @Test func `a name that no sentinel knows, or a wrong password for them, is refused`()
        async throws
    {
        let watched = try WatchedRedis()
        await #expect(throws: RedisError.noMaster) {
            try await watched.client(master: "other").send(RedisCommand("PING"))
        }
        let stranger = try redisClient(watched.address)
        await #expect(throws: RedisError.unauthorized("NOAUTH")) {
            try await stranger.send(RedisCommand("PING"))
        }
    }

    @Test func `writes follow the master when it dies, and stay when the old one comes back`()
        async throws
    {
        let watched = try WatchedRedis()
        #expect(eventually { watched.isComplete })
        let client = try watched.client()
        #expect(try await client.send(RedisCommand("SET", "k", "first")) == .status("OK"))
        #expect(eventually { (try? watched.replica.run("GET", "k")) == "first" })
        watched.master.kill()
        #expect(
            eventually { (try? client.wait(for: RedisCommand("SET", "k", "second"))) != nil })
        #expect(try watched.replica.run("GET", "k") == "second")
        #expect(try watched.replica.run("ROLE").hasPrefix("master"))
        try watched.master.start()
        // It takes itself for the master, until sentinels tell it otherwise.
        for number in 0..<20 {
            try watched.replica.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            #expect(
                eventually { (try? client.wait(for: RedisCommand("SET", "k", "\(number)"))) != nil }
            )
            #expect(try watched.replica.run("GET", "k") == "\(number)")
        }
    }

    @Test func `a master that was made a replica is left for the new one`() async throws {
        let watched = try WatchedRedis()
        #expect(eventually { watched.isComplete })
        let client = try watched.client()
        #expect(try await client.send(RedisCommand("SET", "k", "first")) == .status("OK"))
        try watched.sentinels[0].run("SENTINEL", "FAILOVER", "first")
        #expect(
            eventually { (try? watched.replica.run("ROLE"))?.hasPrefix("master") == true })
        // Sentinels do this as well, some seconds later; the connection stays open.
        try watched.master.run("REPLICAOF", "127.0.0.1", "\(watched.replica.port)")
        #expect(
            eventually { (try? client.wait(for: RedisCommand("SET", "k", "second"))) != nil })
        #expect(try watched.replica.run("GET", "k") == "second")
    }
}
