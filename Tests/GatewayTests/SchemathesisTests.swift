import Foundation
import TestSupport
import Testing

@testable import Gatehouse

/// A fuzzer that knows the document (schemathesis) against the gate, in front of an upstream that
/// takes everything: what the document forbids must not reach it, and what it allows must.
@Suite struct SchemathesisTests {
    private static let document = """
        openapi: 3.1.0
        info: { title: Shop, version: "1" }
        servers: [{ url: / }]
        components:
          schemas:
            Order:
              type: object
              additionalProperties: false
              required: [item, count]
              properties:
                item: { type: string, minLength: 1, maxLength: 20 }
                count: { type: integer, minimum: 1, maximum: 99 }
                tags: { type: array, maxItems: 3, uniqueItems: true, items: { enum: [a, b, c] } }
                ratio: { type: number, exclusiveMinimum: 0, multipleOf: 0.5 }
                to:
                  oneOf:
                    - { type: object, additionalProperties: false, required: [street],
                        properties: { street: { type: string, maxLength: 40 } } }
                    - { type: object, additionalProperties: false, required: [box],
                        properties: { box: { type: integer, minimum: 1, maximum: 9 } } }
        paths:
          /orders:
            get:
              parameters:
                - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 50 } }
                - { name: sort, in: query, required: true, schema: { enum: [item, count] } }
                - name: tag
                  in: query
                  schema: { type: array, maxItems: 3, items: { enum: [a, b, c] } }
                - { name: X-Tenant, in: header, required: true,
                    schema: { type: string, pattern: "^[a-z]{1,9}$" } }
              responses: { "200": { description: fine } }
            post:
              requestBody:
                required: true
                content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
              responses: { "200": { description: made } }
          /orders/{id}:
            put:
              parameters:
                - { name: id, in: path, required: true, schema: { type: string, format: uuid } }
                - { name: dry, in: query, schema: { type: boolean } }
              requestBody:
                required: true
                content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
              responses: { "200": { description: fine } }
        """

    @Test(.enabled(if: Tool.areInstalled("schemathesis"), "schemathesis is not in .venv"))
    func `lets nothing past that the document forbids, and all that it allows`() throws {
        let folder = try ScratchFolder()
        try folder.write(Self.document, "openapi.yaml")
        let upstream = try TestUpstream(
            .bytes(
                Array(
                    ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 2\r\n\r\n{}").utf8)))
        let gate = try FaultGate(
            """
            data: ./data
            hosts: ["127.0.0.1"]
            listeners: [{ address: "127.0.0.1:0", protocol: http }]
            admin: { enabled: false }
            limits: []
            server: { loops: 1 }
            log: { level: error, access: off }
            upstreams: { api: { servers: ["http://127.0.0.1:\(upstream.port)"] } }
            routes:
              - { path: /*, methods: all, access: anyone, upstream: api, repeatable: [tag] }
            validation: { openapi: \(folder.path)/openapi.yaml }
            """)
        let tool = try Tool(
            "schemathesis",
            [
                "run", folder.path + "/openapi.yaml", "--url", "http://127.0.0.1:\(gate.port)",
                "--no-color", "--phases", "examples,coverage,fuzzing", "--mode", "all",
                "--max-examples", "60", "--seed", "7", "--generation-database", "none",
                "--checks",
                "not_a_server_error,negative_data_rejection,positive_data_acceptance",
                "--max-failures", "5",
            ], in: folder.path, seconds: 240)
        #expect(tool.code == 0, "\(tool.output.suffix(3_000)) \(tool.error.suffix(500))")
        let seen = upstream.seen.count
        #expect(seen > 100, "\(tool.output.suffix(600))")
        print("schemathesis: \(seen) requests passed the gate")
    }
}
