import Foundation
import GatehouseCore
import GatehouseHTTP
import GatehouseValidation
import TestSupport
import Testing

@testable import Gatehouse

/// Parameters of routes declared in Swift, held to their schemas.
@Suite struct ParametersTests {
    struct All: Decodable, Sendable {
        struct Path: Decodable, Sendable { var id: Int }
        struct Query: Decodable, Sendable {
            var limit: Int
            var ratio: Double?
            var deep: Bool?
            var tag: [String]?
            var ids: [Int]?
            var text: String?
        }
        struct Header: Decodable, Sendable {
            var tenant: String?; enum CodingKeys: String, CodingKey { case tenant = "X-Tenant" }
        }
        struct Cookie: Decodable, Sendable { var theme: String? }
        var path: Path
        var query: Query
        var header: Header
        var cookie: Cookie
    }

    struct Body: Decodable, Sendable { var name: String }

    private static func schema() throws -> ParametersSchema {
        try ParametersSchema(
            path: .object { Field("id", .integer(in: 1...99).required()) },
            query: .object {
                Field("limit", .integer(in: 1...50).defaulting(to: 20))
                Field("ratio", .number)
                Field("deep", .boolean)
                Field("tag", .array(of: .string.length(1...3)).length(0...2))
                Field("ids", .array(of: .integer))
                Field("text", .string)
            },
            header: .object { Field("X-Tenant", .string.length(1...4)) },
            cookie: .object { Field("theme", .string.valid("dark", "light")) })
    }

    private func gateway(_ declare: (Application) throws -> Void) throws -> Gateway {
        let folder = try FaultGate.newFolder()
        let configuration = try Configuration.parse(
            Array(
                """
                data: ./data
                hosts: [localhost]
                listeners: [{ address: "127.0.0.1:0", protocol: http }]
                admin: { enabled: false }
                limits: []
                server: { loops: 1 }
                log: { level: error, access: off }
                routes: [{ path: /robots.txt, methods: [GET], access: anyone, respond: { body: no } }]
                """.utf8), name: "parameters", folder: folder.path,
            surroundings: Surroundings(
                environment: { _ in nil }, file: { FileLook(path: $0, bytesMax: $1) })
        ).configuration
        let app = Application(configuration)
        try declare(app)
        return try app.start()
    }

    private func send(
        _ gateway: Gateway, _ start: String, _ fields: [String] = [], body: String = ""
    ) throws -> String {
        let client = try RawClient(port: gateway.addresses[0].port)
        var lines = ["\(start) HTTP/1.1", "Host: localhost", "Connection: close"] + fields
        if !body.isEmpty {
            lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        }
        client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return client.receiveAll()
    }

    private func items(_ app: Application) throws {
        app.get("/items/{id}", access: .anyone, parameters: try Self.schema()) {
            (_, all: All) in
            let query = all.query
            return .text(
                "\(all.path.id) \(query.limit) \(query.ratio ?? -1) \(query.deep ?? false) "
                    + "\(query.tag ?? []) \(query.ids ?? []) \(query.text ?? "-") "
                    + "\(all.header.tenant ?? "-") \(all.cookie.theme ?? "-")")
        }
    }

