import GatehouseCore
import GatehouseStorage
import GatehouseValidation
import Testing

@testable import GatehouseDocuments

/// From the JSON of a request to a document that is stored.
@Suite struct DocumentJSONTests {
    private func value(_ json: String) throws -> DocumentValue {
        let bytes = Array(json.utf8)
        var tape = JSONTape()
        return try DocumentValue(try tape.parse(bytes.raw))
    }

    @Test(arguments: DocumentTests.attacks)
    func `refuses operators and paths wherever they stand, and repeats none`(_ json: String) {
        for text in [json, "[\(json)]", #"{"a": \#(json)}"#, #"{"a": [1, {"b": \#(json)}]}"#] {
            #expect {
                try value(text)
            } throws: { error in
                guard case .refused(let why) = error as? DatabaseError else { return false }
                return !why.contains("$") && !why.contains("a.b")
            }
        }
    }

    @Test func `refuses numbers that would become others, and what is no object`() {
        for text in ["9223372036854775808", "1e999", "-1e999"] {
            #expect(throws: DatabaseError.refused("a number that a document cannot hold")) {
                try value(text)
            }
        }
        for text in ["[]", "1", "null", "\"$ne\""] {
            #expect(throws: DatabaseError.refused("JSON that is no object")) {
                let bytes = Array(text.utf8)
                var tape = JSONTape()
                _ = try Document(try tape.parse(bytes.raw))
            }
        }
    }

    @Test func `keeps every value as it is`() throws {
        let json = #"{"a":[1,-9223372036854775808,1.5,true,null],"b":{"c":"$ne \u00e9"}}"#
        let expected = try Document([
            ("a", .list([.integer(1), .integer(.min), .double(1.5), .bool(true), .null])),
            ("b", .document(try Document([("c", .text("$ne é"))]))),
        ])
        #expect(try value(json) == .document(expected))
    }

    @Test func `a checked body becomes a document, or a refusal, never an operator`() throws {
        let schema = try Schema.object { Field("extra", .object {}.unknown().required()) }
            .compiled()
        struct Body: Decodable { var extra: Document }
        let good = try Validated<Body>(Array(#"{"extra":{"a":1}}"#.utf8), by: schema)
        #expect(good.value.extra["a"] == .integer(1))
        #expect(throws: ValidationFailure.self) {
            try Validated<Body>(Array(#"{"extra":{"$gt":1}}"#.utf8), by: schema)
        }
    }
}
