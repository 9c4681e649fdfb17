import Foundation
import GatehouseCore
import GatehouseIdentity
import TestSupport
import Testing

@testable import Gatehouse

/// What one gate does counts on the other.
@Suite(
    .ownThreads, .serialized,
    .enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
struct ClusterTests {
    private func print(_ what: String, _ delays: [Double]) {
        let texts = delays.map { String(format: "%.0f", $0) }.joined(separator: ", ")
        Swift.print("cluster: \(what) was refused by the other gate after \(texts) ms")
    }

    @Test func `refuses on one gate what was ended on the other`() throws {
        let cluster = try TwoGates()
        var delays: [Double] = []
        for round in 0..<5 {
            let login = try cluster.signIn("user\(round)@example.com")
            let token = login.text("access_token")
            #expect(try cluster.two.send("GET", "/api/x", token: token).status == 200)
            #expect(
                try cluster.one.send("POST", "/auth/logout", token: token).status == 204)
            delays.append(try cluster.delay(token))
            let refresh = try cluster.two.send(
                "POST", "/auth/refresh", ["refresh_token": login.text("refresh_token")])
            #expect(refresh.status == 401)
        }
        print("a session that ended", delays)
    }

    @Test func `refuses tokens of a locked account, and its old password, on both`() throws {
        let cluster = try TwoGates()
        var delays: [Double] = []
        for round in 0..<3 {
            let email = "user\(round)@example.com"
            let token = try cluster.signIn(email).text("access_token")
            let accounts = try #require(cluster.one.gateway.accounts)
            #expect(try cluster.two.send("GET", "/api/x", token: token).status == 200)
            try accounts.lock(email)
            delays.append(try cluster.delay(token))
            #expect(try cluster.two.login(email).status == 401)
        }
        print("a locked account", delays)
        let token = try cluster.signIn("pass@example.com").text("access_token")
        let other = try cluster.two.login("pass@example.com").text("access_token")
        let changed = try cluster.one.send(
            "PUT", "/auth/password",
            [
                "current_password": AccountsGate.password,
                "new_password": "acht zwerge tanzen lauter",
            ], token: token)
        #expect(changed.status == 204, "\(changed.body)")
        print("a session from before a new password", [try cluster.delay(other)])
        #expect(try cluster.two.send("GET", "/api/x", token: token).status == 200)
        #expect(try cluster.two.login("pass@example.com").status == 401)
    }

    @Test func `refuses a remembered API key that the other gate ended, or whose owner lost it`()
        throws
    {
        let cluster = try TwoGates()
        let login = try cluster.signIn()
        let accounts = try #require(cluster.one.gateway.accounts)
        func newKey(_ token: String) throws -> (id: String, key: String) {
            let made = try cluster.one.send(
                "POST", "/auth/keys",
                [
                    "name": "robot", "permissions": ["notes:read"], "expires_in": 3_600,
                    "password": AccountsGate.password,
                ], token: token)
            #expect(made.status == 201, "\(made.body)")
            return (made.text("id"), made.text("key"))
        }
        _ = try accounts.setRoles(["reader"], of: "alice@example.com")
        #expect(login.status == 200)
        let token = try cluster.one.login().text("access_token")
        let revoked = try newKey(token)
        #expect(try cluster.two.send("GET", "/notes", token: revoked.key).status == 200)
        #expect(
            try cluster.one.send("DELETE", "/auth/keys/\(revoked.id)", token: token).status == 204)
        print("an API key that was ended", [try cluster.delay(revoked.key, path: "/notes")])

        let kept = try newKey(token)
        #expect(try cluster.two.send("GET", "/notes", token: kept.key).status == 200)
        _ = try accounts.setRoles([], of: "alice@example.com")
        let start = MonotonicTime.now
        #expect(
            try eventually { try cluster.two.send("GET", "/notes", token: kept.key).status == 403 })
        print(
            "a permission whose role was taken away",
            [Double((MonotonicTime.now - start).nanoseconds) / 1e6])
        try accounts.lock("alice@example.com")
        print("a locked owner's API key", [try cluster.delay(kept.key, path: "/notes")])
    }

    @Test func `a session of one gate goes on at the other, which publishes the same keys`() throws
    {
        let cluster = try TwoGates {
            $0.admin = .init(); $0.admin.address.port = 0
        }
        let login = try cluster.signIn()
        let token = login.text("access_token")
        #expect(try cluster.two.send("GET", "/api/x", token: token).status == 200)
        let refreshed = try cluster.two.send(
            "POST", "/auth/refresh", ["refresh_token": login.text("refresh_token")])
        #expect(refreshed.status == 200)
        #expect(
            try cluster.one.send("GET", "/api/x", token: refreshed.text("access_token")).status
                == 200)
        let sets = try cluster.gates.map {
            try $0.send("GET", "/.well-known/jwks.json").body
        }
        #expect(sets[0] == sets[1] && sets[0].contains("ES256"))
        let identities = try cluster.gates.map { gate in
            let client = try RawClient(port: try #require(gate.gateway.adminAddress).port)
            client.send(FaultGate.request("/identity/jwks.json", "Connection: close"))
            return client.receiveAll().afterHead
        }
        #expect(identities[0] == identities[1] && identities[0].contains("Ed25519"))
    }

    @Test func `every token counts on both gates while keys rotate by command`() throws {
        let cluster = try TwoGates()
        let login = try cluster.signIn()
        var refresh = login.text("refresh_token")
        let keys = try #require(cluster.one.gateway.signingKeys)
        let first = keys.list(now: .now)[0].keyID
        try keys.rotate(now: .now)
        var (checked, names) = (0, Set<String>())
        // Until both gates sign with the new key.
        let isDone = try eventually {
            let gate = cluster.gates[checked % 2]
            let next = try gate.send("POST", "/auth/refresh", ["refresh_token": refresh])
            #expect(next.status == 200, "\(next.body)")
            refresh = next.text("refresh_token")
            let token = next.text("access_token")
            for gate in cluster.gates {
                #expect(try gate.send("GET", "/api/x", token: token).status == 200)
            }
            checked += 1
            names.insert(String(token.prefix { $0 != "." }))
            let signing = cluster.gates.compactMap { gate in
                gate.gateway.signingKeys?.list(now: .now).first { $0.state == .signing }?.keyID
            }
            return names.count == 2 && signing.allSatisfy { $0 != first }
        }
        Swift.print("cluster: \(checked) tokens counted on both gates around a rotation")
        #expect(isDone && names.count == 2)
    }
}
