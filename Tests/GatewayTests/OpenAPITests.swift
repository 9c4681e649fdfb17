import Foundation
import GatehouseCore
import GatehouseHTTP
import TestSupport
import Testing

@testable import Gatehouse

/// An OpenAPI document at the gate, in front of an upstream that believes everything.
@Suite struct OpenAPIGateTests {
    static let document = """
        openapi: 3.1.0
        info: { title: Shop, version: "1" }
        components:
          securitySchemes:
            token: { type: http, scheme: bearer }
          schemas:
            Order:
              type: object
              additionalProperties: false
              required: [item, count]
              properties:
                item: { type: string, minLength: 1, maxLength: 20 }
                count: { type: integer, minimum: 1, maximum: 99 }
        paths:
          /orders:
            get:
              parameters:
                - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 50 } }
                - { name: X-Tenant, in: header, required: true, schema: { type: string, maxLength: 9 } }
              responses:
                "200":
                  description: fine
                  content:
                    application/json:
                      schema:
                        type: array
                        maxItems: 10
                        items: { $ref: "#/components/schemas/Order" }
            post:
              deprecated: true
              x-sunset: 2027-01-31
              requestBody:
                required: true
                content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
              responses: { "201": { description: made }, "200": { description: known } }
          /orders/{id}:
            get:
              security: [{ token: ["orders:read"] }]
              parameters:
                - { name: id, in: path, required: true, schema: { type: string, format: uuid } }
              responses: { "200": { description: fine } }
        """

    private final class Gate {
        let folder: ScratchFolder
        let upstream: TestUpstream
        let gate: FaultGate

        init(
            _ validation: String, answer: String = "[]", status: String = "200 OK",
            route: String = ""
        ) throws {
            folder = try ScratchFolder()
            upstream = try TestUpstream(
                .bytes(
                    Array(
                        ("HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
                            + "Content-Length: \(answer.utf8.count)\r\n\r\n\(answer)").utf8)))
            try folder.write(OpenAPIGateTests.document, "openapi.yaml")
            gate = try FaultGate(
                """
                data: ./data
                hosts: [localhost]
                listeners: [{ address: "127.0.0.1:0", protocol: http }]
                admin: { enabled: false }
                limits: []
                server: { loops: 1 }
                log: { level: error, access: off }
                upstreams: { api: { servers: ["http://127.0.0.1:\(upstream.port)"] } }
                routes:
                  - { path: /*, methods: all, access: anyone, upstream: api, body-max: 4MiB\(route) }
                validation: { openapi: \(folder.path)/openapi.yaml\(validation) }
                """)
        }

