import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct SchemaExportTests {
    @Test func `lists what JSON Schema can't say`() {
        let schema = Schema.object {
            Field("a", .number.min(.ref("b")))
            Field("b", .string.trimmed())
            Field("c", .string.email())
            Field("d", .any.stripped().check { _ in nil })
        }.rename("x", to: "y")
        let losses = schema.jsonSchema().losses.map { "\($0.pointer): \($0.what)" }
        #expect(losses.contains("/properties/a: a limit that refers to a field"))
        #expect(losses.contains("/properties/b: the text is changed: trim"))
        #expect(losses.contains { $0.hasPrefix("/properties/c: the exact rules of email") })
        #expect(losses.contains("/properties/d: the value is taken out after the check"))
        #expect(losses.contains("/properties/d: the program's own check any.custom"))
        #expect(losses.contains(": members are renamed"))
    }

    @Test func `warns of what can grow without bound`() {
        let schema = Schema.object {
            Field("a", .string)
            Field("b", .array(of: .string.email()))
            Field("c", .object)
            Field("d", .string.max(9).pattern("^(a+)+$"))
            Field("e", .string.guid())
            Field("f", .tuple(.integer))
            Field("g", .string.valid("x"))
        }
        #expect(
            schema.warnings.map { "\($0.pointer) \($0.kind)" }
                == [
                    "/a unboundedString", "/b unboundedArray", "/c openObject",
                    "/d superLinearPattern",
                ])
        #expect(guideUser.warnings.isEmpty)
    }

    /// Where nothing is lost, both must agree.
    @Test(arguments: [
        (Schema.integer(in: 18...120), ["17", "18", "120", "121", "18.5", #""18""#, "null"]),
        (.string.length(2...3), [#""a""#, #""ab""#, #""😀😀😀""#, #""abcd""#, #""""#]),
        (.string.alphanumeric().allow(nil, ""), ["null", #""""#, #""a1""#, #""a-1""#]),
        (.number.greater(0).less(1), ["0", "0.5", "1"]),
        (.array(of: .integer, .boolean).min(1).unique(), ["[]", "[1,true]", "[1,1]", #"["a"]"#]),
        (
            .tuple(.string.required(), .integer),
            [#"["a"]"#, #"["a",1]"#, #"["a",1,2]"#, "[]", "[1]"]
        ),
        (.array.has(.integer.min(5)), ["[1]", "[1,5]", "[]"]),
        (
            .object {
                Field("a", .integer.required())
                Field("b", .boolean)
            }, [#"{"a":1}"#, #"{"b":true}"#, #"{"a":1,"c":1}"#, #"{"a":1,"b":2}"#, "[]"]
        ),
        (.object.xor("a", "b"), ["{}", #"{"a":1}"#, #"{"a":1,"b":1}"#]),
        (.object.and("a", "b"), ["{}", #"{"a":1}"#, #"{"a":1,"b":1}"#]),
        (.object.oxor("a", "b"), ["{}", #"{"a":1}"#, #"{"a":1,"b":1}"#]),
        (.object.nand("a", "b"), ["{}", #"{"a":1}"#, #"{"a":1,"b":1}"#]),
        (.object.with("a", "b"), ["{}", #"{"a":1}"#, #"{"b":1}"#]),
        (.object.without("a", "b"), [#"{"a":1,"b":1}"#, #"{"b":1}"#]),
        (.object.or("a", "b"), ["{}", #"{"b":1}"#]),
        (.object.pattern(key: "^x", .integer), [#"{"x1":1}"#, #"{"x1":"a"}"#, #"{"y":1}"#]),
        (.alternatives(.integer, .boolean), ["1", "true", #""a""#]),
        (.one(of: .integer.min(5), .integer.max(10)), ["1", "7", "12"]),
        (.number.when(fits: .number.min(10), then: .number.multiple(of: 10)), ["5", "15", "20"]),
        (.any.valid(1, "a", nil), ["1", #""a""#, "null", "2"]),
        (.number.invalid(5), ["5", "6"]),
        (
            Schema.object {
                Field("n", .integer.required())
                Field("next", .link("/"))
            }, [#"{"n":1}"#, #"{"n":1,"next":{"n":2}}"#, #"{"n":1,"next":{}}"#]
        ),
    ])
    func `exports a schema that accepts the same`(schema: Schema, texts: [String]) throws {
        let export = schema.jsonSchema()
        #expect(export.losses.isEmpty, "\(export.losses)")
        let exported = try JSONSchema(export.json.raw)
        let compiled = try schema.compiled()
        var scratch = SchemaScratch()
        for text in texts {
            var tape = JSONTape()
            let bytes = Array(text.utf8)
            let root = try tape.parse(bytes.raw)
            let ours = compiled.check(root) == .fits
            let theirs = exported.accepts(root, using: &scratch)
            #expect(ours == theirs, "\(text): \(String(decoding: export.json, as: UTF8.self))")
        }
    }
}
