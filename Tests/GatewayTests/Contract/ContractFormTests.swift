import TestSupport
import Testing

@testable import Gatehouse

/// Forms at the gate, held to a document.
@Suite struct ContractFormTests {
    private static let document = """
        openapi: 3.1.0
        info: { title: Forms, version: "1" }
        paths:
          /upload:
            post:
              requestBody:
                required: true
                content:
                  multipart/form-data:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [title]
                      properties:
                        title: { type: string, maxLength: 5 }
                        tags: { type: array, maxItems: 2, items: { type: string, maxLength: 5 } }
                        meta: { type: object, properties: { level: { type: integer } } }
                        file: { type: string, format: binary, maxLength: 2000000 }
                    encoding: { file: { headers: { X-Sum: { schema: { type: integer } } } } }
              responses: { "204": { description: fine } }
          /form:
            post:
              requestBody:
                content:
                  application/x-www-form-urlencoded:
                    schema:
                      type: object
                      additionalProperties: false
                      properties:
                        title: { type: string, maxLength: 5 }
                        tags: { type: array, maxItems: 2, items: { type: string } }
              responses: { "204": { description: fine } }
          /list:
            get:
              parameters:
                - { name: tag, in: query, schema: { type: array, maxItems: 2, items: { type: string } } }
                - { name: sort, in: query, schema: { type: string } }
              responses: { "204": { description: fine } }
        """

    private typealias Parts = [(header: String, content: String)]

    @Test func `refuses parts that do not fit, with the place of each`() throws {
        let gate = try ContractGate(Self.document)
        let cases: [(Parts, Int, String)] = [
            ([], 422, "invalid-input"),
            ([("name=\"tags\"", "a")], 422, #""pointer":"/title","keyword":"required""#),
            ([("name=\"title\"", "sesame")], 422, #""pointer":"/title","keyword":"maxLength""#),
            (
                [("name=\"title\"", "a"), ("name=\"admin\"", "1")], 422,
                #""pointer":"/admin","keyword":"additionalProperties""#
            ),
            (
                [("name=\"title\"", "a"), ("name=\"meta\"", #"{"level":"x"}"#)], 422,
                #""pointer":"/meta/level","keyword":"type""#
            ),
            (
                [("name=\"title\"", "a"), ("name=\"meta\"", #"{"level":1,"$gt":1}"#)], 400,
                #""pointer":"/meta/$gt","keyword":"operator""#
            ),
            ([("name=\"title\"", "a"), ("name=\"title\"", "b")], 422, "invalid-input"),
            (
                [
                    ("name=\"title\"", "a"),
                    ("name=\"file\"; filename=\"f\"", String(repeating: "x", count: 2_000_001)),
                ], 422, #""pointer":"/file","keyword":"maxLength""#
            ),
        ]
        for (parts, status, text) in cases {
            let answer = try gate.send(
                "POST", "/upload", ContractGate.multipart, ContractGate.parts(parts))
            #expect(answer.status == status, "\(answer)")
            #expect(answer.contains(text), "\(text): \(answer)")
            #expect(!answer.contains("sesame"))
        }
        #expect(gate.upstream.seen.isEmpty)
    }

    @Test func `passes parts that fit, byte for byte, also beyond what is held in memory`() throws {
        let gate = try ContractGate(Self.document)
        let body = ContractGate.parts([
            ("name=\"title\"", "a"), ("name=\"tags\"", "x"), ("name=\"tags\"", "y"),
            ("name=\"meta\"\r\nContent-Type: application/json", #" { "level" : 1 } "#),
            (
                "name=\"file\"; filename=\"f\"\r\nX-Sum: 7",
                String(repeating: "xyz\r\n--", count: 250_000)
            ),
        ])
        let answer = try gate.send("POST", "/upload", ContractGate.multipart, body)
        #expect(answer.status == 204, "\(answer)")
        let seen = try #require(gate.upstream.seen.first)
        #expect(seen.bodyBytes == body.count)
        #expect(seen.body == Array(body.prefix(seen.body.count)))
    }

    @Test func `takes what repeats where the document has a list, and nothing else twice`() throws {
        let gate = try ContractGate(Self.document)
        for (target, status) in [
            ("/list?tag=a&tag=b", 204), ("/list?tag=a&tag=b&tag=c", 422),
            ("/list?sort=a&sort=b", 400), ("/list?tag=a&Tag=b", 400), ("/list?tag=a&tag[]=b", 422),
        ] {
            #expect(try gate.send("GET", target).status == status, "\(target)")
        }
        for (body, status) in [
            ("title=a&tags=x&tags=y", 204), ("tags=x&tags=y&tags=z", 422),
            ("title=a&title=b", 400), ("tags=a&tags[]=b", 422), ("tags=a&TAGS=b", 400),
        ] {
            let answer = try gate.send("POST", "/form", ContractGate.form, Array(body.utf8))
            #expect(answer.status == status, "\(body): \(answer)")
        }
        #expect(gate.upstream.seen.count == 2)
    }

    @Test func `a document that only reports takes nothing that was not taken before`() throws {
        let gate = try ContractGate(Self.document, validation: ", requests: report")
        #expect(try gate.send("GET", "/list?tag=a&tag=b").status == 400)
        let twice = ContractGate.parts([("name=\"tags\"", "a"), ("name=\"tags\"", "b")])
        #expect(
            try gate.send("POST", "/upload", ContractGate.multipart, twice).status == 422)
        let header = ContractGate.parts([("name=\"file\"; filename=\"f\"\r\nX-Sum: 7", "b")])
        #expect(
            try gate.send("POST", "/upload", ContractGate.multipart, header).status == 400)
        // What does not fit the schema alone passes.
        let long = ContractGate.parts([("name=\"title\"", "too long")])
        #expect(
            try gate.send("POST", "/upload", ContractGate.multipart, long).status == 204)
    }
}
