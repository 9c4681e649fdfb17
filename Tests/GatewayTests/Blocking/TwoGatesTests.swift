import Foundation
import GatehouseCore
import GatehouseStorage
import TestSupport
import Testing

@testable import Gatehouse

/// Two whole gates on one database and one Redis.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .serialized)
struct TwoGatesTests {
    private final class Pair {
        let server: RedisServer
        let first: AccountsGate
        let second: AccountsGate
        private let clients: [RedisClient]

        init() throws {
            server = try RedisServer()
            var configuration = try RedisConfiguration(url: server.address())
            configuration.limits.commandTimeout = .seconds(1)
            configuration.limits.backoffMax = .milliseconds(200)
            clients = [try RedisClient(configuration), try RedisClient(configuration)]
            first = try AccountsGate(sharing: .init(client: clients[0])) { Self.change(&$0) }
            second = try AccountsGate(in: first.folder, sharing: .init(client: clients[1])) {
                Self.change(&$0)
            }
        }

        private static func change(_ configuration: inout Configuration) {
            configuration.admin.enabled = true
            configuration.admin.address = .init(host: "127.0.0.1", port: 0)
            configuration.trustedProxies = ["127.0.0.1"]
        }

        deinit {
            first.gateway.stop()
            second.gateway.stop()
            for client in clients { client.close() }
        }

        /// What both say in their metrics.
        var areCurrent: Bool {
            [first, second].allSatisfy { gate in
                let port = gate.gateway.adminAddress?.port ?? 0
                let text = (try? gate.send("GET", "/metrics", port: port).body) ?? ""
                return text.contains("gatehouse_shared_sets_current 1\n")
            }
        }

        func secret() throws -> String {
            let text = try String(
                contentsOfFile: first.folder.path + "/data/admin.access", encoding: .utf8)
            return String(text.split(separator: " ")[1].dropLast())
        }
    }

    @Test func `what signs out at one gate is refused at the other: how soon is printed`() throws {
        let pair = try Pair()
        #expect(eventually { pair.areCurrent })
        try pair.first.register()
        var times: [Duration] = []
        for _ in 0..<12 {
            let token = try pair.first.login().text("access_token")
            #expect(try pair.second.send("GET", "/api/x", token: token).status == 200)
            #expect(try pair.first.send("POST", "/auth/logout", token: token).status == 204)
            let start = MonotonicTime.now
            #expect(
                try eventually {
                    try pair.second.send("GET", "/api/x", token: token).status == 401
                })
            times.append(MonotonicTime.now - start)
        }
        times.sort()
        print("gates, signed out to refused: median \(times[6]), most \(times[11])")
        // The database alone is asked twice a second.
        #expect(times[6] < .milliseconds(100))
    }

    @Test func `without Redis the database tells; after it, nothing is accepted again`() throws {
        let pair = try Pair()
        #expect(eventually { pair.areCurrent })
        try pair.first.register()
        let before = try pair.first.login().text("access_token")
        let token = try pair.first.login().text("access_token")
        #expect(try pair.first.send("POST", "/auth/logout", token: before).status == 204)
        #expect(
            try eventually { try pair.second.send("GET", "/api/x", token: before).status == 401 })
        pair.server.kill()
        #expect(eventually { !pair.areCurrent })
        #expect(try pair.second.send("GET", "/api/x", token: token).status == 200)
        #expect(try pair.first.send("POST", "/auth/logout", token: token).status == 204)
        #expect(
            try eventually { try pair.second.send("GET", "/api/x", token: token).status == 401 })
        try pair.server.start()
        #expect(eventually { pair.areCurrent })
        for gate in [pair.first, pair.second] {
            #expect(try gate.send("GET", "/api/x", token: before).status == 401)
            #expect(try gate.send("GET", "/api/x", token: token).status == 401)
        }
    }

    @Test func `a block at one gate holds at the other`() throws {
        let pair = try Pair()
        #expect(eventually { pair.areCurrent })
        // The file is of the gate that started last.
        let port = try #require(pair.second.gateway.adminAddress?.port)
        func status() throws -> Int {
            try pair.first.send("GET", "/none", fields: ["X-Forwarded-For: 192.0.2.1"]).status
        }
        #expect(try status() == 404)
        let body = ["target": "192.0.2.0/28"]
        let secret = try pair.secret()
        #expect(
            try pair.second.send("POST", "/blocks", body, token: secret, port: port).status == 201)
        #expect(try eventually { try status() == 403 })
        #expect(
            try pair.second.send("POST", "/blocks/remove", body, token: secret, port: port).status
                == 200)
        #expect(try eventually { try status() == 404 })
    }
}