    @Test func `refuses parameters that do not fit, each with its place`() throws {
        let gateway = try gateway(items)
        defer { gateway.stop() }
        let cases: [(String, [String], Int, [String])] = [
            ("0", [], 422, ["/path/id"]), ("x", [], 422, ["/path/id"]),
            ("1.5", [], 422, ["/path/id"]), ("%2B1", [], 422, ["/path/id"]),
            ("1?limit=0&text=&ratio=1e", [], 422, ["/query/limit", "/query/text", "/query/ratio"]),
            ("1?limit=05", [], 422, ["/query/limit"]), ("1?limit=%205", [], 422, ["/query/limit"]),
            ("1?limit=0x5", [], 422, ["/query/limit"]), ("1?limit=", [], 422, ["/query/limit"]),
            ("1?limit=true", [], 422, ["/query/limit"]), ("1?deep=1", [], 422, ["/query/deep"]),
            ("1?deep=TRUE", [], 422, ["/query/deep"]), ("1?admin=1", [], 422, ["/query/admin"]),
            ("1?tag=long&tag=b", [], 422, ["/query/tag/0"]),
            ("1?tag=a&tag=b&tag=c", [], 422, ["/query/tag"]),
            ("1?ids=1&ids=x", [], 422, ["/query/ids/1"]), ("1?tag[]=a", [], 422, ["/query/tag[]"]),
            ("1?limit=1&limit=2", [], 400, []), ("1?limit=%zz", [], 400, []),
            ("1", ["X-Tenant: longer"], 422, ["/header/X-Tenant"]),
            ("1", ["X-Tenant: a", "x-tenant: b"], 422, ["/header/X-Tenant"]),
            ("1", ["Cookie: theme=red"], 422, ["/cookie/theme"]),
            ("1", ["Cookie: theme=dark; theme=light"], 422, ["/cookie/theme"]),
        ]
        for (target, fields, status, places) in cases {
            let answer = try send(gateway, "GET /items/\(target)", fields)
            #expect(answer.status == status, "\(target): \(answer)")
            for place in places {
                #expect(answer.contains("\"pointer\":\"\(place)\""), "\(answer)")
            }
        }
    }

    @Test func `hands over numbers, booleans, lists and defaults, and converts no text`() throws {
        let gateway = try gateway(items)
        defer { gateway.stop() }
        for (target, fields, expected) in [
            ("7", [], "7 20 -1.0 false [] [] - - -"),
            ("7?limit=5&ratio=0.5&deep=true", [], "7 5 0.5 true [] [] - - -"),
            ("7?tag=1&tag=0x1&ids=-3", [], #"7 20 -1.0 false ["1", "0x1"] [-3] - - -"#),
            ("7?text=0x1F", ["X-Other: 1", "x-tenant: 12"], "7 20 -1.0 false [] [] 0x1F 12 -"),
            ("7?text=7", ["Cookie: other=1; theme=dark"], "7 20 -1.0 false [] [] 7 - dark"),
        ] {
            let answer = try send(gateway, "GET /items/\(target)", fields)
            #expect(answer.status == 200 && answer.hasSuffix("\r\n\r\n" + expected), "\(answer)")
        }
    }

    @Test func `takes a body besides, and a query only where one is declared`() throws {
        struct OnlyPath: Decodable, Sendable { var path: All.Path }
        let gateway = try gateway { app in
            let schema = try ParametersSchema(path: .object { Field("id", .integer.required()) })
            let body = try Schema.object { Field("name", .string.required()) }.compiled()
            app.put("/items/{id}", access: .anyone, parameters: schema, body: body) {
                (_, parameters: OnlyPath, body: Body) in
                .text("\(parameters.path.id) \(body.name)")
            }
        }
        defer { gateway.stop() }
        let fine = try send(gateway, "PUT /items/3", body: #"{"name":"x"}"#)
        #expect(fine.hasSuffix("\r\n\r\n3 x"), "\(fine)")
        #expect(try send(gateway, "PUT /items/3?a=1", body: #"{"name":"x"}"#).status == 422)
        #expect(try send(gateway, "PUT /items/x", body: #"{"name":"x"}"#).status == 422)
        #expect(try send(gateway, "PUT /items/3", body: #"{"name":1}"#).status == 422)
    }

    @Test func `a path with other parameters than its schema, or no object, stops the start`() {
        #expect(throws: StartError.self) {
            try gateway { app in
                let schema = try ParametersSchema(
                    path: .object { Field("key", .string.required()) })
                app.get("/items/{id}", access: .anyone, parameters: schema) { (_, _: All) in
                    .text("")
                }
            }.stop()
        }
        #expect(throws: ConfigurationError.self) { try ParametersSchema(query: .string) }
    }
}
