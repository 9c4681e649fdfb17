import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct SchemaMessagesTests {
    private func messages(
        _ schema: Schema, _ text: String, _ catalogue: SchemaMessages = SchemaMessages(),
        language: String? = nil
    ) throws -> [String] {
        var options = CompiledSchema.Options()
        options.messages = catalogue
        let compiled = try schema.compiled(options)
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        let root = try tape.parse(bytes.raw)
        guard case .refused(let issues) = compiled.check(root, language: language) else {
            return []
        }
        return issues.map(\.message)
    }

    @Test func `never names a member that a client chose`() throws {
        let schema = Schema.object { Field("a", .any) }.pattern(key: "^x", .number)
        let texts = try messages(schema, #"{"hello":1,"xyz":"b"}"#)
        #expect(texts.count == 2)
        for text in texts { #expect(!text.contains("hello") && !text.contains("xyz")) }
    }

    @Test func `says what was expected of which field`() throws {
        let schema = Schema.object { Field("age", .integer(in: 18...120)) }
        #expect(try messages(schema, #"{"age":17}"#) == ["age must be at least 18"])
        let labelled = Schema.object { Field("age", .integer(in: 18...120).label("Your age")) }
        #expect(try messages(labelled, #"{"age":17}"#) == ["Your age must be at least 18"])
        let own = Schema.integer.min(18).message("too young: {expected}", for: "number.min")
        #expect(try messages(own, "17") == ["too young: 18"])
    }

    @Test func `speaks the language that is asked for`() throws {
        let catalogue = SchemaMessages().adding(
            ["number.min": "{label} muss mindestens {expected} sein"], language: "de")
        let schema = Schema.object { Field("age", .integer.min(18)) }
        let text = #"{"age":17}"#
        #expect(
            try messages(schema, text, catalogue, language: "de-AT")
                == ["age muss mindestens 18 sein"])
        #expect(
            try messages(schema, text, catalogue, language: "fr") == ["age must be at least 18"])
        #expect(catalogue.codesMissing(in: "de").contains("string.email"))
        #expect(!catalogue.codesMissing(in: "de").contains("number.min"))
    }

    @Test func `fills in a label that looks like a placeholder once`() throws {
        let schema = Schema.integer.min(18).label("{expected}")
        #expect(try messages(schema, "1") == ["{expected} must be at least 18"])
    }
}