        func send(_ method: String, _ path: String, _ fields: String..., body: String? = nil)
            throws -> String
        {
            let client = try gate.client()
            var all = fields
            if let body {
                all.append("Content-Length: \(body.utf8.count)")
                if !all.contains(where: { $0.hasPrefix("Content-Type") }) {
                    all.append("Content-Type: application/json")
                }
            } else if method == "POST" {
                all.append("Content-Length: 0")
            }
            let head =
                (["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + all)
                .joined(separator: "\r\n") + "\r\n\r\n"
            client.send(head + (body ?? ""))
            return client.receiveAll()
        }
    }

    @Test(arguments: [
        ("GET", "/elsewhere", 404, "no-route"), ("DELETE", "/orders", 405, "method-not-allowed"),
        ("GET", "/orders", 422, "\"pointer\":\"/header/x-tenant\",\"keyword\":\"required\""),
        ("GET", "/orders?limit=51", 422, "\"pointer\":\"/query/limit\",\"keyword\":\"maximum\""),
        ("GET", "/orders?limit=x", 422, "/query/limit"),
        ("GET", "/orders?other=1", 422, "\"pointer\":\"/query/other\",\"keyword\":\"undeclared\""),
        ("GET", "/orders/7", 401, "token-missing"),
    ])
    func `refuses requests that the document does not declare`(
        _ method: String, _ path: String, _ status: Int, _ part: String
    ) throws {
        let gate = try Gate("")
        let answer = try gate.send(method, path)
        #expect(answer.status == status, "\(answer)")
        #expect(answer.contains(part), "\(answer)")
        #expect(gate.upstream.seen.isEmpty)
    }

    @Test func `a route that names no document is held to the configuration's`() throws {
        let enforcing = try Gate(", requests: report", route: ", validation: { requests: enforce }")
        #expect(try enforcing.send("GET", "/elsewhere").status == 404)
        #expect(try enforcing.send("GET", "/orders/7").status == 401)
        #expect(enforcing.upstream.seen.isEmpty)
        let learning = try Gate(
            ", responses: enforce", answer: "{}", route: ", validation: { requests: learn }")
        #expect(try learning.send("GET", "/orders", "X-Tenant: a").status == 502)
    }

    @Test func `refuses bodies that do not fit, and names every place but no value`() throws {
        let gate = try Gate("")
        let answer = try gate.send(
            "POST", "/orders", body: #"{"item":"","count":100,"admin":"sesame"}"#)
        #expect(answer.status == 422, "\(answer)")
        for part in ["\"/item\"", "\"/count\"", "\"/admin\"", "minLength", "maximum"] {
            #expect(answer.contains(part), "\(part): \(answer)")
        }
        #expect(!answer.contains("sesame") && !answer.contains("100"))
        #expect(try gate.send("POST", "/orders").status == 422)
        #expect(try gate.send("POST", "/orders", body: "{").status == 400)
        #expect(
            try gate.send("POST", "/orders", "Content-Type: text/plain", body: "{}").status == 415)
        #expect(
            try gate.send("GET", "/orders", "X-Tenant: a", body: "{}").status == 400)
        #expect(gate.upstream.seen.isEmpty)
    }

    @Test func `passes on what fits, byte for byte, and tells of what is going away`() throws {
        let gate = try Gate("", answer: "", status: "201 Created")
        let body = #"{ "count" : 1.0, "item":"tea" }"#
        let answer = try gate.send("POST", "/orders", body: body)
        #expect(answer.status == 201, "\(answer)")
        #expect(answer.contains("Deprecation: @0\r\n"))
        #expect(answer.contains("Sunset: Sun, 31 Jan 2027 00:00:00 GMT\r\n"))
        let seen = try #require(gate.upstream.seen.first)
        #expect(seen.body == Array(body.utf8))
        let read = try gate.send("GET", "/orders?limit=50", "X-Tenant: a")
        #expect(read.status == 201 && !read.contains("Deprecation"))
    }

    @Test func `lets pass in report mode what it would refuse`() throws {
        let gate = try Gate(", requests: report")
        #expect(try gate.send("GET", "/orders?limit=51").status == 200)
        #expect(try gate.send("GET", "/elsewhere").status == 200)
        #expect(try gate.send("POST", "/orders", body: #"{"item":1}"#).status == 200)
        #expect(gate.upstream.seen.count == 3)
        // What the gate refuses without a document it refuses with one that only reports.
        #expect(
            try gate.send("POST", "/orders", "Content-Type: text/plain", body: "{}").status == 415)
        #expect(try gate.send("POST", "/orders", body: #"{"$gt":1}"#).status == 400)
        #expect(gate.upstream.seen.count == 3)
    }

