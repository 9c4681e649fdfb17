import GatehouseCore
import Testing

@testable import GatehouseValidation

/// A document in several files, which here are entries of a table.
@Suite struct OpenAPIFilesTests {
    private static let root = """
        {"openapi": "3.1.0", "info": {"title": "Split", "version": "1"}, "paths": {
          "/users/{id}": {"$ref": "paths/user.json"},
          "/all": {"get": {"parameters": [{"$ref": "./common/shared.json#/parameters/limit"}],
            "responses": {"200": {"$ref": "common/shared.json#/responses/fine"}}}}},
         "components": {"schemas": {"Id": {"type": "integer", "maximum": 99}}}}
        """
    private static let files = [
        "paths/user.json": """
        {"parameters": [{"name": "id", "in": "path", "required": true,
           "schema": {"$ref": "../openapi.json#/components/schemas/Id"}}],
         "put": {"requestBody": {"content": {"application/json": {
           "schema": {"$ref": "../schemas/user.json"}}}}, "responses": {}}}
        """,
        "common/shared.json": """
        {"parameters": {"limit": {"name": "limit", "in": "query",
           "schema": {"type": "integer", "maximum": 5}}},
         "responses": {"fine": {"description": "", "content": {"application/json": {
           "schema": {"$ref": "../schemas/user.json#/$defs/name"}}}}}}
        """,
        "schemas/user.json": """
        {"type": "object", "additionalProperties": false, "properties": {
           "name": {"$ref": "#/$defs/name"}, "friend": {"$ref": "a%20friend.json"}},
         "$defs": {"name": {"type": "string", "maxLength": 3}}}
        """,
        // Leads back: circles between files are fine.
        "schemas/a friend.json": #"{"$ref": "user.json"}"#,
    ]

    private func load(_ root: String, _ files: [String: String]) throws -> OpenAPIDocument {
        let bytes = Array(root.utf8)
        var gathering = try OpenAPIFiles(bytes.raw, at: "openapi.json")
        var count = 0
        while let request = gathering.next() {
            count += 1
            guard let text = files[request.path] else { continue }
            let file = Array(text.utf8)
            try gathering.add(file.raw, for: request)
        }
        #expect(count <= OpenAPIFiles.filesMax)
        return try OpenAPIDocument(root, at: "openapi.json", registry: gathering.registry)
    }

    @Test func `judges by schemas, parameters and path items of other files`() throws {
        let document = try load(Self.root, Self.files)
        var scratch = OpenAPIScratch()
        func put(_ path: String, _ body: String) -> [String] {
            guard case .operation(let match) = document.operation(method: "PUT", path: path) else {
                return ["nothing"]
            }
            let bytes = Array(body.utf8)
            let verdict = match.operation.bodyVerdict(
                bytes.raw, mediaType: "application/json", using: &scratch)
            let parameters = match.operation.parameterIssues(path: match.values, using: &scratch)
            guard case .refused(let issues) = verdict else { return parameters.map(\.pointer) }
            return (issues + parameters).map(\.pointer)
        }
        #expect(put("/users/7", #"{"name":"Ann","friend":{"name":"Bob"}}"#) == [])
        #expect(put("/users/100", "{}") == ["/path/id"])
        #expect(
            put("/users/7", #"{"friend":{"friend":{"name":"Anna"}}}"#) == ["/friend/friend/name"])
        #expect(put("/users/7", #"{"friend":{"admin":1}}"#) == ["/friend/admin"])
        guard case .operation(let all) = document.operation(method: "GET", path: "/all") else {
            Issue.record("no operation")
            return
        }
        #expect(
            all.operation.parameterIssues(query: "limit=6", using: &scratch).map(\.pointer)
                == ["/query/limit"])
        let long = Array("\"long\"".utf8)
        let answer = all.operation.responseVerdict(
            status: 200, mediaType: "application/json", body: long.raw, using: &scratch)
        #expect(answer != .accepted)
    }

