import Foundation
import GatehouseCore
import Testing

@testable import GatehouseValidation

private let folder =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/json-schema"

/// Whoever only asks whether a value fits goes another way than who asks what is wrong: both must
/// come to the same end.
struct FusedBlockTests {
    private static func byInstructions(
        _ schema: JSONSchema, _ value: JSONValue, _ scratch: inout SchemaScratch
    ) -> Bool {
        scratch.isLiteral = true
        defer { scratch.isLiteral = false }
        return schema.accepts(value, using: &scratch)
    }

    /// Both ways, from the same text.
    private static func verdicts(
        _ schema: JSONSchema, _ json: String, _ scratch: inout SchemaScratch
    ) throws -> (fused: Bool, literal: Bool) {
        let bytes = Array(json.utf8)
        var tape = JSONTape()
        let value = try tape.parse(bytes.raw)
        return (
            schema.accepts(value, using: &scratch), byInstructions(schema, value, &scratch)
        )
    }

    /// Values at the edges of what blocks hold as plain numbers.
    private static let values = [
        "0", "-0", "1", "1.0", "1e0", "0.5", "10e-1", "-1", "2", "3", "17", "18", "18.0", "120",
        "121", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "1e30", #""""#, #""a""#, #""ab""#, #""abc""#, #""\u0061b""#,
        #""aé€𝄞""#, #""\ud834\udd1e""#, #""red""#, #""r\u0065d""#, "true", "false", "null", "[]",
        "[1]", "[1,2.5]", #"["a",1]"#, "[[],[[]]]", "{}", #"{"a":1}"#, #"{"\u0061":1}"#,
        #"{"a":1,"b":"x"}"#, #"{"b":"x","a":1}"#, #"{"a":1.5}"#, #"{"a":1,"c":null}"#,
        #"{"a":{"a":1},"list":[{"a":2}]}"#, #"{"a":{"a":"x"},"list":[{"a":2}]}"#,
    ]

    private static let schemas = [
        #"{"type":"integer"}"#, #"{"type":"number"}"#, #"{"type":["integer","string"]}"#,
        #"{"minimum":18,"maximum":120}"#, #"{"exclusiveMinimum":1,"exclusiveMaximum":18}"#,
        #"{"minimum":0.5}"#, #"{"maximum":9223372036854775807}"#,
        #"{"exclusiveMinimum":9223372036854775807}"#, #"{"minimum":-9223372036854775808}"#,
        #"{"exclusiveMaximum":-9223372036854775808}"#, #"{"minLength":2,"maxLength":3}"#,
        #"{"minLength":2147483647}"#, #"{"enum":["red","a"]}"#,
        #"{"enum":["red"],"type":"object"}"#,
        #"{"items":{"type":"integer"}}"#, #"{"items":false}"#, #"{"items":true,"maxItems":1}"#,
        #"{"properties":{"a":{"type":"integer","minimum":1}},"required":["a"]}"#,
        #"{"properties":{"a":true},"additionalProperties":false,"required":["a","b"]}"#,
        #"{"required":["b"],"additionalProperties":{"type":"string"}}"#,
        ##"{"$ref":"#/$defs/n","$defs":{"n":{"type":["object","integer"],"properties":"##
            + ##"{"a":{"$ref":"#/$defs/n"},"list":{"items":{"$ref":"#/$defs/n"}}}}}}"##,
        #"{"properties":{"a":{"anyOf":[{"type":"integer"},{"type":"object"}]}},"minProperties":1}"#,
        #"{"allOf":[{"type":"object"},{"properties":{"a":true}}],"unevaluatedProperties":false}"#,
        #"{"type":"string","pattern":"^a","maxLength":2}"#, #"{"const":1}"#,
        #"{"not":{"type":"null"}}"#,
        #"{"type":"object","propertyNames":{"enum":["a","b"]}}"#, "false", "true",
        #"{"minItems":1,"maxItems":1,"minProperties":2,"maxProperties":2}"#,
        #"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#,
        #"{"uniqueItems":true,"items":{"type":"integer"},"contains":{"const":1}}"#,
        #"{"oneOf":[{"type":"integer"},{"minimum":18},{"items":{"minimum":1}}]}"#,
        #"{"if":{"required":["a"]},"then":{"properties":{"a":{"maximum":1}}},"else":{"type":"string"}}"#,
        #"{"not":{"properties":{"a":{"type":"integer"}},"required":["a"]}}"#,
        #"{"dependentRequired":{"a":["b"]},"dependentSchemas":{"b":{"maxProperties":1}}}"#,
        #"{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"integer"}],"#
            + #""additionalItems":false,"dependencies":{"a":["b"]}}"#,
    ]

    @Test func `does the cheap before the dear`() throws {
        let text =
            #"{"anyOf":[{"maxItems":1,"items":{"pattern":"^(a|a)*$"}},{"items":{"type":"string"}}]}"#
        let schema = try JSONSchema(text)
        var scratch = SchemaScratch()
        let json = "[\"\(String(repeating: "a", count: 60))!\",\"x\"]"
        let (fused, literal) = try Self.verdicts(schema, json, &scratch)
        #expect(fused && literal)
    }

