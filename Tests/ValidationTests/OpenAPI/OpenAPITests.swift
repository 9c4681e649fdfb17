import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct OpenAPITests {
    /// A small API, in the dialect of either version.
    static func shop(_ version: String) -> String {
        let isOld = version.hasPrefix("3.0")
        let nullable =
            isOld ? #""type": "string", "nullable": true"# : #""type": ["string", "null"]"#
        let open =
            isOld ? #""minimum": 0, "exclusiveMinimum": true"# : #""exclusiveMinimum": 0"#
        return ##"""
            {"openapi": "\##(version)", "info": {"title": "Shop", "version": "1"},
             "servers": [{"url": "https://shop.example.com/v1"}],
             "security": [{"token": []}],
             "paths": {
                "/items": {
                    "get": {"operationId": "listItems", "security": [],
                        "parameters": [
                            {"name": "limit", "in": "query",
                             "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                            {"name": "tag", "in": "query",
                             "schema": {"type": "array", "maxItems": 2,
                                "items": {"type": "string"}}},
                            {"name": "ids", "in": "query", "explode": false,
                             "schema": {"type": "array", "items": {"type": "integer"}}},
                            {"name": "filter", "in": "query", "style": "deepObject",
                             "schema": {"type": "object", "additionalProperties": false,
                                "properties": {"inStock": {"type": "boolean"},
                                    "name": {"type": "string"}}}},
                            {"$ref": "#/components/parameters/trace"},
                            {"name": "session", "in": "cookie", "schema": {"type": "string",
                                "maxLength": 8}}],
                        "responses": {
                            "200": {"description": "", "headers": {
                                "X-Total": {"required": true, "schema": {"type": "integer"}}},
                                "content": {"application/json": {"schema": {"type": "array",
                                    "items": {"$ref": "#/components/schemas/Item"}}}}},
                            "4XX": {"description": "", "content": {
                                "application/problem+json": {}}}}},
                    "post": {"operationId": "addItem",
                        "security": [{"token": ["write"], "key": []}],
                        "requestBody": {"required": true, "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Item"}},
                            "application/x-www-form-urlencoded": {
                                "schema": {"$ref": "#/components/schemas/Item"}},
                            "text/*": {"schema": {"type": "string", "maxLength": 5}}}},
                        "responses": {"201": {"description": ""}, "default": {"description": ""}}}},
                "/items/{id}": {
                    "parameters": [{"name": "id", "in": "path", "required": true,
                        "schema": {"type": "integer", "format": "int32"}}],
                    "get": {"responses": {"200": {"description": ""}}},
                    "delete": {"deprecated": true, "x-sunset": "2030-01-31", "responses": {}}},
                "/items/latest": {"get": {"operationId": "latest", "responses": {}}},
                "/files/{name}.json": {"get": {"operationId": "file", "parameters": [
                    {"name": "name", "in": "path", "required": true, "schema": {"type": "string",
                        "maxLength": 9}}], "responses": {}}}},
             "components": {
                "parameters": {"trace": {"name": "X-Trace", "in": "header", "required": true,
                    "schema": {"type": "string", "format": "uuid"}}},
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "Bearer", "bearerFormat": "JWT"},
                    "key": {"type": "apiKey", "in": "query", "name": "api_key"}},
                "schemas": {"Item": {"type": "object", "required": ["id", "name"],
                    "additionalProperties": false, "properties": {
                        "id": {"type": "integer", "readOnly": true},
                        "name": {"type": "string", "maxLength": 10},
                        "secret": {"type": "string", "writeOnly": true},
                        "note": {\##(nullable)},
                        "price": {"type": "number", \##(open)},
                        "sizes": {"type": "array", "items": {"type": "integer"}}}}}}}
            """##
    }

    static let versions = ["3.0.3", "3.1.0"]
    static let trace = ("x-trace", "2eb8aa08-aa98-11ea-b4aa-73b441d16380")

    private func operation(
        _ method: String, _ path: String, _ version: String = "3.1.0"
    ) throws -> OpenAPIMatch {
        let document = try OpenAPIDocument(Self.shop(version))
        guard case .operation(let match) = document.operation(method: method, path: path) else {
            throw SchemaError(document: "", pointer: path, reason: .circular)
        }
        return match
    }

    @Test func `refuses paths and methods that are not declared`() throws {
        let document = try OpenAPIDocument(Self.shop("3.0.3"))
        func found(_ method: String, _ path: String) -> String {
            switch document.operation(method: method, path: path) {
            case .operation(let match): "\(match.operation.id) \(match.values)"
            case .otherMethods(let methods): methods.joined(separator: ",")
            case .nothing: "-"
            }
        }
        #expect(found("GET", "/v1/items") == "listItems [:]")
        #expect(found("HEAD", "/v1/items") == "listItems [:]")
        #expect(found("PUT", "/v1/items") == "GET,POST")
        #expect(found("GET", "/v1/items/7") == #"GET /items/{id} ["id": "7"]"#)
        #expect(found("GET", "/v1/items/latest") == "latest [:]")
        #expect(found("GET", "/v1/items/%6Catest") == "latest [:]")
        #expect(found("GET", "/v1/files/a.b.json") == #"file ["name": "a.b"]"#)
        for path in [
            "/items", "/v1", "/v1/", "/v1/items/", "/v1//items", "/v1/items/7/8", "/v1/files/.json",
            "/v1/files/a.xml", "v1/items", "", "/v1/ITEMS", "/v1/items/",
            String(repeating: "/a", count: 1_000),
        ] { #expect(found("GET", path) == "-", "\(path)") }
    }

    @Test(arguments: versions)
    func `names what is wrong with parameters`(_ version: String) throws {
        let match = try operation("GET", "/v1/items", version)
        var scratch = OpenAPIScratch()
        func issues(
            _ query: String, _ headers: [(name: String, value: String)] = [Self.trace],
            _ cookies: [(name: String, value: String)] = []
        ) -> [String] {
            match.operation.parameterIssues(
                query: query, headers: headers, cookies: cookies, using: &scratch
            ).map { "\($0.pointer) \($0.keyword)" }
        }
        for good in [
            "", "limit=5", "tag=a&tag=b", "tag=a%26b", "ids=1,2,3",
            "filter[inStock]=true&filter%5Bname%5D=x",
            "limit=1e1", "tag=", "tag=1",
        ] { #expect(issues(good) == [], "\(good)") }
        for (bad, expected) in [
            ("limit=0", "/query/limit minimum"), ("limit=abc", "/query/limit type"),
            ("limit=5&limit=6", "/query/limit repeated"), ("limit=+5", "/query/limit type"),
            ("limit=05", "/query/limit type"), ("limit=5.5", "/query/limit type"),
            ("limit=", "/query/limit type"), ("limit[]=5", "/query/limit[] undeclared"),
            ("tag=a&tag=b&tag=c", "/query/tag maxItems"), ("ids=1,x", "/query/ids/1 type"),
            ("ids=1&ids=2", "/query/ids repeated"), ("ids=1,,2", "/query/ids/1 type"),
            ("filter[inStock]=yes", "/query/filter/inStock type"),
            ("filter[name]=a&filter[name]=b", "/query/filter repeated"),
            ("filter[other]=a", "/query/filter/other additionalProperties"),
            ("filter[a][b]=a", "/query/filter/a additionalProperties"),
            ("filter[$ne]=1", "/query/filter/$ne additionalProperties"),
            ("admin=1", "/query/admin undeclared"), ("Limit=5", "/query/Limit undeclared"),
            ("tag=%ff", "/query query"), ("tag=%4", "/query query"),
            ("tag=a;limit=5", "/query query"),
            (Array(repeating: "tag=a", count: 300).joined(separator: "&"), "/query query"),
        ] { #expect(issues(bad) == [expected], "\(bad)") }
        #expect(issues("", []) == ["/header/x-trace required"])
        #expect(issues("", [("X-TRACE", "7")]) == ["/header/x-trace format"])
        #expect(issues("", [Self.trace, Self.trace]) == ["/header/x-trace repeated"])
        #expect(issues("", [Self.trace], [("session", "abc")]) == [])
        #expect(
            issues("", [Self.trace], [("session", "123456789")]) == ["/cookie/session maxLength"])
        #expect(
            issues("", [Self.trace], [("session", "a"), ("session", "b")])
                == ["/cookie/session repeated"])
    }

    @Test func `reads path values by their schema`() throws {
        var scratch = OpenAPIScratch()
        for (path, expected) in [
            ("/v1/items/7", []), ("/v1/items/-7", []), ("/v1/items/2147483648", ["maximum"]),
            ("/v1/items/7x", ["type"]), ("/v1/items/1%2C2", ["type"]), ("/v1/items/%37", []),
            ("/v1/items/%zz", ["malformed"]), ("/v1/items/0x7", ["type"]),
        ] {
            let match = try operation("GET", path, "3.0.3")
            let issues = match.operation.parameterIssues(path: match.values, using: &scratch)
            #expect(issues.map(\.keyword) == expected, "\(path)")
        }
    }

    @Test(arguments: versions)
    func `tells bodies apart by type, form and content`(_ version: String) throws {
        let match = try operation("POST", "/v1/items", version)
        var scratch = OpenAPIScratch()
        func verdict(_ body: String, _ type: String? = "application/json") -> String {
            let bytes = Array(body.utf8)
            switch match.operation.bodyVerdict(bytes.raw, mediaType: type, using: &scratch) {
            case .accepted: return "accepted"
            case .undeclared: return "undeclared"
            case .unsupportedMediaType: return "type"
            case .malformed(let error): return "\(error.reason)"
            case .refused(let issues):
                return issues.map { "\($0.pointer) \($0.keyword)" }.joined(separator: " ")
            }
        }
        #expect(verdict("", nil) == " required")
        #expect(verdict("", "application/json") == "unexpectedEnd")
        #expect(verdict("{}", nil) == "type")
        #expect(verdict("{}", "application/xml") == "type")
        #expect(verdict("{}", "application/*") == "type")
        #expect(verdict("{}", "application/json; charset=utf-16") == "type")
        #expect(verdict(#"{"name": "x"}"#, "Application/JSON; charset=\"UTF-8\"") == "accepted")
        #expect(verdict(#"{"name": "x", "name": "y"}"#) == "duplicateMember")
        #expect(verdict("{}") == "/name required")
        #expect(verdict(#"{"name": "x", "id": 7}"#) == "/id readOnly")
        #expect(verdict(#"{"name": "x", "note": null, "price": 0.1}"#) == "accepted")
        #expect(verdict(#"{"name": null}"#) == "/name type")
        #expect(verdict(#"{"name": "x", "price": 0}"#) == "/price exclusiveMinimum")
        #expect(verdict(#"{"name": "x", "role": "admin"}"#) == "/role additionalProperties")
        let form = "application/x-www-form-urlencoded"
        #expect(verdict("name=a+b&price=1.5&sizes=1&sizes=2", form) == "accepted")
        #expect(verdict("name=a&name=b", form) == "/name repeated")
        #expect(verdict("name=a&price=x", form) == "/price type")
        #expect(verdict("name=a&admin=1", form) == "/admin additionalProperties")
        #expect(verdict("name=%ff", form) == " form")
        #expect(verdict("hello", "text/plain") == "accepted")
        #expect(verdict("hello!", "text/plain") == " maxLength")
    }

    @Test(arguments: versions)
    func `checks answers by status`(_ version: String) throws {
        let match = try operation("GET", "/v1/items", version)
        var scratch = OpenAPIScratch()
        func verdict(
            _ status: Int, _ body: String?, _ type: String? = "application/json",
            _ headers: [(name: String, value: String)] = [("X-Total", "1")]
        ) -> OpenAPIVerdict {
            let bytes = Array((body ?? "").utf8)
            return match.operation.responseVerdict(
                status: status, mediaType: type, headers: headers,
                body: body == nil ? nil : bytes.raw, using: &scratch)
        }
        #expect(verdict(200, #"[{"id": 1, "name": "x"}]"#) == .accepted)
        #expect(verdict(404, "{}", "application/problem+json") == .accepted)
        #expect(verdict(404, "{}") == .unsupportedMediaType)
        #expect(verdict(500, "{}") == .undeclared)
        #expect(verdict(200, nil, nil) == .accepted)
        func refused(_ verdict: OpenAPIVerdict) -> [String] {
            guard case .refused(let issues) = verdict else { return ["\(verdict)"] }
            return issues.map { "\($0.pointer) \($0.keyword)" }
        }
        #expect(refused(verdict(200, #"[{"name": "x"}]"#)) == ["/0/id required"])
        #expect(
            refused(verdict(200, #"[{"id": 1, "name": "x", "secret": "s"}]"#)) == [
                "/0/secret writeOnly"
            ])
        #expect(refused(verdict(200, "[]", "application/json", [])) == ["/header/x-total required"])
        #expect(
            refused(verdict(200, "[]", "application/json", [("x-total", "a")])) == [
                "/header/x-total type"
            ])
    }

    @Test func `strips what the document does not name from an answer`() throws {
        let document = try OpenAPIDocument(
            """
            {"openapi": "3.1.0", "paths": {"/": {"get": {"responses": {"2XX": {"content": {
                "application/json": {"schema": {
                    "allOf": [{"properties": {"id": {"type": "integer"}}},
                        {"properties": {"owner": {"type": "object", "additionalProperties": false,
                            "properties": {"name": {"type": "string"}}}}}],
                    "anyOf": [
                        {"required": ["kind"],
                         "properties": {"kind": {"const": "a"}, "onlyA": true}},
                        {"required": ["kind"],
                         "properties": {"kind": {"const": "b"}, "onlyB": true}}],
                    "properties": {"free": {"type": "object"}, "labels": {"type": "object",
                        "additionalProperties": {"type": "string"}},
                        "list": {"items": {"properties": {"x": true}}}}}}}}}}}}}
            """)
        var scratch = OpenAPIScratch()
        func stripped(_ body: String) -> String? {
            let bytes = Array(body.utf8)
            return document.operations[0].strippedResponse(
                status: 200, mediaType: "application/json", body: bytes.raw, using: &scratch
            ).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(
            stripped(
                #"{"id":1,"kind":"a","onlyA":1,"onlyB":2,"hash":0,"owner":{"name":"n","m":"m"}}"#
            )
                == #"{"id":1,"kind":"a","onlyA":1,"owner":{"name":"n"}}"#)
        #expect(
            stripped(
                #"{"kind":"b","free":{"a":{"":1.5}},"labels":{"":"\u0061"},"list":[{"x":1,"y":2}]}"#
            )
                == #"{"kind":"b","free":{"a":{"":1.5}},"labels":{"":"a"},"list":[{"x":1}]}"#
        )
        #expect(stripped(#"{"kind":"a","id":"x"}"#) == nil)
        #expect(stripped(#"{"kind":"c"}"#) == nil)
        #expect(stripped("{") == nil)
    }

    @Test func `shows security, deprecation and sunset`() throws {
        let post = try operation("POST", "/v1/items").operation
        #expect(post.security.count == 1)
        #expect(post.security[0].map(\.name) == ["token", "key"])
        #expect(post.security[0][0].scheme == .http(scheme: "bearer", bearerFormat: "JWT"))
        #expect(post.security[0][0].scopes == ["write"])
        var scratch = OpenAPIScratch()
        #expect(post.parameterIssues(query: "api_key=x", using: &scratch) == [])
        #expect(try operation("GET", "/v1/items").operation.security == [])
        let delete = try operation("DELETE", "/v1/items/1").operation
        #expect(delete.isDeprecated && delete.sunset == "2030-01-31")
        #expect(delete.security.map { $0.map(\.name) } == [["token"]])
    }

    private static let broken: [(String, String)] = [
        ("[]", "/openapi"), (#"{"swagger": "2.0"}"#, "/openapi"),
        (#"{"openapi": 3.1}"#, "/openapi"),
        (#"{"openapi": "3.0.3", "paths": {"/a/{b}": {"get": {}}}}"#, "/paths/~1a~1{b}/get"),
        (#"{"openapi": "3.0.3", "paths": {"/a{": {"get": {}}}}"#, "/paths/~1a{"),
        (#"{"openapi": "3.0.3", "paths": {"/{a}{b}": {"get": {}}}}"#, "/paths/~1{a}{b}"),
        (
            #"{"openapi": "3.0.3", "paths": {"/a": {"get": {"parameters": [{"name": "x"}]}}}}"#,
            "/paths/~1a/get/parameters/0"
        ),
        (
            #"{"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"2": {}, "abc": {}}}}}}"#,
            "/paths/~1a/get/responses/abc"
        ),
        (
            #"{"openapi": "3.0.3", "paths": {"/a": {"get": {"security": [{"x": []}]}}}}"#,
            "/paths/~1a/get/security/0/x"
        ),
        (
            #"{"openapi": "3.0.3", "paths": {"/a": {"get": {"x-sunset": "soon"}}}}"#,
            "/paths/~1a/get/x-sunset"
        ),
        (
            ##"""
            {"openapi": "3.1.0", "x": {"$ref": "#/x"},
             "paths": {"/a": {"get": {"requestBody": {"$ref": "#/x"}}}}}
            """##,
            "/x"
        ),
        (
            ##"""
            {"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [
                {"name": "a", "in": "query", "schema": {"$ref": "#/b"}}]}}}}
            """##,
            "/paths/~1a/get/parameters/0/schema/$ref"
        ),
        (
            """
            {"openapi": "3.0.3", "paths": {
                "/a/{x}": {"get": {"parameters": [{"name": "x", "in": "path", "required": true}]}},
                "/a/{y}": {"get": {"parameters": [{"name": "y", "in": "path", "required": true}]}}}}
            """,
            "/paths/~1a~1{y}"
        ),
    ]

    @Test(arguments: broken)
    func `refuses a broken document and says where`(_ json: String, _ pointer: String) {
        let error = #expect(throws: SchemaError.self) { try OpenAPIDocument(json) }
        #expect(error?.pointer == pointer, "\(json) \(error.map(\.description) ?? "")")
    }
}
