import GatehouseCore
import Testing

@testable import GatehouseValidation

/// What traffic teaches, and what it must not.
@Suite struct LearningTests {
    private typealias Fixture = LearningFixture

    @Test func `does not propose what one client alone showed, where there are others`() throws {
        var traffic = Fixture.traffic()
        for round in 0..<30 {
            for client in UInt64(1)...4 {
                traffic.observe(
                    Fixture.exchange("GET", "/orders?limit=\(round + 1)", client: client))
            }
            // The fifth asks for everything that its imagination holds, and the upstream says yes.
            for target in [
                "/orders?limit=999999999", "/orders?admin=1", "/debug", "/orders?limit=x",
                "/orders/../x",
            ] {
                traffic.observe(
                    Fixture.exchange(
                        "GET", target, client: 66, answer: #"{"secret":1}"#, status: 203))
            }
        }
        let (tree, document) = try Fixture.document(traffic)
        #expect(tree.paths == ["/orders"])
        let limit = tree.at("paths", "/orders", "get", "parameters", "0")
        #expect(tree.at("paths", "/orders", "get", "parameters")?.elements.count == 1)
        #expect(limit?.at("name") == .text("limit"))
        #expect(limit?.at("schema", "type") == .text("integer"))
        #expect(limit?.at("schema", "maximum") == .number("64"))
        #expect(tree.at("paths", "/orders", "get", "responses")?.members.map(\.name) == ["200"])
        #expect(document.warnings.isEmpty)
        #expect(Fixture.issues(Fixture.exchange("GET", "/orders?limit=999999"), document) != [])
    }

    @Test func `proposes what the only client there is showed`() throws {
        var traffic = Fixture.traffic()
        for _ in 0..<3 { traffic.observe(Fixture.exchange("GET", "/orders")) }
        #expect(try Fixture.document(traffic).tree.paths == ["/orders"])
        let proposal = OpenAPIProposal(traffic, Fixture.rules(requests: 4))
        #expect(proposal.operationCount == 0)
        #expect(proposal.leftOut.first?.path == "/orders")
    }

    @Test func `keeps no value: none of secrets, of persons, or of anything`() throws {
        var traffic = Fixture.traffic()
        let values = [
            "hunter2secret", "anna@example.org", "Zweibruecken", "4111111111111111", "9184.25",
            "1984-05-06", "plumstone", "quietly",
        ]
        for client in UInt64(1)...9 {
            traffic.observe(
                Fixture.exchange(
                    "POST", "/users?password=\(values[0])&city=\(values[2])", client: client,
                    body: """
                        {"password":"\(values[0])","email":"\(values[1])","city":"\(values[2])",
                        "card":\(values[3]),"salary":\(values[4]),"birthday":"\(values[5])",
                        "\(values[1])":"x","note\(client)":"\(values[6])\(client)"}
                        """, answer: #"{"nickname":"\#(values[7])\#(client)"}"#))
            traffic.observe(Fixture.exchange("GET", "/files/\(values[3])", client: client))
        }
        let stored = String(decoding: traffic.tree().json(), as: UTF8.self)
        let shown = String(decoding: try Fixture.document(traffic).tree.yaml(), as: UTF8.self)
        for value in values {
            #expect(!stored.contains(value), "\(value)")
            #expect(!shown.contains(value), "\(value)")
        }
    }

    @Test func `recognises what in a path is a value`() throws {
        var traffic = Fixture.traffic()
        for round in 0..<60 {
            let client = UInt64(round % 5)
            let id = "0190163d-8694-739b-aea5-966c26f8ad\(10 + round % 80)"
            for path in [
                "/v1/users/\(round)", "/v1/users/\(round)/orders/\(id)", "/v1/users/me",
                "/files/9f86d081884c7d65\(round)", "/blobs/aGVsbG8gd29ybGQgQTE\(round)",
                "/people/\(Self.words[round % Self.words.count])\("abcdefghijkl"[round % 12])",
                "/shop/\(round)", "/",
            ] {
                traffic.observe(
                    Fixture.exchange(
                        "GET", path, client: client,
                        template: path.hasPrefix("/shop") ? "/shop/{item}" : "/*"))
            }
        }
        let (tree, document) = try Fixture.document(traffic)
        #expect(
            tree.paths == [
                "/", "/blobs/{id}", "/files/{id}", "/people/{id}", "/shop/{item}",
                "/v1/users/me", "/v1/users/{id}", "/v1/users/{id}/orders/{id2}",
            ])
        let order = tree.at("paths", "/v1/users/{id}/orders/{id2}", "get", "parameters")
        #expect(order?.at("0", "schema", "type") == .text("integer"))
        #expect(order?.at("1", "schema", "format") == .text("uuid"))
        #expect(document.warnings.isEmpty)
    }

    private static let words = ["anna", "bert", "carl", "dora", "emil", "frida", "gerd"]

    @Test func `finds types, formats, enumerations and what is always there`() throws {
        var traffic = Fixture.traffic()
        for round in 0..<80 {
            let sort = ["name", "price"][round % 2]
            let body = """
                {"id":"0190163d-8694-739b-aea5-966c26f8ad0c","at":"2026-01-02T03:04:05Z",
                "count":\(round),"ratio":\(round).5,"on":\(round % 2 == 0),
                "mood":\(round % 3 == 0 ? "null" : #""fine weather \#(round)""#),
                "tags":[\((0..<(round % 5)).map { "\"t\($0)\"" }.joined(separator: ","))],
                "to":{"ip":"10.0.0.\(round)","day":"2026-02-0\(1 + round % 9)"}
                \(round % 4 == 0 ? #","extra":{}"# : "")}
                """
            traffic.observe(
                Fixture.exchange(
                    "POST", "/items?sort=\(sort)&flag=true\(round % 2 == 0 ? "&page=1" : "")",
                    client: UInt64(round % 7), body: body, status: 201))
        }
        let (tree, document) = try Fixture.document(traffic)
        let post = try #require(tree.at("paths", "/items", "post"))
        let schema = try #require(
            post.at("requestBody", "content", "application/json", "schema"))
        #expect(schema.at("additionalProperties") == .bool(false))
        #expect(
            schema.at("required")?.elements
                == ["at", "count", "id", "mood", "on", "ratio", "tags", "to"].map { .text($0) })
        #expect(schema.at("properties", "id", "format") == .text("uuid"))
        #expect(schema.at("properties", "at", "format") == .text("date-time"))
        #expect(schema.at("properties", "to", "properties", "ip", "format") == .text("ipv4"))
        #expect(schema.at("properties", "to", "properties", "day", "format") == .text("date"))
        #expect(schema.at("properties", "count", "type") == .text("integer"))
        #expect(schema.at("properties", "ratio", "type") == .text("number"))
        #expect(
            schema.at("properties", "mood", "type") == .array([.text("null"), .text("string")]))
        #expect(schema.at("properties", "tags", "maxItems") == .number("16"))
        #expect(post.at("parameters", "0", "schema", "type") == .text("boolean"))
        #expect(
            post.at("parameters", "2", "schema", "enum") == .array([.text("name"), .text("price")])
        )
        #expect(post.at("parameters", "1", "required") == nil)
        #expect(post.at("parameters", "2", "required") == .bool(true))
        #expect(post.at("requestBody", "required") == .bool(true))
        #expect(post.at("x-gatehouse-observed", "requests") == .number("80"))
        #expect(post.at("x-gatehouse-observed", "clients") == .number("7"))
        #expect(document.warnings.isEmpty)
    }

    @Test func `takes an object whose names are values for a map`() throws {
        var traffic = Fixture.traffic()
        for round in 0..<200 {
            let members = (0..<4).map { "\"\(round * 4 + $0)\":{\"n\":\($0)}" }
            traffic.observe(
                Fixture.exchange(
                    "PUT", "/map", client: UInt64(round % 4),
                    body: "{\(members.joined(separator: ","))}"))
        }
        let (tree, document) = try Fixture.document(traffic)
        let schema = tree.at(
            "paths", "/map", "put", "requestBody", "content", "application/json", "schema")
        #expect(schema?.at("properties") == nil)
        #expect(schema?.at("additionalProperties", "properties", "n", "type") == .text("integer"))
        #expect(schema?.at("maxProperties") == .number("16"))
        #expect(document.warnings.isEmpty)
    }

    @Test func `stays small whatever one client sends, and others are still seen`() throws {
        var traffic = Fixture.traffic()
        var random = SeededNumbers(seed: 11)
        func word() -> String {
            String(
                (0..<12).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement(using: &random)! })
        }
        for round in 0..<1_500 {
            let names = (0..<20).map { _ in "\"\(word())\":{\"\(word())\":[[\"\(word())\"]]}" }
            traffic.observe(
                Fixture.exchange(
                    "POST", "/\(word())/\(word())/\(round % 50)?\(word())=\(word())", client: 13,
                    body: "{\(names.joined(separator: ","))}"))
        }
        let counts = traffic.root.counts
        #expect(counts.paths <= TrafficLimits.pathNodesMax + 1)
        #expect(counts.operations <= TrafficLimits.operationsMax)
        #expect(counts.nodes <= TrafficLimits.nodesMax)
        for round in 0..<900 {
            traffic.observe(
                Fixture.exchange("GET", "/orders", client: UInt64(100 + round % 3)))
        }
        let bytes = traffic.tree().json().count
        #expect(bytes <= TrafficLimits.fileBytesMax)
        #expect(
            try Fixture.document(traffic, Fixture.rules(requests: 10)).tree.paths == ["/orders"])
        print("learning: \(counts) after 1500 hostile requests, \(bytes) bytes")
    }
}

extension String {
    fileprivate subscript(_ index: Int) -> Character {
        self[self.index(startIndex, offsetBy: index)]
    }
}
