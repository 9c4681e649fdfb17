import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct JSONSchemaTests {
    /// The guide's schema of a user.
    static let user = """
        {"type": "object", "additionalProperties": false, "required": ["email", "password", "age"],
         "properties": {
            "email": {"type": "string", "format": "email", "maxLength": 254},
            "password": {"type": "string", "minLength": 12, "maxLength": 128},
            "name": {"type": "string", "minLength": 1, "maxLength": 100},
            "age": {"type": "integer", "minimum": 18, "maximum": 120}}}
        """

    private func issues(
        _ schema: String, _ json: String, _ options: SchemaOptions = SchemaOptions()
    ) throws -> [ValidationIssue] {
        let schema = try JSONSchema(schema, options: options)
        var tape = JSONTape()
        var scratch = SchemaScratch()
        let bytes = Array(json.utf8)
        return schema.issues(in: try tape.parse(bytes.raw, limits: options.json), using: &scratch)
    }

    @Test func `names everything that is wrong with a user`() throws {
        let found = try issues(
            Self.user,
            #"{"email": "x", "password": "short", "age": 17.5, "admin": true, "a/b~": 1}"#)
        #expect(
            found.map { "\($0.pointer) \($0.keyword) \($0.expected ?? "-")" } == [
                "/email format email", "/password minLength 12", "/age type integer",
                "/admin additionalProperties -", "/a~1b~0 additionalProperties -",
            ])
        #expect(
            try issues(Self.user, "{}").map(\.pointer) == ["/email", "/password", "/age"])
        #expect(try issues(Self.user, "[]").map(\.message) == ["must be object"])
    }

    @Test func `never repeats a value, and bounds what it says`() throws {
        let many = "[" + (0..<100).map { "\($0)" }.joined(separator: ",") + "]"
        let found = try issues(#"{"items": {"type": "string"}}"#, many)
        #expect(found.count == 32)
        let long = String(repeating: "k", count: 300)
        let named = try issues(#"{"additionalProperties": false}"#, #"{"\#(long)": "secret"}"#)
        #expect(named.map(\.pointer) == [""])
    }

    @Test func `says what is wrong with the alternative that was meant`() throws {
        let schema = """
            {"oneOf": [
                {"properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}},
                {"properties": {"kind": {"const": "b"}, "x": {"type": "string"}}}]}
            """
        #expect(try issues(schema, #"{"kind": "b", "x": 1}"#).map(\.pointer) == ["/x"])
        #expect(try issues(schema, #"{"kind": "c", "x": 1}"#).map(\.keyword) == ["oneOf"])
        #expect(
            try issues(schema, #"{}"#).map(\.message) == ["fits more than one of the alternatives"])
    }

    private static let exact: [(String, String, Bool)] = [
        (#"{"maximum": 0.3}"#, "0.30000000000000001", false), (#"{"maximum": 0.3}"#, "3e-1", true),
        (#"{"minimum": 9007199254740993}"#, "9007199254740992", false),
        (#"{"minimum": 9007199254740993}"#, "9007199254740993.0", true),
        (#"{"exclusiveMaximum": 1e400}"#, "1e400", false),
        (#"{"exclusiveMaximum": 1e400}"#, "9.99e399", true),
        (#"{"multipleOf": 0.01}"#, "19.99", true), (#"{"multipleOf": 0.01}"#, "19.995", false),
        (#"{"multipleOf": 3}"#, "100000000000000000000000000000002", true),
        (#"{"multipleOf": 3}"#, "100000000000000000000000000000001", false),
        (#"{"multipleOf": 7}"#, "7e300000", true), (#"{"multipleOf": 7}"#, "8e300000", false),
        (#"{"type": "integer"}"#, "1.0e0", true), (#"{"type": "integer"}"#, "1e-1", false),
        (#"{"const": 1.0}"#, "100e-2", true),
        (#"{"const": {"a": 1, "b": [2]}}"#, #"{"b":[2.0],"\u0061":1}"#, true),
        (#"{"uniqueItems": true}"#, "[1, 1.0]", false),
        (#"{"uniqueItems": true}"#, #"[{"a":1,"b":2},{"b":2,"a":1}]"#, false),
        (#"{"uniqueItems": true}"#, #"["a", "\u0061"]"#, false),
        (#"{"uniqueItems": true}"#, "[0, -0.0]", false),
        (#"{"uniqueItems": true}"#, "[1, true, \"1\", [1]]", true),
        (#"{"maxLength": 1}"#, #""🐲""#, true), (#"{"maxLength": 1}"#, #""\ud83d\udc32""#, true),
        (#"{"maxLength": 1}"#, #""\\n""#, false), (#"{"minLength": 9}"#, #""ééééééééé""#, true),
        (#"{"minLength": 10}"#, #""ééééééééé""#, false),
        (#"{"type": "string", "enum": ["a", "b"]}"#, #""\u0062""#, true),
        (#"{"required": ["\u0061"]}"#, #"{"a": 1}"#, true),
        (#"{"minimum": 0}"#, "-0", true), (#"{"minimum": 0}"#, "-0.0e5", true),
    ]

    @Test(arguments: exact)
    func `is exact`(_ schema: String, _ json: String, _ isValid: Bool) throws {
        #expect(try issues(schema, json).isEmpty == isValid, "\(schema) \(json)")
    }

    private static let broken: [(String, String)] = [
        (#"{"type": "strin"}"#, "/type"), (#"{"minLength": -1}"#, "/minLength"),
        (#"{"properties": {"a": {"maximum": "1"}}}"#, "/properties/a/maximum"),
        (#"{"pattern": "("}"#, "/pattern"),
        (#"{"patternProperties": {"(": true}}"#, "/patternProperties/("),
        (##"{"$ref": "#/$defs/a"}"##, "/$ref"), (##"{"$ref": "https://example.com/s"}"##, "/$ref"),
        (##"{"$ref": "#"}"##, ""),
        (##"{"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#"}]}}}"##, ""),
        (
            ##"{"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}, "items": {"$ref": "#/$defs/a"}}"##,
            "/$defs/a"
        ),
        (#"{"allOf": [3]}"#, "/allOf/0"), (#"{"anyOf": []}"#, "/anyOf"), ("[]", ""), ("3", ""),
        (#"{"required": "a"}"#, "/required"), (#"{"multipleOf": 0}"#, "/multipleOf"),
        (#"{"$schema": "https://example.com/unknown"}"#, "/$schema"),
        (#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#, "/$schema"),
        (#"{"$id": "https://a/b#c"}"#, ""), (#"{"$ref": "a b"}"#, "/$ref"), (#"{"a""#, ""),
        (#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#, "/$defs/a"),
    ]

    @Test(arguments: broken)
    func `refuses a broken schema and says where`(_ schema: String, _ pointer: String) {
        let error = #expect(throws: SchemaError.self) { try JSONSchema(schema) }
        #expect(error?.pointer == pointer, "\(schema): \(error.map(\.description) ?? "")")
    }

    @Test func `takes hostile schemas and values with an answer`() throws {
        // Sixty-four levels, each applying the next twice: 2^64 steps.
        let levels = (0..<64).map { level in
            let next = ##"{"$ref": "#/$defs/l\##(level + 1)"}"##
            return ##""l\##(level)": {"allOf": [\##(next), \##(next)]}"##
        }
        let doubling =
            ##"{"$ref": "#/$defs/l0", "$defs": {\##(levels.joined(separator: ",")), "l64": true}}"##
        var options = SchemaOptions()
        options.stepsMax = 100_000
        #expect(try issues(doubling, "1", options).map(\.keyword) == ["limit"])
        #expect(
            try issues(
                ##"{"not": \##(doubling.replacing("#/$defs", with: "#/not/$defs"))}"##, "1", options
            ).map(\.keyword) == ["limit"])
        // Recursion as deep as the value.
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        options.depthMax = 100
        #expect(
            try issues(##"{"items": {"$ref": "#"}}"##, deep, options).map(\.keyword) == ["limit"])
        // A pattern that would take for ever, and its negation.
        let text = "\"" + String(repeating: "a", count: 60) + "!\""
        for schema in [#"{"pattern": "^(a|a)*$"}"#, #"{"not": {"pattern": "^(a|a)*$"}}"#] {
            #expect(try issues(schema, text).contains { $0.keyword == "limit" })
        }
        let nested =
            String(repeating: #"{"not": "#, count: 300) + "true"
            + String(repeating: "}", count: 300)
        #expect(throws: SchemaError.self) { try JSONSchema(nested) }
        options.subschemasMax = 100
        let wide = #"{"allOf": [\#(Array(repeating: "{}", count: 200).joined(separator: ","))]}"#
        #expect(throws: SchemaError.self) { try JSONSchema(wide, options: options) }
    }

    @Test func `refuses patterns that take too much memory together`() {
        let patterns = (0..<2_000).map { #""(?:(?:ab){1,99}\#($0)){1,20}": true"# }
        let schema = #"{"patternProperties": {\#(patterns.joined(separator: ","))}}"#
        let error = #expect(throws: SchemaError.self) { try JSONSchema(schema) }
        #expect(error?.reason == .tooLarge)
    }

    @Test func `warns of what is unknown or without bound`() throws {
        let schema = try JSONSchema(
            """
            {"type": "object", "properties": {
                "a": {"type": "string"}, "b": {"type": "array", "items": {"enum": ["x"]}},
                "c": {"type": "string", "maxLength": 9, "pattern": "(a+)+", "maxLenght": 3},
                "d": {"type": "string", "format": "uuid"},
                "e": {"type": "string", "format": "wild"},
                "f": {"type": "array", "prefixItems": [true], "items": false},
                "g": {"type": "object", "additionalProperties": false}, "x-note": 1}}
            """.replacing(#", "x-note": 1"#, with: ""))
        #expect(
            Set(schema.warnings.map { "\($0.pointer) \($0.kind)" }) == [
                " openObject", "/properties/a unboundedString", "/properties/b unboundedArray",
                "/properties/c/pattern superLinearPattern",
                "/properties/c/maxLenght unknownKeyword",
                "/properties/e/format unknownFormat", "/properties/e unboundedString",
            ])
    }

    @Test func `finds the metaschemas valid by themselves`() throws {
        #expect(Metaschemas.documents.count == 10)
        let newest = "https://json-schema.org/draft/2020-12/schema"
        for (uri, document) in Metaschemas.documents {
            let schema = try JSONSchema(
                #"{"$ref": "\#(uri.contains("draft-07") ? uri : newest)"}"#
            )
            var json = JSONWriter()
            document.write(0, to: &json)
            let bytes = json.finish()
            var tape = JSONTape()
            var scratch = SchemaScratch()
            #expect(schema.issues(in: try tape.parse(bytes.raw), using: &scratch) == [])
            let broken = Array(#"{"type": "object", "properties": {"a": {"minLength": -1}}}"#.utf8)
            #expect(!schema.accepts(try tape.parse(broken.raw), using: &scratch))
        }
    }

    @Test func `finds members in large tables`() throws {
        let names = (0..<500).map { "name\($0)" }
        let properties = names.map { #""\#($0)": {"type": "integer"}"# }.joined(separator: ",")
        let required = names.map { #""\#($0)""# }.joined(separator: ",")
        let schema =
            #"{"properties": {\#(properties)}, "required": [\#(required)], "#
            + #""additionalProperties": false}"#
        let value = names.map { #""\#($0)": 1"# }.joined(separator: ",")
        #expect(try issues(schema, "{\(value)}").isEmpty)
        #expect(
            try issues(schema, "{\(value.replacing("\"name70\": 1,", with: ""))}").map(\.pointer)
                == ["/name70"])
    }
}
