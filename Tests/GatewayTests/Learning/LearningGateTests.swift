import Foundation
import GatehouseCore
import GatehouseValidation
import TestSupport
import Testing

@testable import Gatehouse

/// A gate that learns, in front of a real API; then one that enforces what it learned.
@Suite(.enabled(if: ShopUpstream.isThere, "python3 is not installed"))
struct LearningGateTests {
    /// A request, and who seems to send it.
    private struct Call {
        var method = "GET"
        var target: String
        var client = 1
        var body: String?
        var type = "application/json"
        var fields: [String] = []

        var text: String {
            var lines = [
                "\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close",
                "X-Forwarded-For: 203.0.113.\(client)", "Accept-Encoding: gzip",
            ]
            lines += fields
            if let body {
                lines += ["Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
            }
            return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        }
    }

    private static func text(_ upstream: ShopUpstream, _ validation: String) -> String {
        """
        data: ./data
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0", protocol: http }]
        admin: { enabled: false }
        limits: []
        server: { loops: 1 }
        log: { level: error, access: off }
        trusted-proxies: [127.0.0.0/8]
        upstreams: { api: { servers: ["http://127.0.0.1:\(upstream.port)"] } }
        routes:
          - { path: /*, methods: all, access: anyone, upstream: api }
        validation: \(validation)

        """
    }

    /// Good requests of many shapes, each by three clients at least.
    private static let calls: [Call] = (0..<40).flatMap { round -> [Call] in
        (1...4).flatMap { client -> [Call] in
            let note = round % 3 == 0 ? "null" : #""é \#(round)""#
            return [
                Call(
                    target: "/orders?limit=\(1 + round % 5)&sort=\(["at", "total"][round % 2])",
                    client: client),
                Call(
                    target: "/orders/\(round * 7 + client)", client: client,
                    fields: ["X-Tenant: t\(round % 3)", "Cookie: theme=dark; sid=s3cr3t\(round)"]),
                Call(
                    method: "POST", target: "/orders", client: client,
                    body: """
                        {"count":\(round),"email":"c\(round)@example.org","note":\(note),
                         "tags":["a\(round)"],"ship":{"zip":"1\(round)","express":\(round % 2 == 0)}}
                        """),
                Call(
                    method: "PATCH", target: "/orders/\(round + 1)", client: client,
                    body: "note=hello+\(round)&count=\(round)",
                    type: "application/x-www-form-urlencoded"),
                Call(method: "DELETE", target: "/orders/\(round + 1)", client: client),
                Call(target: "/login", client: client),
            ]
        }
    }

