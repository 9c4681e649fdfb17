import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct OpenAPIDiscriminatorTests {
    private static func document(
        _ discriminator: String, keyword: String = "oneOf", version: String = "3.1.0",
        more: String = ""
    ) -> String {
        """
        {"openapi": "\(version)", "info": {"title": "Pets", "version": "1"},
         "paths": {"/pets": {"post": {"requestBody": {"required": true, "content": {
           "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
           "responses": {}}}},
         "components": {"schemas": {
           "Pet": {"\(keyword)": [{"$ref": "#/components/schemas/Cat"},
               {"$ref": "#/components/schemas/Dog"}\(more)],
             "discriminator": \(discriminator)},
           "Cat": {"type": "object", "required": ["kind", "lives"], "properties": {
             "kind": {"type": "string"}, "lives": {"type": "integer", "maximum": 9}}},
           "Dog": {"type": "object", "required": ["kind", "bark"], "properties": {
             "kind": {"type": "string"}, "bark": {"type": "boolean"}}}}}}
        """
    }

    private static let mapped =
        ##"{"propertyName": "kind", "mapping": {"tom": "Cat", "rex": "#/components/schemas/Dog"}}"##

    private func issues(_ document: String, _ body: String) throws -> [String] {
        let document = try OpenAPIDocument(document)
        var scratch = OpenAPIScratch()
        let bytes = Array(body.utf8)
        let verdict = document.operations[0].bodyVerdict(
            bytes.raw, mediaType: "application/json", using: &scratch)
        switch verdict {
        case .accepted: return []
        case .refused(let issues):
            return issues.map { "\($0.pointer) \($0.keyword) \($0.expected ?? "")" }
        default: return ["\(verdict)"]
        }
    }

    @Test(arguments: ["oneOf", "anyOf"], ["3.0.3", "3.1.0"])
    func `refuses a value that names no alternative, or does not fit the one it names`(
        _ keyword: String, _ version: String
    ) throws {
        let document = Self.document(Self.mapped, keyword: keyword, version: version)
        #expect(try issues(document, #"{"kind":"tom","lives":9}"#) == [])
        #expect(try issues(document, #"{"kind":"Cat","lives":9}"#) == [])
        #expect(try issues(document, #"{"kind":"rex","bark":true}"#) == [])
        #expect(try issues(document, #"{"kind":"r\u0065x","bark":true}"#) == [])
        #expect(
            try issues(document, #"{"kind":"tom","lives":10}"#)
                == ["/lives maximum 9", " discriminator Cat"])
        // It fits the other alternative, but says that it is this one.
        #expect(
            try issues(document, #"{"kind":"tom","bark":true}"#)
                == ["/lives required lives", " discriminator Cat"])
        #expect(
            try issues(document, #"{"kind":"jerry","lives":1}"#)
                == ["/kind discriminator Cat, Dog, rex, tom"])
        #expect(
            try issues(document, #"{"kind":7,"lives":1}"#).first?.hasPrefix("/kind dis") == true)
        #expect(try issues(document, #"{"lives":1}"#) == ["/kind discriminator "])
        #expect(try !issues(document, "7").isEmpty)
    }

    @Test func `leaves a value to alternatives without a name where there are some`() throws {
        let document = Self.document(
            Self.mapped, more: #", {"type": "object", "required": ["wings"]}"#)
        #expect(try issues(document, #"{"kind":"bird","wings":2}"#) == [])
        #expect(try issues(document, #"{"wings":2}"#) == [])
        #expect(try issues(document, #"{"kind":"tom","wings":2}"#).last == " discriminator Cat")
    }

    @Test func `still asks for exactly one alternative`() throws {
        let document = Self.document(#"{"propertyName": "kind"}"#)
        #expect(
            try issues(document, #"{"kind":"Cat","lives":1,"bark":true}"#) == [" oneOf "])
    }

    @Test(arguments: [
        (#""kind""#, "/components/schemas/Pet/discriminator"),
        (#"{"mapping": {}}"#, "/components/schemas/Pet/discriminator"),
        (
            #"{"propertyName": "kind", "mapping": {"x": "Pet"}}"#,
            "/components/schemas/Pet/discriminator/mapping/x"
        ),
        (
            #"{"propertyName": "kind", "mapping": {"x": "Bird"}}"#,
            "/components/schemas/Pet/discriminator/mapping/x"
        ),
    ])
    func `refuses a discriminator that contradicts its alternatives`(
        _ discriminator: String, _ place: String
    ) {
        #expect {
            try OpenAPIDocument(Self.document(discriminator))
        } throws: {
            ($0 as? SchemaError)?.pointer == place
        }
    }

    /// On the base of a hierarchy it is a remark: what is asked for is the base.
    @Test func `leaves a discriminator without alternatives alone`() throws {
        let json = """
            {"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {"/a": {"post": {
             "requestBody": {"content": {"application/json": {"schema": {
               "type": "object", "discriminator": {"propertyName": "kind",
                 "mapping": {"x": "Nobody"}}}}}}, "responses": {}}}}}
            """
        #expect(try issues(json, #"{"kind":"y"}"#) == [])
    }
}
