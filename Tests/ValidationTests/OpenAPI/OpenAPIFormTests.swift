import GatehouseCore
import Testing

@testable import GatehouseValidation

/// Forms, in one piece and in parts, held to their schema and their `encoding`.
@Suite struct OpenAPIFormTests {
    static func document(_ version: String) -> String {
        let nullable =
            version.hasPrefix("3.0")
            ? #""type": "integer", "nullable": true"# : #""type": ["integer", "null"]"#
        return ##"""
            {"openapi": "\##(version)", "info": {"title": "Forms", "version": "1"}, "paths": {
              "/upload": {"post": {"requestBody": {"required": true, "content": {
                "multipart/form-data": {
                  "schema": {"$ref": "#/components/schemas/Upload"},
                  "encoding": {
                    "avatar": {"contentType": "image/png, image/jpeg",
                      "headers": {"X-Rank": {"required": true,
                        "schema": {"type": "integer", "maximum": 9}},
                        "Content-Type": {"schema": {"type": "string"}}}},
                    "history": {"contentType": "application/xml; charset=utf-8"},
                    "either": {"contentType": "application/json, application/xml"}}}}},
                "responses": {}}},
              "/form": {"post": {"requestBody": {"required": true, "content": {
                "application/x-www-form-urlencoded": {
                  "schema": {"type": "object", "additionalProperties": false,
                    "required": ["name"], "properties": {
                      "name": {"type": "string", "maxLength": 5},
                      "age": {\##(nullable)},
                      "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
                      "ids": {"type": "array", "items": {"type": "integer"}},
                      "words": {"type": "array", "items": {"type": "string"}},
                      "filter": {"type": "object", "additionalProperties": false,
                        "properties": {"active": {"type": "boolean"}}},
                      "expires": {"type": "integer"},
                      "labels": {"anyOf": [{"type": "string", "enum": [""]},
                        {"type": "object", "additionalProperties": {"type": "integer"}}]},
                      "deep": {"type": "array", "maxItems": 2, "items": {"anyOf": [
                        {"type": "string", "enum": [""]},
                        {"type": "object", "additionalProperties": false, "properties": {
                          "price": {"type": "integer"},
                          "tags": {"type": "array", "items": {"type": "string"}}}}]}},
                      "place": {"type": "object", "additionalProperties": false,
                        "properties": {"city": {"type": "string"}}},
                      "meta": {"type": "object", "additionalProperties": false,
                        "properties": {"level": {"type": "integer"}}}}},
                  "encoding": {
                    "ids": {"style": "form", "explode": false},
                    "words": {"style": "spaceDelimited", "explode": false, "allowReserved": true},
                    "filter": {"style": "deepObject", "explode": true},
                    "deep": {"style": "deepObject", "explode": true},
                    "expires": {"style": "deepObject", "explode": true},
                    "labels": {"style": "deepObject", "explode": true},
                    "place": {"style": "form", "explode": true}}}}},
                "responses": {}}}},
             "components": {"schemas": {"Upload": {
               "type": "object", "required": ["title", "avatar"], "additionalProperties": false,
               "properties": {
                 "title": {"type": "string", "minLength": 1, "maxLength": 10},
                 "count": {\##(nullable)},
                 "public": {"type": "boolean"},
                 "avatar": {"type": "string", "format": "binary", "minLength": 3, "maxLength": 20},
                 "files": {"type": "array", "maxItems": 2,
                   "items": {"type": "string", "format": "binary", "maxLength": 6}},
                 "tags": {"type": "array", "maxItems": 2, "items": {"type": "string",
                   "maxLength": 3}},
                 "meta": {"$ref": "#/components/schemas/Meta"},
                 "metas": {"type": "array", "items": {"$ref": "#/components/schemas/Meta"}},
                 "history": {"$ref": "#/components/schemas/Meta"},
                 "either": {"$ref": "#/components/schemas/Meta"},
                 "id": {"type": "integer", "readOnly": true}}},
               "Meta": {"type": "object", "required": ["level"], "additionalProperties": false,
                 "properties": {"level": {"type": "integer", "maximum": 9},
                   "note": {"type": "string", "format": "binary", "maxLength": 2}}}}}}
            """##
    }

    static let versions = ["3.0.3", "3.1.0"]

    /// One part: its header behind the name, and its content.
    struct Part {
        var name: String
        var header = ""
        var content: String
    }

    static let avatar = Part(
        name: "avatar", header: "; filename=\"a.png\"\r\nContent-Type: image/png\r\nX-Rank: 7",
        content: "\u{89}PNG\r\n\u{1A}\n")
    static let title = Part(name: "title", content: "Hi")

    private func operation(_ path: String, _ version: String) throws -> OpenAPIOperation {
        let document = try OpenAPIDocument(Self.document(version))
        guard case .operation(let match) = document.operation(method: "POST", path: path) else {
            throw SchemaError(document: "", pointer: path, reason: .badURI)
        }
        return match.operation
    }

    /// What is said of parts, each as `pointer keyword`.
    private func issues(_ parts: [Part], _ version: String = "3.1.0") throws -> [String] {
        let operation = try operation("/upload", version)
        let type = "multipart/form-data; boundary=B"
        var sink = try #require(operation.parts(mediaType: type, limits: JSONLimits()))
        var limits = MultipartLimits()
        limits.repeatable = sink.repeatable
        limits.headerNames = sink.headerNames
        var parser = try MultipartParser(boundary: "B", limits: limits)
        var bytes: [UInt8] = []
        for part in parts {
            let head = "--B\r\nContent-Disposition: form-data; name=\"\(part.name)\"\(part.header)"
            bytes += Array("\(head)\r\n\r\n".utf8)
            // The mark of a PNG is no UTF-8.
            bytes += part.content.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            bytes += Array("\r\n".utf8)
        }
        bytes += Array("--B--\r\n".utf8)
        // In pieces, so that no part comes whole.
        for start in stride(from: 0, to: bytes.count, by: 7) {
            let piece = Array(bytes[start..<min(start + 7, bytes.count)])
            try parser.feed(piece.raw, to: &sink)
        }
        try parser.finish()
        return sink.finish().map { "\($0.pointer) \($0.keyword)" }
    }

    @Test(arguments: versions)
    func `refuses parts that are missing, not named, or set by the server`(
        _ version: String
    ) throws {
        #expect(try issues([Self.title], version) == ["/avatar required"])
        let more = Part(name: "admin", content: "1")
        #expect(
            try issues([Self.title, Self.avatar, more], version) == ["/admin additionalProperties"])
        let file = Part(name: "shell", header: "; filename=\"x\"", content: "1")
        #expect(
            try issues([Self.title, Self.avatar, file], version) == ["/shell additionalProperties"])
        let id = Part(name: "id", content: "1")
        #expect(try issues([Self.title, Self.avatar, id], version) == ["/id readOnly"])
    }

    @Test(arguments: versions)
    func `refuses text that is no value of its type, or a file`(_ version: String) throws {
        func check(_ name: String, _ content: String, _ header: String = "") throws -> [String] {
            try issues(
                [Self.title, Self.avatar, Part(name: name, header: header, content: content)],
                version)
        }
        #expect(try check("count", "7") == [])
        #expect(try check("count", "") == [])
        #expect(try check("count", "7.5") == ["/count type"])
        #expect(try check("count", "0x7") == ["/count type"])
        #expect(try check("public", "true") == [])
        #expect(try check("public", "1") == ["/public type"])
        #expect(try check("count", "7", "; filename=\"a\"") == ["/count file"])
        #expect(
            try check("count", "7", "\r\nContent-Type: application/json") == ["/count contentType"])
        #expect(try check("tags", "long") == ["/tags/0 maxLength"])
        #expect(
            try check("tags", "a", "\r\nContent-Type: text/plain; charset=utf-16")
                == ["/tags contentType"])
        #expect(try check("tags", "\u{E9}") == ["/tags malformed"])
    }

    @Test(arguments: versions)
    func `takes repeated parts as a list where the schema has one, and nowhere else`(
        _ version: String
    ) throws {
        let tags = ["a", "b", "c"].map { Part(name: "tags", content: $0) }
        let rest = [Self.title, Self.avatar]
        #expect(try issues(rest + tags.prefix(2), version) == [])
        #expect(try issues(rest + tags, version) == ["/tags maxItems"])
        let files = ["1", "123456", "1234567"].map {
            Part(name: "files", header: "; filename=\"f\"", content: $0)
        }
        #expect(try issues(rest + files.prefix(2), version) == [])
        #expect(try issues(rest + files.suffix(2), version) == ["/files/1 maxLength"])
        #expect(try issues(rest + files, version) == ["/files maxItems", "/files/2 maxLength"])
        #expect(
            try issues([Self.avatar, Self.avatar, Self.title], version) == ["/avatar repeated"])
    }

    @Test(arguments: versions)
    func `judges bytes by media type, header and length alone`(_ version: String) throws {
        func check(_ header: String, _ content: String) throws -> [String] {
            try issues(
                [Self.title, Part(name: "avatar", header: header, content: content)], version)
        }
        let bare = "; filename=\"a\"\r\nContent-Type: image/png"
        let png = bare + "\r\n"
        let mark = "\u{89}PNG\r\n\u{1A}\n"
        #expect(try check(png + "X-Rank: 7", mark) == [])
        #expect(try check(png + "X-Rank: 7", mark + String(repeating: "x", count: 12)) == [])
        #expect(
            try check(png + "X-Rank: 7", mark + String(repeating: "x", count: 13))
                == ["/avatar maxLength"])
        #expect(
            try check("\r\nContent-Type: image/png\r\nX-Rank: 7", "ab") == ["/avatar minLength"])
        #expect(try check(png + "X-Rank: 10", mark) == ["/avatar header"])
        #expect(try check(bare, mark) == ["/avatar header"])
        #expect(
            try check("; filename=\"a\"\r\nContent-Type: image/gif\r\nX-Rank: 1", "GIF89a")
                == ["/avatar contentType"])
        let other = Part(name: "title", header: "\r\nX-Rank: 1", content: "Hi")
        #expect(try issues([other, Self.avatar], version) == ["/title header"])
    }

    @Test(arguments: versions)
    func `judges JSON in parts by its schema, strictly`(_ version: String) throws {
        func check(_ name: String, _ content: String, _ header: String = "") throws -> [String] {
            try issues(
                [Self.title, Self.avatar, Part(name: name, header: header, content: content)],
                version)
        }
        let json = "\r\nContent-Type: application/json"
        #expect(try check("meta", #"{"level":9}"#) == [])
        #expect(try check("meta", #"{"level":9}"#, "; filename=\"blob\"" + json) == [])
        #expect(try check("meta", #"{"level":10}"#, json) == ["/meta/level maximum"])
        #expect(try check("meta", #"{"level":"9"}"#, json) == ["/meta/level type"])
        #expect(try check("meta", #"{"level":1,"a":1}"#, json) == ["/meta/a additionalProperties"])
        #expect(try check("meta", #"{"level":1,"level":2}"#, json) == ["/meta malformed"])
        #expect(try check("meta", #"{"level":1}, "id": {}"#, json) == ["/meta malformed"])
        #expect(
            try check("meta", #"{"level":9}"#, "\r\nContent-Type: text/plain")
                == ["/meta contentType"])
        // A text inside, that says of itself how long it is, counts by what it is.
        #expect(try check("meta", #"{"level":1,"note":"abc"}"#, json) == ["/meta/note maxLength"])
        #expect(try check("metas", #"{"level":10}"#, json) == ["/metas/0/level maximum"])
        #expect(
            try check("metas", #"[{"level":1},{"level":10}]"#, json) == ["/metas/1/level maximum"])
    }

    @Test(arguments: versions)
    func `leaves what no schema can be applied to, but not its JSON`(_ version: String) throws {
        func check(_ name: String, _ type: String, _ content: String) throws -> [String] {
            let part = Part(name: name, header: "\r\nContent-Type: \(type)", content: content)
            return try issues([Self.title, Self.avatar, part], version)
        }
        #expect(try check("history", "application/xml", "<a/>") == [])
        #expect(try check("history", "application/json", "{}") == ["/history contentType"])
        #expect(try check("either", "application/xml", "<a/>") == [])
        #expect(try check("either", "application/json", #"{"level":1}"#) == [])
        #expect(
            try check("either", "application/json", #"{"level":10}"#) == ["/either/level maximum"])
        #expect(try check("either", "application/json", "{}") == ["/either/level required"])
    }

    @Test func `refuses more judged content than it keeps`() throws {
        let operation = try operation("/upload", "3.1.0")
        var sink = try #require(
            operation.parts(mediaType: "multipart/form-data", limits: JSONLimits()))
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        try sink.begin(MultipartPart(name: "title", filename: nil, type: nil))
        for _ in 0..<4 { try sink.content(piece.raw) }
        #expect(throws: MultipartError.tooMuch("parts that are judged")) {
            try sink.content([0x61].raw)
        }
        // Bytes that nobody judges are not kept.
        var other = try #require(
            operation.parts(mediaType: "multipart/form-data", limits: JSONLimits()))
        try other.begin(MultipartPart(name: "files", filename: "f", type: nil))
        for _ in 0..<64 { try other.content(piece.raw) }
        #expect(other.finish().contains { $0.keyword == "maxLength" })
    }

    @Test(arguments: [
        ("name=Ann", ""), ("name=Ann&age=7", ""), ("name=Ann&age=", ""), ("", "/name required"),
        ("name=Ann&age=x", "/age type"), ("name=Ann&name=Bob", "/name repeated"),
        ("name=Ann&admin=1", "/admin additionalProperties"), ("name=Annabel", "/name maxLength"),
        ("name=a&tags=a&tags=b", ""), ("name=a&tags=a&tags=b&tags=c", "/tags maxItems"),
        ("name=a&ids=1,2", ""), ("name=a&ids=1%2C2", "/ids/0 type"),
        ("name=a&ids=1,x", "/ids/1 type"),
        ("name=a&ids=1&ids=2", "/ids repeated"), ("name=a&words=b+c%20d", ""),
        ("name=a&filter[active]=true", ""), ("name=a&filter[active]=1", "/filter/active type"),
        ("name=a&filter[x]=1", "/filter/x additionalProperties"),
        ("name=a&filter[active]=true&filter[active]=false", "/filter repeated"),
        ("name=a&filter=%7B%7D", "/filter malformed"), ("name=a&city=Rome", ""),
        ("name=a&meta=%7B%22level%22%3A1%7D", ""),
        ("name=a&meta=%7B%22level%22%3A%221%22%7D", "/meta/level type"),
        ("name=a&meta=%7B", "/meta malformed"), ("name=a;b", " form"), ("name=%zz", " form"),
    ])
    func `holds a form to its schema and encoding`(_ body: String, _ expected: String) throws {
        for version in Self.versions {
            let operation = try operation("/form", version)
            var scratch = OpenAPIScratch()
            let bytes = Array(body.utf8)
            let verdict = operation.bodyVerdict(
                bytes.raw, mediaType: "application/x-www-form-urlencoded", using: &scratch)
            switch verdict {
            case .accepted: #expect(expected.isEmpty, "\(version) \(body)")
            case .refused(let issues):
                #expect(issues.map { "\($0.pointer) \($0.keyword)" } == [expected], "\(version)")
            default: Issue.record("\(version) \(body): \(verdict)")
            }
        }
    }

    @Test(arguments: [
        (#""nobody": {}"#, "/encoding/nobody"), (#""a": {"style": "simple"}"#, "/encoding/a"),
        (#""a": {"contentType": "json"}"#, "/encoding/a/contentType"),
    ])
    func `refuses an encoding that means nothing`(_ encoding: String, _ place: String) {
        let json = """
            {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/a": {"post": {
             "requestBody": {"content": {"application/x-www-form-urlencoded": {
               "schema": {"properties": {"a": {"type": "string"}}}, "encoding": {\(encoding)}}}},
             "responses": {}}}}}
            """
        #expect {
            try OpenAPIDocument(json)
        } throws: {
            ($0 as? SchemaError)?.pointer.hasSuffix(place) ?? false
        }
    }
}