    @Test(arguments: [
        "../secret.json", "a/../../secret.json", "%2e%2e/secret.json", "/etc/secret.json",
        "a/%2e%2e/%2e%2e/secret.json", "..\\\\secret.json",
    ])
    func `refuses references that leave the folder, and names the place`(_ reference: String) {
        let root = Self.root.replacing("paths/user.json", with: reference)
        #expect {
            try load(root, Self.files)
        } throws: { error in
            let error = error as? SchemaError
            return error?.document == "openapi.json"
                && error?.pointer == "/paths/~1users~1{id}/$ref"
        }
    }

    @Test(arguments: ["https://example.com/user.json", "//example.com/user.json", "nothing.json"])
    func `fetches nothing, and names the reference that leads nowhere`(_ reference: String) {
        let root = Self.root.replacing("paths/user.json", with: reference)
        #expect(
            throws: SchemaError(
                document: "openapi.json", pointer: "/paths/~1users~1{id}/$ref",
                reason: .unresolved(reference))
        ) { try load(root, Self.files) }
    }

    @Test func `names the file and the place of what is wrong in it`() {
        var files = Self.files
        files["schemas/user.json"] = #"{"properties": {"name": {"maxLength": -1}}}"#
        files["common/shared.json"] = files["common/shared.json"]?.replacing(
            "$defs", with: "properties")
        #expect {
            try load(Self.root, files)
        } throws: { error in
            let error = error as? SchemaError
            return error?.document == "schemas/user.json"
                && error?.pointer == "/properties/name/maxLength"
        }
    }

    @Test func `refuses more files than its bound`() {
        var files: [String: String] = [:]
        for number in 0...300 { files["\(number).json"] = ##"{"$ref": "\##(number + 1).json"}"## }
        let root = Self.root.replacing("paths/user.json", with: "0.json")
        #expect {
            try load(root, files)
        } throws: {
            ($0 as? SchemaError)?.reason == .tooLarge
        }
    }

    @Test func `finds schemas by their own names, in the document and in its files`() throws {
        let root = """
            {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/a": {"get": {
              "parameters": [{"$ref": "size.json"},
                {"name": "a", "in": "query", "schema": {"$ref": "#short"}},
                {"name": "b", "in": "query", "schema": {"$ref": "urn:box"},
                 "example": {"$anchor": "short"}}],
              "responses": {"4xx": {"description": ""}}}}},
             "components": {"schemas": {"A": {"$anchor": "short", "type": "string", "maxLength": 2},
               "B": {"$id": "urn:box", "type": "integer"}}}}
            """
        let size = """
            {"name": "c", "in": "query", "schema": {"$anchor": "size", "type": "array",
              "items": {"anyOf": [{"type": "integer"}, {"$ref": "#size"}]}}}
            """
        let document = try load(root, ["size.json": size])
        var scratch = OpenAPIScratch()
        let operation = document.operations[0]
        #expect(operation.parameterIssues(query: "a=ab&b=1&c=1&c=2", using: &scratch) == [])
        #expect(
            operation.parameterIssues(query: "a=abc&b=x&c=x", using: &scratch).map(\.pointer)
                .sorted() == ["/query/a", "/query/b", "/query/c/0"])
    }

    @Test(arguments: [
        ["%2e/b.json", "%2e%2e/secret.json"], ["a//b.json", "..%2f..%2fsecret.json"],
        ["%2E%2F/b.json", "%2e%2e/%2e%2e/secret.json"],
    ])
    func `no reference leaves the folder by way of a file that hides where it lies`(
        _ steps: [String]
    ) throws {
        let first = Array(Self.reference(to: steps[0]).utf8)
        let second = Array(Self.reference(to: steps[1]).utf8)
        #expect(throws: SchemaError.self) {
            var gathering = try OpenAPIFiles(first.raw, at: "openapi.json")
            guard let request = gathering.next() else { return }
            try gathering.add(second.raw, for: request)
        }
    }

    private static func reference(to path: String) -> String {
        """
        {"openapi": "3.1.0", "info": {"title": "", "version": ""},
         "paths": {"/a": {"$ref": "\(path)"}}}
        """
    }

    private static func others(_ callbacks: String, _ webhooks: String = "") -> String {
        """
        {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/a": {"post": {
          "callbacks": {\(callbacks)}, "responses": {}}}}, "webhooks": {\(webhooks)}}
        """
    }

    private static let item = """
        {"post": {"parameters": [{"name": "id", "in": "path", "required": true}],
          "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
          "responses": {"204": {"description": ""}}}}
        """

    @Test func `reads callbacks and webhooks, but takes none for an operation`() throws {
        let document = try OpenAPIDocument(
            Self.others(
                #""paid": {"{$request.body#/url}": \#(Self.item)}"#, #""/b": \#(Self.item)"#))
        #expect(document.operations.map(\.path) == ["/a"])
        guard case .nothing = document.operation(method: "POST", path: "/b") else {
            Issue.record("a webhook is an operation")
            return
        }
    }

    @Test(arguments: [
        (#""paid": []"#, "", "/paths/~1a/post/callbacks/paid"),
        (#""paid": {"url": {}}"#, "", "/paths/~1a/post/callbacks/paid/url"),
        (#""paid": {"{$url}": []}"#, "", "/paths/~1a/post/callbacks/paid/{$url}"),
        (
            #""paid": {"{$url}": {"post": {"requestBody": {"content": "#
                + #"{"x/y": {"schema": {"pattern": "("}}}}}}}"#,
            "",
            "/paths/~1a/post/callbacks/paid/{$url}/post/requestBody/content/x~1y/schema/pattern"
        ),
        ("", ##""ping": {"$ref": "#/nothing"}"##, "/webhooks/ping/$ref"),
        (
            "", #""ping": {"post": {"parameters": [{"name": "a"}]}}"#,
            "/webhooks/ping/post/parameters/0"
        ),
    ])
    func `refuses callbacks and webhooks that mean nothing, with their place`(
        _ callbacks: String, _ webhooks: String, _ place: String
    ) {
        #expect {
            try OpenAPIDocument(Self.others(callbacks, webhooks))
        } throws: {
            ($0 as? SchemaError)?.pointer == place
        }
    }
}
