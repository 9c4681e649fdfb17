import Foundation
import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity
import TestSupport
import Testing

@testable import Gatehouse

/// Ownership and fields at the gate, in front of an upstream that knows neither.
@Suite struct ObjectGuardTests {
    /// A gate before an upstream that always gives `answer`, and a caller's token.
    private final class Guarded {
        let upstream: TestUpstream
        let gate: AccountsGate
        let token: String
        let subject: String

        init(
            _ answer: String, _ change: (inout Configuration.Route) -> Void, roles: [String] = []
        ) throws {
            let upstream = try TestUpstream(.bytes(Array(answer.utf8)))
            let port = upstream.port
            self.upstream = upstream
            gate = try AccountsGate { configuration in
                var server = Configuration.Upstream()
                server.name = "api"
                if case .success(let parsed) = Configuration.UpstreamServer.parse(
                    "http://127.0.0.1:\(port)")
                {
                    server.servers = [parsed]
                }
                configuration.upstreams = [server]
                var route = Configuration.Route(
                    path: "/items/{id}", methods: [.get, .head, .post], access: .signedIn,
                    target: .upstream("api"))
                change(&route)
                configuration.routes = [route]
            }
            try gate.register()
            let runtime = try #require(try AccountsRuntime(of: Self.configuration(gate)))
            if !roles.isEmpty { _ = try runtime.accounts.setRoles(roles, of: "alice@example.com") }
            token = try gate.login().text("access_token")
            subject = try runtime.accounts.account(find: "alice@example.com").id
        }

        static func configuration(_ gate: AccountsGate) -> Configuration {
            var configuration = Configuration()
            configuration.data = gate.folder.path + "/data"
            configuration.accounts = Configuration.Accounts()
            return configuration
        }
    }

    private func json(_ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\(fields)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `keeps answers about others back, before a byte of them leaves`() throws {
        for body in [
            #"{"id":1,"ownerId":"somebody else","secret":"s3cret"}"#,
            #"{"id":1,"secret":"s3cret"}"#,
            #"{"ownerId":null,"secret":"s3cret"}"#, #"[{"ownerId":"x","secret":"s3cret"}]"#,
        ] {
            let guarded = try Guarded(json(body)) { $0.responseOwner = "/ownerId" }
            let answer = try guarded.gate.send("GET", "/items/1", token: guarded.token)
            #expect(answer.code == "not-found", "\(body)")
            #expect(!answer.body.contains("s3cret"))
        }
    }

    @Test func `refuses answers that cannot be judged`() throws {
        for (body, fields) in [
            ("not json", ""), (#"{"ownerId":"a","ownerId":"b"}"#, ""), ("", ""),
            (#"{"ownerId":"a"}"#, "Content-Encoding: gzip\r\n"),
        ] {
            let guarded = try Guarded(json(body, fields)) { $0.responseOwner = "/ownerId" }
            let answer = try guarded.gate.send("GET", "/items/1", token: guarded.token)
            #expect(answer.status == 502, "\(body)")
            #expect(try guarded.gate.send("HEAD", "/items/1", token: guarded.token).status == 405)
        }
    }

    @Test func `gives each role its fields, and takes no others from it`() throws {
        let body = #"{"id":1,"title":"a","salary":5}"#
        let guarded = try Guarded(
            json(body),
            { route in
                var fields = Configuration.Fields()
                var everybody = Configuration.FieldGrant()
                everybody.roles = ["*"]
                everybody.fields = ["id", "title"]
                var boss = Configuration.FieldGrant()
                boss.roles = ["boss"]
                boss.fields = ["*"]
                var writers = Configuration.FieldGrant()
                writers.roles = ["*"]
                writers.fields = ["title"]
                fields.read = [everybody, boss]
                fields.write = [writers]
                route.fields = fields
            })
        let answer = try guarded.gate.send("GET", "/items/1", token: guarded.token)
        #expect(answer.body == #"{"id":1,"title":"a"}"#)
        let refused = try guarded.gate.send(
            "POST", "/items/1", ["title": "b", "salary": 1_000_000], token: guarded.token)
        #expect(refused.status == 422 && refused.body.contains("/salary"))
        let taken = try guarded.gate.send("POST", "/items/1", ["title": "b"], token: guarded.token)
        #expect(taken.status == 200)
        let runtime = try #require(try AccountsRuntime(of: Guarded.configuration(guarded.gate)))
        _ = try runtime.accounts.setRoles(["boss"], of: "alice@example.com")
        let fresh = try guarded.gate.login().text("access_token")
        #expect(try guarded.gate.send("GET", "/items/1", token: fresh).body == body)
    }
}