    /// What must teach nothing: refused by the gate, or by the upstream.
    private static let hostile: [Call] = (0..<40).flatMap { round -> [Call] in
        (1...9).flatMap { client -> [Call] in
            [
                Call(
                    method: "POST", target: "/orders", client: client,
                    body: #"{"count":1,"$where":"x","admin":true}"#),
                Call(method: "POST", target: "/orders", client: client, body: #"{"count":1"#),
                Call(
                    method: "POST", target: "/orders", client: client, body: "<a/>",
                    type: "application/xml"),
                Call(target: "/orders?limit[$gt]=1", client: client),
                Call(target: "/orders/10000\(round)?admin=1", client: client),
                Call(target: "/fail/\(round)?debug=1", client: client),
                Call(method: "PUT", target: "/backdoor", client: client, body: "{}"),
            ]
        }
    }

    private func send(_ calls: [Call], to gate: FaultGate) throws -> [Int] {
        try calls.map { call in
            let client = try gate.client()
            client.send(call.text)
            return client.receiveAll().status ?? 0
        }
    }

    private func learned(_ folder: URL, _ upstream: ShopUpstream) throws -> LearnedDocuments {
        let text = Self.text(upstream, "{ requests: learn }")
        return LearnedDocuments(
            try Configuration.parse(Array(text.utf8), name: "x", folder: folder.path).configuration)
    }

    @Test func `refuses nothing, with what it learned, of the traffic that taught it`() throws {
        let upstream = try ShopUpstream()
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let learning = try FaultGate(
            Self.text(upstream, "{ requests: learn }"), folder: folder)
        let before = try send(Self.calls, to: learning)
        #expect(Set(before) == [200, 201, 204, 302])
        learning.gateway.stop()
        let proposal = try learned(folder, upstream).proposal(ProposalRules())
        let yaml = String(decoding: proposal.document.yaml(), as: UTF8.self)
        #expect(proposal.operationCount == 6, "\(yaml)")
        #expect(!yaml.contains("s3cr3t") && !yaml.contains("example.org"))
        let scratch = try ScratchFolder()
        try scratch.write(yaml, "learned.yaml")
        try expectValid(yaml)

        let enforcing = try FaultGate(
            Self.text(
                upstream,
                "{ openapi: \(scratch.path)/learned.yaml, requests: enforce, responses: enforce }"))
        let after = try send(Self.calls, to: enforcing)
        for (call, pair) in zip(Self.calls, zip(before, after)) {
            #expect(pair.0 == pair.1, "\(call.method) \(call.target) \(call.body ?? "")")
        }
        let strange = try send(
            [
                Call(target: "/any/thing"), Call(target: "/orders?admin=1"),
                Call(target: "/orders?limit=100000"),
                Call(method: "POST", target: "/orders", body: #"{"count":1}"#),
                Call(method: "PUT", target: "/orders/1", body: "{}"),
            ], to: enforcing)
        #expect(strange == [404, 422, 422, 422, 405])
        print("learning: \(after.count) requests taught and were let in again")
    }

    /// The validator of another project takes it too.
    private func expectValid(_ yaml: String) throws {
        guard Tool.hasPythonPackage("openapi_spec_validator, yaml") else {
            print("learning: openapi-spec-validator is not installed in .venv")
            return
        }
        let folder = try ScratchFolder()
        try folder.write(yaml, "learned.yaml")
        let script =
            "import sys, yaml; from openapi_spec_validator import OpenAPIV31SpecValidator as V;"
            + "d = yaml.safe_load(open(sys.argv[1])); V(d).validate(); print(len(d['paths']))"
        let tool = try Tool(python: ["-c", script, folder.path + "/learned.yaml"])
        #expect(tool.code == 0, "\(tool.error.suffix(800))\n\(yaml)")
    }

    @Test func `is taught nothing by what is refused or fails, after a restart neither`() throws {
        let upstream = try ShopUpstream()
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = Self.text(upstream, "{ requests: learn }")
        let first = try FaultGate(text, folder: folder)
        _ = try send(Array(Self.calls.prefix(240)), to: first)
        first.gateway.stop()
        let before = try learned(folder, upstream).proposal(ProposalRules())
        #expect(before.operationCount == 6)
        let file = folder.path + "/data/openapi-learned.json"
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)

        let second = try FaultGate(text, folder: folder)
        let statuses = try send(Self.hostile, to: second)
        #expect(Set(statuses) == [400, 404, 415, 500])
        second.gateway.stop()
        let after = try learned(folder, upstream).proposal(ProposalRules())
        #expect(after.document == before.document)
        #expect(after.leftOut.isEmpty)
    }

    @Test func `learns beside a document as well, and says how the two differ`() throws {
        let upstream = try ShopUpstream()
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let document = """
            openapi: 3.1.0
            info: { title: Shop, version: "1" }
            paths:
              /orders/{orderId}:
                parameters:
                  - { name: orderId, in: path, required: true, schema: { type: integer, minimum: 0, maximum: 99 } }
                get: { responses: { "200": { description: fine, content: { application/json: {} } } } }
                put: { responses: { "200": { description: fine } } }
            """
        try document.write(
            toFile: folder.path + "/shop.yaml", atomically: true, encoding: .utf8)
        let validation = "{ openapi: \(folder.path)/shop.yaml, requests: learn }"
        let gate = try FaultGate(Self.text(upstream, validation), folder: folder)
        let calls = Self.calls.filter { $0.target.hasPrefix("/orders/") && $0.method == "GET" }
        #expect(Set(try send(calls, to: gate)) == [200])
        _ = try send(Self.calls.filter { $0.target == "/login" }, to: gate)
        gate.gateway.stop()
        let configuration = try Configuration.parse(
            Array(Self.text(upstream, validation).utf8), name: "x", folder: folder.path)
        let learned = LearnedDocuments(configuration.configuration)
        let found = try learned.differences(from: nil, learned.rules).differences.map {
            "\($0.kind) \($0.operation) \($0.place) \($0.aspect)"
        }
        #expect(
            Set(found) == [
                "undeclared GET /login  the operation",
                "unseen PUT /orders/{orderId}  the operation",
                "tighter GET /orders/{orderId} path segment 2 maximum",
                "undeclared GET /orders/{orderId} header x-tenant the parameter",
                "undeclared GET /orders/{orderId} cookie theme the parameter",
                "looser GET /orders/{orderId} response 200 application/json schema",
            ])
        #expect(
            try learned.proposal(learned.rules).document["paths"]?.members.map(\.name)
                == ["/login", "/orders/{orderId}"])
    }
}