    @Test func `judges bodies and answers of more than a mebibyte too`() throws {
        let space = String(repeating: " ", count: 1_500_000)
        let body = #"{"item":"tea",\#(space)"count":1}"#
        let gate = try Gate("")
        #expect(try gate.send("POST", "/orders", body: body).status == 200)
        #expect(gate.upstream.seen.first?.bodyBytes == body.utf8.count)
        let wrong = body.replacingOccurrences(of: "1}", with: "100}")
        #expect(try gate.send("POST", "/orders", body: wrong).status == 422)
        let good = try Gate(
            ", responses: enforce", answer: #"[{"item":"tea",\#(space)"count":1}]"#)
        #expect(try good.send("GET", "/orders", "X-Tenant: a").status == 200)
        let bad = try Gate(
            ", responses: enforce", answer: #"[{"item":"tea",\#(space)"count":100}]"#)
        #expect(try bad.send("GET", "/orders", "X-Tenant: a").status == 502)
    }

    @Test func `keeps answers back that the document does not declare`() throws {
        for (answer, status) in [
            (#"[{"item":"tea","count":1,"cost":0.1}]"#, "200 OK"),
            (#"[{"item":"tea"}]"#, "200 OK"), ("{}", "200 OK"), ("[", "200 OK"),
            ("[]", "202 Accepted"),
        ] {
            let gate = try Gate(", responses: enforce", answer: answer, status: status)
            let seen = try gate.send("GET", "/orders", "X-Tenant: a")
            #expect(seen.status == 502, "\(answer): \(seen)")
            #expect(!seen.contains("tea"))
        }
        let good = try Gate(", responses: enforce", answer: #"[{"item":"tea","count":1}]"#)
        let seen = try good.send("GET", "/orders", "X-Tenant: a")
        #expect(seen.status == 200 && seen.hasSuffix(#"[{"item":"tea","count":1}]"#))
    }

    @Test func `leaves out of answers what no schema declares`() throws {
        let gate = try Gate(
            ", responses: strip", answer: #"[{"item":"tea","count":1,"cost":0.1}]"#)
        let seen = try gate.send("GET", "/orders", "X-Tenant: a")
        #expect(seen.status == 200 && seen.hasSuffix(#"[{"item":"tea","count":1}]"#), "\(seen)")
        let broken = try Gate(", responses: strip", answer: #"[{"item":"tea","cost":1}]"#)
        #expect(try broken.send("GET", "/orders", "X-Tenant: a").status == 502)
    }

    @Test func `does not start with a document that it cannot enforce`() throws {
        let folder = try ScratchFolder()
        for (text, part) in [
            ("openapi: 2.0\n", "openapi"), ("[", "line 2"), ("", "empty"),
            (
                Self.document.replacingOccurrences(
                    of: "#/components/schemas/Order", with: "#/nope"),
                "nope"
            ),
            (
                Self.document.replacingOccurrences(of: "scheme: bearer", with: "scheme: basic"),
                "security: ignore"
            ),
            (Self.document.replacingOccurrences(of: "2027-01-31", with: "soon"), "x-sunset"),
        ] {
            try folder.write(text, "openapi.yaml")
            let configuration = """
                hosts: [localhost]
                upstreams: { api: { servers: ["http://127.0.0.1:1"] } }
                routes: [{ path: /*, methods: all, access: anyone, upstream: api }]
                validation: { openapi: openapi.yaml }
                """
            do {
                _ = try Configuration.parse(
                    Array(configuration.utf8), name: "x", folder: folder.path)
                Issue.record("took \(text.prefix(40))")
            } catch {
                #expect("\(error.rendered(colored: false))".contains(part), "\(error)")
            }
        }
    }

    @Test func `says when the document's security is only reported`() throws {
        let folder = try ScratchFolder()
        try folder.write(Self.document, "openapi.yaml")
        for (validation, isWarned) in [
            ("openapi: openapi.yaml", false), ("openapi: openapi.yaml, requests: report", true),
            ("openapi: openapi.yaml, requests: learn", true),
            ("openapi: openapi.yaml, requests: report, security: ignore", false),
            ("openapi: openapi.yaml } #", true),
        ] {
            let isOfRoute = validation.hasSuffix("#")
            let text = """
                hosts: [localhost]
                upstreams: { api: { servers: ["http://127.0.0.1:1"] } }
                routes:
                  - path: /*
                    methods: all
                    access: anyone
                    upstream: api\(isOfRoute ? "\n    validation: { requests: learn }" : "")
                validation: { \(validation) }
                """
            let file = try Configuration.parse(Array(text.utf8), name: "x", folder: folder.path)
            let found = file.warnings.contains { $0.problem.contains("`security`") }
            #expect(found == isWarned, "\(validation)")
        }
    }
}
