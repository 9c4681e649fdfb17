import GatehouseCore
import Testing

@testable import GatehouseValidation

/// A document against traffic, both ways.
@Suite struct OpenAPIComparisonTests {
    private typealias Fixture = LearningFixture

    private static let document = #"""
        {"openapi":"3.1.0","info":{"title":"Shop","version":"1"},
         "components":{"schemas":{"Order":{"type":"object","required":["item","count"],
           "additionalProperties":false,"properties":{
             "item":{"type":"string","maxLength":4},"count":{"type":"integer","maximum":9},
             "gift":{"type":"boolean"},"state":{"enum":["new","paid"]}}}}},
         "paths":{
          "/orders/{orderId}":{"parameters":[
            {"name":"orderId","in":"path","required":true,"schema":{"type":"integer"}}],
            "get":{"parameters":[{"name":"view","in":"query","schema":{"type":"string"}},
              {"name":"X-Old","in":"header","schema":{"type":"string","maxLength":3}}],
              "responses":{"2XX":{"description":"x"}}},
            "put":{"requestBody":{"content":{"application/json":
              {"schema":{"$ref":"#/components/schemas/Order"}}}},
              "responses":{"200":{"description":"x"},"404":{"description":"x"}}},
            "delete":{"responses":{"204":{"description":"x"}}}}}}
        """#

    private func differences(_ exchanges: [ObservedExchange]) throws -> Set<String> {
        var traffic = Fixture.traffic()
        for exchange in exchanges { traffic.observe(exchange) }
        var rules = Fixture.rules(clients: 1)
        rules.hasMargin = false
        let document = try DocumentTree(
            json: Array(Self.document.utf8), limits: SchemaOptions().json)
        let seen = OpenAPIProposal(traffic, rules).document
        return Set(
            OpenAPIComparison.differences(document: document, traffic: seen).map {
                "\($0.kind.rawValue) \($0.operation) \($0.place) \($0.aspect)"
            })
    }

    @Test func `names what each side lacks, and where types and bounds differ`() throws {
        let found = try differences([
            Fixture.exchange("GET", "/orders/7?view=full&page=2"),
            Fixture.exchange("GET", "/orders/8?page=3"),
            Fixture.exchange("POST", "/orders"),
            Fixture.exchange(
                "PUT", "/orders/7",
                body: #"{"item":"a long name","count":70,"admin":true,"gift":"yes"}"#),
            Fixture.exchange("PUT", "/orders/7", body: #"{"item":"x","count":1}"#),
        ])
        #expect(
            found == [
                "undeclared POST /orders  the operation",
                "unseen DELETE /orders/{orderId}  the operation",
                "undeclared GET /orders/{orderId} query page the parameter",
                "unseen GET /orders/{orderId} header x-old the parameter",
                "looser GET /orders/{orderId} query view maxLength",
                "looser GET /orders/{orderId} path segment 2 maximum",
                "looser PUT /orders/{orderId} path segment 2 maximum",
                "looser PUT /orders/{orderId} body required",
                "tighter PUT /orders/{orderId} body application/json/item maxLength",
                "tighter PUT /orders/{orderId} body application/json/count maximum",
                "tighter PUT /orders/{orderId} body application/json/admin member",
                "tighter PUT /orders/{orderId} body application/json/gift type",
                "unseen PUT /orders/{orderId} body application/json/state member",
            ])
    }

    @Test func `does not take a bound with room for a difference`() throws {
        let found = try differences([
            Fixture.exchange("PUT", "/orders/7", body: #"{"item":"abcd","count":9}"#)
        ])
        #expect(!found.contains { $0.contains("item") || $0.contains("count") }, "\(found)")
    }
}
