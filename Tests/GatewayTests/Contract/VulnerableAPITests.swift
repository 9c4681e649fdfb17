import Foundation
import TestSupport
import Testing

@testable import Gatehouse

/// A deliberately vulnerable API in Express, alone and behind the gate with its document: each
/// exploit works on the one, or this test fails, and not on the other.
@Suite(.enabled(if: IdentityUpstreamTests.hasExpress, "node and node-express are not installed"))
struct VulnerableAPITests {
    private static let document = """
        openapi: 3.0.3
        info: { title: A shop with holes, version: "1" }
        components:
          schemas:
            Credentials:
              type: object
              additionalProperties: false
              required: [email, password]
              properties:
                email: { type: string, maxLength: 254 }
                password: { type: string, minLength: 8, maxLength: 128 }
            NewUser:
              type: object
              additionalProperties: false
              required: [name]
              properties: { name: { type: string, minLength: 1, maxLength: 40 } }
            User:
              type: object
              properties: { id: { type: integer }, email: { type: string }, name: { type: string } }
            Error: { type: object, properties: { error: { type: string, maxLength: 100 } } }
          responses:
            Refusal:
              description: refused
              content: { application/json: { schema: { $ref: "#/components/schemas/Error" } } }
            User:
              description: a user
              content: { application/json: { schema: { $ref: "#/components/schemas/User" } } }
        paths:
          /login:
            post:
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: "#/components/schemas/Credentials" } }
                  application/x-www-form-urlencoded:
                    schema: { $ref: "#/components/schemas/Credentials" }
              responses:
                "200": { $ref: "#/components/responses/User" }
                "401": { $ref: "#/components/responses/Refusal" }
          /users:
            post:
              requestBody:
                required: true
                content: { application/json: { schema: { $ref: "#/components/schemas/NewUser" } } }
              responses: { "201": { $ref: "#/components/responses/User" } }
          /users/{id}:
            get:
              parameters:
                - { name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }
              responses: { "200": { $ref: "#/components/responses/User" } }
          /settings:
            patch:
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      properties: { theme: { type: string, maxLength: 20 } }
              responses:
                "200":
                  description: fine
                  content:
                    application/json:
                      schema: { type: object, properties: { theme: { type: string } } }
          /admin:
            get:
              responses:
                "200":
                  description: fine
                  content:
                    application/json:
                      schema: { type: object, properties: { keys: { type: string } } }
                "403": { $ref: "#/components/responses/Refusal" }
          /export:
            get:
              parameters:
                - { name: owner, in: query, required: true, schema: { type: string, maxLength: 20 } }
              responses:
                "200":
                  description: fine
                  content:
                    application/json:
                      schema:
                        type: object
                        properties: { owner: { type: string }, content: { type: string } }
                "403": { $ref: "#/components/responses/Refusal" }
          /orders/lookup:
            post:
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [id]
                      properties: { id: { type: integer, minimum: 1, maximum: 1000 } }
              responses:
                "200":
                  description: fine
                  content:
                    application/json:
                      schema:
                        type: object
                        properties: { id: { type: integer }, item: { type: string } }
                "403": { $ref: "#/components/responses/Refusal" }
        """

    private final class Scene {
        let folder: ScratchFolder
        let api: StartedProgram
        let direct: UInt16
        let gate: FaultGate

        init(injection: String) throws {
            folder = try ScratchFolder()
            try folder.write(VulnerableAPITests.document, "openapi.yaml")
            api = try StartedProgram(
                "/usr/bin/env",
                ["node", Tool.root + "/Tests/GatewayTests/Contract/vulnerable.js"],
                environment: ["PORT": "0", "NODE_PATH": "/usr/share/nodejs"])
            direct = try api.listeningPort()
            gate = try FaultGate(
                """
                data: ./data
                hosts: [localhost]
                listeners: [{ address: "127.0.0.1:0", protocol: http }]
                admin: { enabled: false }
                limits: []
                server: { loops: 1 }
                log: { level: error, access: off }
                upstreams: { api: { servers: ["http://127.0.0.1:\(direct)"] } }
                routes: [{ path: /*, methods: all, access: anyone, upstream: api }]
                input: { injection: \(injection) }
                validation: { openapi: \(folder.path)/openapi.yaml, responses: strip }
                """)
        }

