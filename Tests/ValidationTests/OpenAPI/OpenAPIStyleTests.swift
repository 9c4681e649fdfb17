import GatehouseCore
import Testing

@testable import GatehouseValidation

/// The table of OpenAPI's section "Style Examples", with `id` as 5, a list and an object.
@Suite struct OpenAPIStyleTests {
    private static let list = #"{"type": "array", "items": {"type": "integer"}, "minItems": 2}"#
    private static let object = """
        {"type": "object", "required": ["r", "g"], "additionalProperties": false,
         "properties": {"r": {"type": "integer"}, "g": {"type": "string"}}}
        """
    private static let number = #"{"type": "integer"}"#

    private func issues(
        _ location: String, _ settings: String, _ schema: String, _ text: String
    ) throws -> [String] {
        let path = location == "path" ? "/{id}" : "/"
        let json = """
            {"openapi": "3.1.0", "paths": {"\(path)": {"get": {"parameters": [
                {"name": "id", "in": "\(location)", "required": true, \(settings)
                 "schema": \(schema)}]}}}}
            """
        let document = try OpenAPIDocument(json)
        var scratch = OpenAPIScratch()
        let operation = document.operations[0]
        let found =
            switch location {
            case "path": operation.parameterIssues(path: ["id": text], using: &scratch)
            case "query": operation.parameterIssues(query: text, using: &scratch)
            case "header": operation.parameterIssues(headers: [("Id", text)], using: &scratch)
            default: operation.parameterIssues(cookies: [("id", text)], using: &scratch)
            }
        return found.map { "\($0.pointer) \($0.keyword)" }
    }