    @Test func `counts what it looks at and no more`() throws {
        let alternatives = (0..<100).map {
            #"{"properties":{"t":{"enum":["A\#($0)"]}},"required":["t"]}"#
        }
        let schema = try JSONSchema(
            #"{"items":{"oneOf":[\#(alternatives.joined(separator: ","))]}}"#)
        let others = (0..<9).map { ",\"m\($0)\":1" }.joined()
        let element = #"{"t":"A7"\#(others)}"#
        var scratch = SchemaScratch()
        let json = "[\(Array(repeating: element, count: 4_500).joined(separator: ","))]"
        #expect(try Self.verdicts(schema, json, &scratch) == (true, true))
    }

    @Test func `gives up what is too much work`() throws {
        let alternatives =
            Array(repeating: #"{"maxLength":0}"#, count: 2_000) + [#"{"maxLength":1}"#]
        let schema = try JSONSchema(
            #"{"items":{"anyOf":[\#(alternatives.joined(separator: ","))]}}"#)
        var scratch = SchemaScratch()
        let json = "[\(Array(repeating: "\"x\"", count: 5_000).joined(separator: ","))]"
        let bytes = Array(json.utf8)
        var tape = JSONTape()
        let value = try tape.parse(bytes.raw)
        #expect(!schema.accepts(value, using: &scratch))
        #expect(scratch.refusal == .steps)
        #expect(schema.issues(in: value, using: &scratch).map(\.keyword) == ["limit"])
    }

    /// So many that a table needs more places than half of a hash can name.
    @Test func `finds names among very many`() throws {
        let names = (0..<90_000).map { "\"name number \($0)\"" }
        let schema = try JSONSchema(#"{"enum":[\#(names.joined(separator: ","))]}"#)
        var scratch = SchemaScratch()
        for (json, isKnown) in [
            (names[0], true), (names[65_536], true), (names[89_999], true),
            ("\"name number 90000\"", false), ("\"\"", false),
        ] {
            #expect(try Self.verdicts(schema, json, &scratch) == (isKnown, isKnown))
        }
    }

    @Test func `texts that only look the same are two names`() throws {
        let schema = try JSONSchema(
            #"{"properties":{"caf\u00e9":{"type":"integer"},"cafe\u0301":{"type":"string"}},"#
                + #""required":["cafe\u0301"]}"#)
        var scratch = SchemaScratch()
        for (json, isFit) in [
            (#"{"cafe\u0301":"x"}"#, true), (#"{"cafe\u0301":1}"#, false),
            (#"{"caf\u00e9":1}"#, false), (#"{"caf\u00e9":1,"cafe\u0301":"x"}"#, true),
        ] {
            #expect(try Self.verdicts(schema, json, &scratch) == (isFit, isFit), "\(json)")
        }
    }

    @Test func `agrees with the instructions at every edge`() throws {
        var scratch = SchemaScratch()
        var verdicts = [true: 0, false: 0]
        for text in Self.schemas {
            let schema = try JSONSchema(text)
            for json in Self.values {
                let (fused, literal) = try Self.verdicts(schema, json, &scratch)
                #expect(fused == literal, "\(text): \(json)")
                verdicts[literal, default: 0] += 1
            }
        }
        #expect(verdicts.values.allSatisfy { $0 > 300 }, "\(verdicts)")
    }

    @Test func `more members than a word has bits`() throws {
        var scratch = SchemaScratch()
        for wanted in [63, 64, 65] {
            let required = (0..<wanted).map { "\"n\($0)\"" }.joined(separator: ",")
            let schema = try JSONSchema("{\"required\":[\(required)]}")
            for missing in [-1, 0, 62, wanted - 1] {
                let members = (0..<wanted).filter { $0 != missing }.map { "\"n\($0)\":0" }
                let bytes = Array("{\(members.joined(separator: ","))}".utf8)
                var tape = JSONTape()
                let value = try tape.parse(bytes.raw)
                #expect(schema.accepts(value, using: &scratch) == (missing < 0))
            }
        }
    }

    /// All schemas of a file of JSON-Schema-Test-Suite, at all values of that file.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder)))
    func `agrees with the instructions on the suite`() throws {
        var count = 0
        var scratch = SchemaScratch()
        let path = "\(folder)/draft2020-12"
        for file in try FileManager.default.contentsOfDirectory(atPath: path)
        where file.hasSuffix(".json") {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)")))
            let (schemas, values) = try parts(bytes)
            for schema in schemas {
                for text in values {
                    var tape = JSONTape()
                    let value = try tape.parse(text.raw)
                    let expected = Self.byInstructions(schema, value, &scratch)
                    #expect(schema.accepts(value, using: &scratch) == expected, "\(file)")
                    count += 1
                }
            }
        }
        print("fused blocks: \(count) verdicts compared")
        #expect(count > 10_000)
    }

    private func parts(_ bytes: [UInt8]) throws -> ([JSONSchema], [[UInt8]]) {
        var (schemas, values): ([JSONSchema], [[UInt8]]) = ([], [])
        var tape = JSONTape()
        var groups = try tape.parse(bytes.raw, limits: SchemaOptions().json).elements
        while let group = groups.next() {
            // Those that refer to documents elsewhere are left to the suite's own test.
            if let text = group["schema"], let schema = try? JSONSchema(json(text).raw) {
                schemas.append(schema)
            }
            guard var tests = group["tests"]?.elements else { continue }
            while let test = tests.next() {
                if let data = test["data"] { values.append(json(data)) }
            }
        }
        return (schemas, values)
    }

    private func json(_ value: JSONValue) -> [UInt8] {
        value.kind == .string ? [0x22] + value.text.array + [0x22] : value.text.array
    }
}
