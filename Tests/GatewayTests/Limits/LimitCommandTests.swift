import Foundation
import GatehouseCore
import GatehouseDefense
import TestSupport
import Testing

@testable import Gatehouse

/// `gatehouse limits` and code against a running gate.
@Suite(.enabled(if: StartedProgram.built("gatehouse") != nil, "the program is not built"))
struct LimitCommandTests {
    private static let limits = """
          - { name: few, quota: 2, window: 1h }
          - { name: trial, key: network, quota: 1, window: 1h, shadow: true }
        """

    private func gate() throws -> LimitedGate {
        let gate = try LimitedGate(Self.limits, admin: true)
        try gate.folder.write(
            """
            data: ./data
            admin: { address: "127.0.0.1:\(gate.adminPort)" }
            routes: [{ path: /, methods: [GET], access: anyone, respond: {} }]
            """, "gatehouse.yml")
        return gate
    }

    private func run(_ gate: LimitedGate, _ arguments: String...) throws -> Tool {
        let program = try #require(StartedProgram.built("gatehouse"))
        return try Tool(
            "env",
            [program, "limits"] + arguments + ["--config", gate.folder.path + "/gatehouse.yml"])
    }

    @Test func `answers nobody without the token, and no page of another site`() throws {
        let gate = try gate()
        for (request, status) in [
            ("GET /limits HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
            ("GET /limits HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n", 401),
            ("GET /limits HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
            ("POST /limits/reset?limit=few HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
        ] {
            let client = try RawClient(port: gate.adminPort)
            client.send(request)
            #expect(LimitedGate.status(client) == status, "\(request)")
        }
        let path = gate.folder.path + "/data/admin.access"
        let access = try String(contentsOfFile: path, encoding: .utf8)
        let token = try #require(access.split(whereSeparator: \.isWhitespace).last)
        let client = try RawClient(port: gate.adminPort)
        client.send(
            "GET /limits/reset?limit=few HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + token + "\r\n\r\n")
        #expect(LimitedGate.status(client) == 405)
    }

    @Test func `shows figures, who is refused, what is left, and makes it whole again`() throws {
        let gate = try gate()
        for status in [200, 200, 429, 429] { #expect(try gate.status() == status) }
        let shown = try run(gate, "show")
        #expect(shown.code == 0)
        #expect(shown.output.contains("few") && shown.output.contains("(shadow)"))
        let said = Data(try run(gate, "top", "--json").output.utf8)
        let top = try JSONSerialization.jsonObject(with: said) as? [String: [[String: Any]]]
        let refused = try #require(top?["refused"])
        let few = try #require(refused.first { $0["limit"] as? String == "few" })
        #expect(few["client"] as? String == "127.0.0.1" && few["refused"] as? Int == 2)
        let trial = try #require(refused.first { $0["limit"] as? String == "trial (shadow)" })
        #expect(trial["client"] as? String == "127.0.0.0/24")
        // Of admitted requests one in 64 is noted: a table of none is not shown.
        let text = try run(gate, "top", "--limit", "few").output
        #expect(text.contains("REFUSED") && !text.contains("\n\nLIMIT  CLIENT  ADMITTED-ABOUT\n"))
        let left = try run(gate, "show", "--address", "127.0.0.1", "--limit", "few")
        #expect(left.output.contains("few") && left.output.split(separator: "\n").count == 2)
        #expect(try run(gate, "reset", "--address", "127.0.0.1").code == 0)
        #expect(try gate.status() == 200)
        #expect(try gate.status() == 200)
        #expect(try gate.status() == 429)
        #expect(try run(gate, "reset", "--limit", "few", "--json").code == 0)
        #expect(try gate.status() == 200)
    }

    @Test func `says what is wrong, with exit codes that scripts can read`() throws {
        let gate = try gate()
        #expect(try run(gate, "reset").code == 2)
        #expect(try run(gate, "show", "--limit", "nobody").code == 2)
        #expect(try run(gate, "show", "--address", "not-an-address").code == 2)
        #expect(try run(gate, "top", "--count", "0").code == 2)
        #expect(try run(gate, "reset", "--account", "ada").code == 1)
        gate.gateway.stop()
        let gone = try run(gate, "show")
        #expect(gone.code == 1)
    }

    @Test func `code charges clients, and resets them`() async throws {
        let gate = try gate()
        let limits = gate.application.limits
        let client = LimitClient.address(IPAddress("127.0.0.1")!)
        try await limits.penalize("few", client, by: 2)
        #expect(try gate.status() == 429)
        #expect(try await limits.standings(of: client, limit: "few").map(\.remaining) == [0])
        try await limits.reset("few", client)
        #expect(try gate.status() == 200)
        await #expect(throws: Limits.Failure.unknownLimit("nobody")) {
            try await limits.penalize("nobody", client)
        }
        await #expect(throws: Limits.Failure.unknownClient) {
            try await limits.penalize("few", .account("ada"))
        }
    }
}