    private static let good: [(String, String, String, String)] = [
        ("path", "", number, "5"), ("path", "", list, "3,4,5"), ("path", "", object, "r,1,g,a%2Cb"),
        ("path", #""explode": true,"#, object, "r=1,g=a%3Db"),
        ("path", #""style": "label","#, number, ".5"),
        ("path", #""style": "label","#, list, ".3,4,5"),
        ("path", #""style": "label", "explode": true,"#, list, ".3.4.5"),
        ("path", #""style": "label", "explode": true,"#, object, ".r=1.g=x"),
        ("path", #""style": "matrix","#, number, ";id=5"),
        ("path", #""style": "matrix","#, list, ";id=3,4,5"),
        ("path", #""style": "matrix", "explode": true,"#, list, ";id=3;id=4"),
        ("path", #""style": "matrix","#, object, ";id=r,1,g,x"),
        ("path", #""style": "matrix", "explode": true,"#, object, ";r=1;g=x"),
        ("query", "", number, "id=5"), ("query", "", list, "id=3&id=4"),
        ("query", #""explode": false,"#, list, "id=3,4"), ("query", "", object, "r=1&g=x"),
        ("query", #""explode": false,"#, object, "id=r,1,g,x"),
        ("query", #""style": "spaceDelimited", "explode": false,"#, list, "id=3%204+5"),
        ("query", #""style": "pipeDelimited", "explode": false,"#, list, "id=3|4%7C5"),
        ("query", #""style": "deepObject","#, object, "id[r]=1&id%5Bg%5D=x"),
        ("header", "", number, " 5 "), ("header", "", list, "3, 4,5"),
        ("header", "", object, "r,1,g,x"), ("header", #""explode": true,"#, object, "r=1,g=x"),
        ("cookie", "", number, "5"), ("cookie", #""explode": false,"#, list, "3,4"),
    ]

    @Test func `reads each style as the specification shows it`() throws {
        for (location, settings, schema, text) in Self.good {
            #expect(
                try issues(location, settings, schema, text) == [],
                "\(location) \(settings) \(text)")
        }
    }

    private static let bad: [(String, String, String, String, String)] = [
        ("path", "", list, "3", "/path/id minItems"), ("path", "", list, "3,x", "/path/id/1 type"),
        ("path", "", object, "r,1,g", "/path/id malformed"),
        ("path", "", object, "r,1,g,x,h,2", "/path/id/h additionalProperties"),
        ("path", "", object, "r,1,r,2,g,x", "/path/id malformed"),
        ("path", #""explode": true,"#, object, "r,1", "/path/id malformed"),
        ("path", #""style": "label","#, number, "5", "/path/id malformed"),
        ("path", #""style": "matrix","#, number, ";other=5", "/path/id malformed"),
        ("path", #""style": "matrix", "explode": true,"#, list, ";id=3,4", "/path/id minItems"),
        ("query", "", object, "r=1", "/query/id/g required"),
        ("query", #""explode": false,"#, list, "id=3&id=4", "/query/id repeated"),
        (
            "query", #""style": "deepObject","#, object, "id[r]=1&id[r]=2&id[g]=x",
            "/query/id repeated"
        ),
        ("query", #""style": "deepObject","#, object, "other=1", "/query/id required"),
        ("header", "", list, "3", "/header/id minItems"),
        ("cookie", "", number, "five", "/cookie/id type"),
    ]

    @Test func `refuses a value that is not in its style`() throws {
        for (location, settings, schema, text, expected) in Self.bad {
            #expect(
                try issues(location, settings, schema, text).first == expected,
                "\(location) \(settings) \(text)")
        }
    }

    @Test func `refuses a style that its place does not have`() {
        for (location, settings) in [
            ("path", #""style": "form","#), ("query", #""style": "simple","#),
            ("header", #""style": "label","#), ("cookie", #""style": "deepObject","#),
        ] {
            #expect(throws: SchemaError.self) {
                try issues(location, settings, Self.number, "5")
            }
        }
    }

    @Test func `reads text as the kinds that its schema leaves`() throws {
        for (schema, text, expected) in [
            (#"{"type": ["integer", "null"]}"#, "id=", []),
            (#"{"type": "boolean"}"#, "id=true", []),
            (#"{"type": "boolean"}"#, "id=TRUE", ["type"]),
            (#"{"type": "boolean"}"#, "id=1", ["type"]), (#"{"type": "string"}"#, "id=1", []),
            (#"{"enum": [1, 2]}"#, "id=2", []), (#"{"enum": ["1"]}"#, "id=1", []),
            (#"{"const": true}"#, "id=true", []),
            (
                #"{"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]}"#, "id=123",
                []
            ),
            (
                #"{"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]}"#, "id=abc",
                ["maxLength"]
            ),
            (#"{"allOf": [{"type": "number"}, {"minimum": 2}]}"#, "id=1.5", ["minimum"]),
            (#"{"type": "number"}"#, "id=NaN", ["type"]), (#"{"type": "number"}"#, "id=1e999", []),
            (#"{"type": "integer", "format": "int64"}"#, "id=9223372036854775808", ["maximum"]),
        ] {
            #expect(
                try issues("query", "", schema, text).map { String($0.split(separator: " ")[1]) }
                    == expected, "\(schema) \(text)")
        }
    }

    @Test func `reads a parameter that is JSON`() throws {
        let document = try OpenAPIDocument(
            """
            {"openapi": "3.0.3", "paths": {"/": {"get": {"parameters": [
                {"name": "q", "in": "query", "content": {"application/json": {"schema":
                    {"type": "object", "properties": {"a": {"type": "integer"}}}}}}]}}}}
            """)
        var scratch = OpenAPIScratch()
        func issues(_ query: String) -> [String] {
            document.operations[0].parameterIssues(query: query, using: &scratch)
                .map { "\($0.pointer) \($0.keyword)" }
        }
        #expect(issues("q=%7B%22a%22:1%7D") == [])
        #expect(issues("q=%7B%22a%22:true%7D") == ["/query/q/a type"])
        #expect(issues("q=%7B") == ["/query/q malformed"])
    }
}
