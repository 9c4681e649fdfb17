import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

@Suite struct BlockGateTests {
    private static func gate(_ folder: ScratchFolder? = nil) throws -> AccountsGate {
        try AccountsGate(in: folder) { configuration in
            configuration.admin.enabled = true
            configuration.admin.address = .init(host: "127.0.0.1", port: 0)
            configuration.trustedProxies = ["127.0.0.1"]
        }
    }

    /// What the gate's file says: address and secret.
    private func access(_ gate: AccountsGate) throws -> (port: UInt16, secret: String) {
        let path = gate.folder.path + "/data/admin.access"
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let parts = text.split(separator: " ").map(String.init)
        let port = try #require(parts[0].split(separator: ":").last.flatMap { UInt16($0) })
        #expect(parts[0] == "http://127.0.0.1:\(port)" && gate.gateway.adminAddress?.port == port)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        return (port, parts[1])
    }

    private func get(_ gate: AccountsGate, from client: String? = nil) throws -> Int {
        try gate.send(
            "GET", "/health/nothing", fields: client.map { ["X-Forwarded-For: \($0)"] } ?? []
        ).status
    }

    @Test func `the admin channel refuses who does not hold the file, browsers and other names`()
        throws
    {
        let gate = try Self.gate()
        let (port, secret) = try access(gate)
        func ask(
            _ fields: [String] = [], token: String?, host: String = "localhost"
        ) throws -> Int {
            try gate.send(
                "GET", "/blocks", token: token, fields: fields, port: port, host: host
            ).status
        }
        #expect(try ask(token: nil) == 401)
        #expect(try ask(token: "x" + secret.dropFirst()) == 401)
        #expect(try ask(token: secret + "x") == 401)
        #expect(try ask(token: secret, host: "rebound.example") == 421)
        for field in ["Origin: http://127.0.0.1", "Sec-Fetch-Site: same-origin", "Cookie: a=b"] {
            #expect(try ask([field], token: secret) == 403)
        }
        #expect(try ask(token: secret) == 200)
        let body = ["target": "192.0.2.1"]
        #expect(try gate.send("POST", "/blocks", body, port: port).status == 401)
        #expect(
            try gate.send("DELETE", "/blocks", token: secret, port: port).status == 405)
        // What could be read before can be read still, and nothing more is answered.
        #expect(try gate.send("GET", "/metrics", port: port).status == 200)
        #expect(try gate.send("POST", "/metrics", body, token: secret, port: port).status == 405)
        #expect(try gate.send("GET", "/blocks", token: secret).status == 404)
        gate.gateway.stop()
        #expect(!FileManager.default.fileExists(atPath: gate.folder.path + "/data/admin.access"))
    }

    @Test func `a blocked network is refused behind a proxy, told of, and served when removed`()
        throws
    {
        let gate = try Self.gate()
        let (port, secret) = try access(gate)
        func post(_ path: String, _ body: [String: Any]) throws -> AccountsGate.Answer {
            try gate.send("POST", path, body, token: secret, port: port)
        }
        #expect(try get(gate, from: "192.0.2.9") == 404)
        let added = try post(
            "/blocks",
            ["target": "192.0.2.0/24", "seconds": 600, "reason": "scan \"x\"", "author": "op"])
        #expect(added.status == 201, "\(added.body)")
        let refused = try gate.send(
            "GET", "/health/nothing", fields: ["X-Forwarded-For: 192.0.2.9"])
        #expect(refused.status == 403 && refused.code == "refused")
        #expect(!refused.body.contains("scan") && !refused.body.contains("192.0.2"))
        #expect(try get(gate, from: "192.0.3.9") == 404 && get(gate) == 404)
        let list = try gate.send("GET", "/blocks", token: secret, port: port)
        let blocks = try #require(list.json["blocks"] as? [[String: Any]])
        #expect(blocks.count == 1 && blocks[0]["reason"] as? String == "scan \"x\"")
        #expect(blocks[0]["target"] as? String == "192.0.2.0/24")
        let metrics = try gate.send("GET", "/metrics", port: port).body
        #expect(metrics.contains("gatehouse_blocks{kind=\"network\"} 1\n"))
        #expect(try post("/blocks/remove", ["target": "192.0.2.0/24"]).status == 200)
        #expect(try get(gate, from: "192.0.2.9") == 404)
        #expect(try post("/blocks/remove", ["target": "192.0.2.0/24"]).status == 404)
        for bad: [String: Any] in [
            [:], ["target": "nonsense"], ["target": "192.0.2.1", "seconds": 0],
            ["target": "192.0.2.1", "seconds": 1 << 40], ["target": "192.0.2.1", "more": 1],
            ["target": "192.0.2.1", "force": "yes"],
        ] {
            #expect(try post("/blocks", bad).status == 422, "\(bad)")
        }
    }

    @Test func `blocking oneself out needs force, closes connections, and is undone by the admin`()
        throws
    {
        let gate = try Self.gate()
        let (port, secret) = try access(gate)
        func post(_ path: String, _ body: [String: Any]) throws -> AccountsGate.Answer {
            try gate.send("POST", path, body, token: secret, port: port)
        }
        let open = try RawClient(port: gate.port)
        let request = "GET /health/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
        open.send(request)
        #expect(open.response().contains(" 404 "))
        for target in ["127.0.0.1", "::/0", "0.0.0.0/0"] {
            let answer = try post("/blocks", ["target": target])
            #expect(answer.status == 409 && answer.text("message").contains("this machine"))
        }
        #expect(try post("/blocks", ["target": "127.0.0.1", "force": true]).status == 201)
        // A connection that was open is told; a new one is closed without a word.
        open.send(request)
        let last = open.response()
        #expect(last.contains(" 403 ") && last.lowercased().contains("connection: close"))
        let late = try RawClient(port: gate.port)
        late.send(request)
        #expect(late.receiveAll().isEmpty)
        let metrics = try gate.send("GET", "/metrics", port: port).body
        #expect(metrics.contains("gatehouse_connections_blocked_total 1\n"))
        #expect(try post("/blocks/remove", ["target": "127.0.0.1"]).status == 200)
        #expect(try get(gate) == 404)
    }

    @Test func `an account, a session and a key are refused with good credentials`() throws {
        let gate = try Self.gate()
        let (port, secret) = try access(gate)
        try gate.register()
        let token = try gate.login().text("access_token")
        #expect(try gate.send("GET", "/api/x", token: token).status == 200)
        let claims = try #require(
            Data(base64URL: String(token.split(separator: ".")[1]))
                .flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] })
        for (kind, claim) in [("account", "sub"), ("session", "sid"), ("key", "jti")] {
            let id = try #require(claims[claim] as? String)
            let body = ["target": "\(kind):\(id)"]
            #expect(try gate.send("POST", "/blocks", body, token: secret, port: port).status == 201)
            let refused = try gate.send("GET", "/api/x", token: token)
            #expect(refused.status == 403 && refused.code == "refused")
            #expect(
                try gate.send("POST", "/blocks/remove", body, token: secret, port: port).status
                    == 200)
            #expect(try gate.send("GET", "/api/x", token: token).status == 200)
        }
    }

    @Test func `blocks outlive a restart`() throws {
        var gate: AccountsGate? = try Self.gate()
        let folder = try #require(gate).folder
        let (port, secret) = try access(try #require(gate))
        let answer = try #require(gate).send(
            "POST", "/blocks", ["target": "192.0.2.7", "reason": "kept"], token: secret, port: port)
        #expect(answer.status == 201)
        gate = nil
        let next = try Self.gate(folder)
        #expect(try get(next, from: "192.0.2.7") == 403 && get(next, from: "192.0.2.8") == 404)
        #expect(try access(next).secret != secret)
    }

    @Test(.enabled(if: StartedProgram.built("gatehouse") != nil, "the program is not built"))
    func `gatehouse block says what it did, and in its exit code whether it did`() throws {
        let gate = try Self.gate()
        _ = try access(gate)
        let file = gate.folder.path + "/gatehouse.yml"
        try "data: \(gate.folder.path)/data\nupstreams: {a: {servers: [echo]}}\n"
            .appending("hosts: [localhost]\n")
            .appending("listeners: [{address: \"127.0.0.1:0\", protocol: http}]\n")
            .appending("routes: [{path: /*, access: anyone, upstream: a}]\n")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let program = try #require(StartedProgram.built("gatehouse"))
        func run(_ arguments: String...) throws -> Tool {
            try Tool(
                "env", [program, "block"] + arguments + ["--data", gate.folder.path + "/data"],
                in: gate.folder.path + "/data")
        }
        let added = try run("add", "192.0.2.7", "--for", "2h", "--reason", "why not")
        #expect(added.code == 0 && added.output.hasPrefix("192.0.2.7  until 2"), "\(added.error)")
        #expect(try get(gate, from: "192.0.2.7") == 403)
        let listed = try run("list")
        #expect(listed.code == 0 && listed.output.contains("why not"))
        let json = try run("list", "--json")
        let read = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(json.code == 0 && read?["total"] as? Int == 1)
        #expect(try run("remove", "192.0.2.7").code == 0)
        #expect(try get(gate, from: "192.0.2.7") == 404)
        let again = try run("remove", "192.0.2.7")
        #expect(again.code == 1 && again.error.contains("is not blocked"))
        let own = try run("add", "127.0.0.1")
        #expect(
            own.code == 1 && own.error.contains("this machine") && own.error.contains("--force"))
        for wrong in [
            ["add"], ["add", "nonsense"], ["add", "192.0.2.1", "--for", "soon"], ["burn", "x"],
        ] {
            let tool = try Tool("env", [program, "block"] + wrong, in: gate.folder.path)
            #expect(tool.code == 2 && !tool.error.isEmpty, "\(wrong)")
        }
        gate.gateway.stop()
        let late = try run("list")
        #expect(late.code == 1 && late.error.contains("no gate runs"))
    }
}

extension Data {
    fileprivate init?(base64URL text: String) {
        let plain = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