        func send(_ step: Step, through port: UInt16) throws -> String {
            let client = try RawClient(port: port)
            var lines = [
                "\(step.method) \(step.target) HTTP/1.1", "Host: localhost", "Connection: close",
            ]
            if let body = step.body {
                lines.append("Content-Type: \(step.type)")
                lines.append("Content-Length: \(body.utf8.count)")
            }
            client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (step.body ?? ""))
            return client.receiveAll()
        }
    }

    struct Step: Sendable {
        var method = "POST"
        var target: String
        var body: String?
        var type = "application/json"
    }

    struct Exploit: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [Step]
        /// What the last answer holds when it worked.
        let loot: String
        /// What the gate answers the first step.
        let statuses: [Int]

        var testDescription: String { name }
    }

    private static func login(_ body: String, type: String = "application/json") -> Step {
        Step(target: "/login", body: body, type: type)
    }

    static let exploits = [
        Exploit(
            name: "an operator instead of a password",
            steps: [login(#"{"email":"admin@shop","password":{"$ne":null}}"#)],
            loot: "passwordHash",
            statuses: [400, 422]),
        Exploit(
            name: "operators in a form",
            steps: [
                login(
                    "email=admin@shop&password[$gt]=", type: "application/x-www-form-urlencoded")
            ], loot: "passwordHash", statuses: [400, 422]),
        Exploit(
            name: "a pattern instead of an address, hidden by an escape",
            steps: [login(#"{"email":{"\u0024regex":"^adm"},"password":{"\u0024ne":""}}"#)],
            loot: "admin@shop", statuses: [400, 422]),
        Exploit(
            name: "a prototype that is polluted",
            steps: [
                Step(
                    method: "PATCH", target: "/settings", body: #"{"__proto__":{"isAdmin":true}}"#),
                Step(method: "GET", target: "/admin"),
            ], loot: "the keys of the shop", statuses: [400, 422]),
        Exploit(
            name: "a prototype by way of the constructor",
            steps: [
                Step(
                    method: "PATCH", target: "/settings",
                    body: #"{"constructor":{"prototype":{"isAdmin":true}}}"#),
                Step(method: "GET", target: "/admin"),
            ], loot: "the keys of the shop", statuses: [400, 422]),
        Exploit(
            name: "a member that nobody may set",
            steps: [Step(target: "/users", body: #"{"name":"eve","isAdmin":true}"#)],
            loot: #""isAdmin":true"#, statuses: [422]),
        Exploit(
            name: "more in the answer than is meant for anyone",
            steps: [Step(method: "GET", target: "/users/1")], loot: "passwordHash",
            statuses: [200]),
        Exploit(
            name: "a parameter that is there twice",
            steps: [Step(method: "GET", target: "/export?owner=alice&owner=bob")],
            loot: "bank statements", statuses: [400, 422]),
        Exploit(
            name: "a parameter that becomes a list",
            steps: [Step(method: "GET", target: "/export?owner[]=alice&owner[]=bob")],
            loot: "bank statements", statuses: [400, 422]),
        Exploit(
            name: "an id of another type",
            steps: [Step(target: "/orders/lookup", body: #"{"id":"2"}"#)], loot: "a secret order",
            statuses: [422]),
        Exploit(
            name: "an id in a list",
            steps: [Step(target: "/orders/lookup", body: #"{"id":[2]}"#)], loot: "a secret order",
            statuses: [422]),
        Exploit(
            name: "a stack trace by a wrong type",
            steps: [Step(target: "/users", body: #"{"name":7}"#)], loot: "vulnerable.js",
            statuses: [422]),
        Exploit(
            name: "a stack trace by an id that is not there",
            steps: [Step(method: "GET", target: "/users/99")], loot: "vulnerable.js",
            statuses: [500]),
        Exploit(
            name: "an operation that is not in the document",
            steps: [Step(method: "GET", target: "/debug")], loot: "openssl", statuses: [404]),
    ]

    /// Both controls, and the document alone.
    @Test(arguments: exploits, ["refuse", "off"])
    func `an exploit that works on the API does not work through the gate`(
        _ exploit: Exploit, _ injection: String
    ) throws {
        let scene = try Scene(injection: injection)
        var answers: [String] = []
        for step in exploit.steps {
            answers.append(try scene.send(step, through: scene.gate.port))
        }
        #expect(exploit.statuses.contains(answers[0].status ?? 0), "\(answers[0])")
        #expect(answers.allSatisfy { !$0.contains(exploit.loot) }, "\(answers)")
        // What was refused left nothing behind either.
        if let last = exploit.steps.last, exploit.steps.count > 1 {
            let answer = try scene.send(last, through: scene.direct)
            #expect(!answer.contains(exploit.loot), "\(answer)")
        }
        var answer = ""
        for step in exploit.steps { answer = try scene.send(step, through: scene.direct) }
        #expect(answer.contains(exploit.loot), "the exploit does not work at all: \(answer)")
    }

    @Test func `normal use passes unchanged`() throws {
        let scene = try Scene(injection: "refuse")
        let steps: [(Step, Int)] = [
            (Step(method: "PATCH", target: "/settings", body: #"{"theme":"dark"}"#), 200),
            (Step(method: "GET", target: "/export?owner=alice"), 200),
            (Step(method: "GET", target: "/export?owner=bob"), 403),
            (Step(method: "GET", target: "/admin"), 403),
            (Step(target: "/orders/lookup", body: #"{"id":1}"#), 200),
            (Step(target: "/orders/lookup", body: #"{"id":2}"#), 403),
            (Self.login(#"{"email":"bob@shop","password":"wrong password"}"#), 401),
        ]
        for (step, status) in steps {
            let direct = try scene.send(step, through: scene.direct)
            let gated = try scene.send(step, through: scene.gate.port)
            #expect(gated.status == status && direct.status == status, "\(step): \(gated)")
            #expect(gated.body == direct.body, "\(step)")
        }
        let form = "application/x-www-form-urlencoded"
        for step in [
            Self.login(#"{"email":"bob@shop","password":"builder1"}"#),
            Self.login("email=bob%40shop&password=builder1", type: form),
        ] {
            let gated = try scene.send(step, through: scene.gate.port)
            #expect(gated.body == #"{"id":2,"email":"bob@shop","name":"BOB"}"#, "\(gated)")
        }
        let made = try scene.send(
            Step(target: "/users", body: #"{"name":"eve"}"#), through: scene.gate.port)
        #expect(made.status == 201 && made.body == #"{"id":3,"name":"EVE"}"#, "\(made)")
    }
}

extension String {
    /// What follows an answer's head.
    fileprivate var body: String {
        firstRange(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? ""
    }
}
