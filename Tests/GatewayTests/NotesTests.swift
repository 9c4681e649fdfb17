import Foundation
import TestSupport
import Testing

/// The example of the library, as a user starts it.
@Suite(
    .enabled(
        if: StartedProgram.built("Notes") != nil && Tool.areInstalled("curl"),
        "the Notes example is not built, or curl is missing"))
struct NotesTests {
    private static let configuration = """
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0" }]
        admin: { enabled: false }
        log: { access: off }
        server: { loops: 1 }
        routes:
          - { path: /robots.txt, methods: [GET], access: anyone, respond: { body: nothing } }
        \(TokenMaker.issuer)
        """

    private static let json = "Content-Type: application/json"
    private static func note(_ text: String) -> String { #"{"text":"\#(text)"}"# }

    private final class Notes {
        private let folder = try? ScratchFolder()
        private let program: StartedProgram
        private let port: UInt16
        let plainPort: UInt16

        init(_ configuration: String = NotesTests.configuration) throws {
            let folder = try #require(folder)
            try folder.write(configuration, "notes.yml")
            try folder.write(TokenMaker.secret, "token.secret")
            _ = unsafe chmod(folder.path + "/token.secret", 0o600)
            program = try StartedProgram(
                try #require(StartedProgram.built("Notes")), ["--config", "notes.yml"],
                in: folder.path)
            port = try program.port(of: "https")
            plainPort = configuration.contains("protocol: http ") ? try program.port(of: "http") : 0
        }

        /// A JSON body sent to an operation of accounts.
        func account(_ path: String, _ body: String) throws -> CurlAnswer {
            try curl(path, "-H", "Content-Type: application/json", "-d", body)
        }

        func curl(
            _ path: String, as caller: String? = nil, roles: [String] = [], _ arguments: String...
        ) throws -> CurlAnswer {
            let bearer = try caller.map {
                ["-H", "Authorization: Bearer \(try TokenMaker.token($0, roles: roles))"]
            }
            return try curl(path, (bearer ?? []) + arguments)
        }

        func curl(_ path: String, _ arguments: [String]) throws -> CurlAnswer {
            let authority = (folder?.path ?? "") + "/data/tls/authority.pem"
            let tool = try Tool(
                "curl",
                ["-q", "-si", "--cacert", authority] + arguments
                    + ["https://localhost:\(port)\(path)"])
            return CurlAnswer(tool.output)
        }

        func stop() -> Int32 { program.stop() }
    }

    @Test func `a wrong configuration ends with its error and exit code 1`() throws {
        let folder = try ScratchFolder()
        try folder.write("hosts: [localhost]\nrotues: []\n", "notes.yml")
        let path = try #require(StartedProgram.built("Notes"))
        for arguments in ["--config notes.yml", "--confg notes.yml", "--config nothing.yml"] {
            let tool = try Tool("bash", ["-c", "'\(path)' \(arguments)"], in: folder.path)
            #expect(tool.code == 1 && tool.output.isEmpty, "\(tool.error)")
            let isNamed = tool.error.contains("did you mean `routes`?")
            #expect(isNamed || arguments != "--config notes.yml", "\(tool.error)")
        }
    }

    @Test func `keeps strangers out of each other's notes`() throws {
        let notes = try Notes()
        #expect(try notes.curl("/notes").status == 401)
        #expect(try notes.curl("/notes", "-H", Self.json, "-d", Self.note("hello")).status == 401)
        #expect(try notes.curl("/elsewhere", as: "alice").status == 404)
        #expect(try notes.curl("/notes", as: "alice", "-X", "PUT").status == 405)
        #expect(try notes.curl("/").body == "Notes: GET and POST /notes\n")

        let made = try notes.curl(
            "/notes", as: "alice", "-H", Self.json, "-d", Self.note(" buy milk "))
        #expect(made.status == 201 && made.body == #"[{"id":1,"text":"buy milk"}]"#)
        #expect(try notes.curl("/notes", as: "alice").body == #"[{"id":1,"text":"buy milk"}]"#)
        #expect(try notes.curl("/notes/1", as: "alice").status == 200)

        let strange = try notes.curl("/notes/1", as: "bob")
        let absent = try notes.curl("/notes/99", as: "bob")
        #expect(strange.status == 404 && absent.status == 404)
        #expect(try notes.curl("/notes", as: "bob").body == "[]")
        #expect(try notes.curl("/notes/x", as: "alice").status == 422)

        #expect(try notes.curl("/notes", as: "alice", "-X", "POST").status == 415)
        #expect(try notes.curl("/notes", as: "alice", "-d", "text=x").status == 415)
        for text in ["", String(repeating: "x", count: 4_097)] {
            let refused = try notes.curl(
                "/notes", as: "alice", "-H", Self.json, "-d", Self.note(text))
            #expect(refused.status == 422 && refused.body.contains(#""pointer":"/text""#))
        }
        let more = #"{"text":"x","owner":"bob"}"#
        let owner = try notes.curl("/notes", as: "alice", "-H", Self.json, "-d", more)
        #expect(owner.status == 422 && owner.body.contains(#""pointer":"/owner""#))
        for attack in ["%27%20OR%201%3D1--", "%25", "_", "%22"] {
            #expect(try notes.curl("/notes?search=\(attack)", as: "alice").body == "[]")
        }
        #expect(try notes.curl("/notes?search=MILK&sort=made", as: "alice").body.contains("milk"))
        for (query, place) in [
            ("sort=owner", "/query/sort"), ("limit=0", "/query/limit"), ("limit=x", "/query/limit"),
            ("limit=1e1000", "/query/limit"), ("offset=-1", "/query/offset"),
            ("page=1", "/query/page"),
        ] {
            let answer = try notes.curl("/notes?\(query)", as: "alice")
            #expect(answer.status == 422 && answer.body.contains(place), "\(query): \(answer.body)")
        }
        #expect(try notes.curl("/notes?limit=1&limit=2", as: "alice").status == 400)
        #expect(try notes.curl("/notes?limit=1&offset=0", as: "alice").body.contains("milk"))
        #expect(try notes.curl("/notes?limit=1&offset=99", as: "alice").body == "[]")

        #expect(try notes.curl("/notes", as: "alice", "-X", "DELETE").status == 403)
        let admin = try notes.curl("/notes", as: "root", roles: ["admin"], "-X", "DELETE")
        #expect(admin.status == 204 && admin.body.isEmpty)
        #expect(try notes.curl("/notes", as: "alice").body == "[]")
        #expect(notes.stop() == 0)
    }

    /// Two of its techniques look at what answers say, the others at errors and time.
    @Test(.enabled(if: Tool.areInstalled("sqlmap"), "sqlmap is not installed"))
    func `sqlmap finds nothing to inject`() throws {
        let notes = try Notes(
            Self.configuration.replacingOccurrences(
                of: "listeners: [{ address: \"127.0.0.1:0\" }]",
                with: """
                    listeners:
                      - { address: "127.0.0.1:0" }
                      - { address: "127.0.0.1:0", protocol: http }
                    """) + "\nlimits: []\n")
        _ = try notes.curl("/notes", as: "alice", "-H", Self.json, "-d", Self.note("buy milk"))
        let token = try TokenMaker.token("alice")
        let folder = try ScratchFolder()
        for (target, data) in [
            ("/notes?search=milk&sort=made", nil), ("/notes/1*", nil),
            ("/notes", #"{"text":"milk*"}"#),
        ] as [(String, String?)] {
            let tool = try Tool(
                "sqlmap",
                [
                    "--batch", "--disable-coloring", "--flush-session", "--level", "2",
                    "--technique", "BEU", "--dbms", "SQLite", "--ignore-code", "400,404,422",
                    "--output-dir", folder.path, "-u",
                    "http://127.0.0.1:\(notes.plainPort)\(target)",
                    "--headers",
                    "Host: localhost\nAuthorization: Bearer \(token)"
                        + (data == nil ? "" : "\nContent-Type: application/json"),
                ] + (data.map { ["--data", $0] } ?? []), in: folder.path, seconds: 110)
            let said = tool.output + tool.error
            #expect(
                said.contains("all tested parameters do not appear to be injectable")
                    || said.contains("do not appear to be injectable"),
                "\(target): \(said.suffix(800))")
            // It reached the parameter, and tried.
            #expect(said.contains("testing 'AND boolean-based blind"), "\(said.suffix(800))")
            #expect(!said.contains("is vulnerable") && !said.contains("identified the following"))
        }
        #expect(notes.stop() == 0)
    }

    @Test func `owners of accounts read what stands under their own name alone`() throws {
        let notes = try Notes(
            Self.configuration + "\naccounts: { confirm-email: false, cookies: false }\n")
        var callers: [(id: String, bearer: [String])] = []
        for name in ["ada", "bob"] {
            let body = #"{"email":"\#(name)@example.com","password":"nine quiet engines"}"#
            #expect(try notes.account("/auth/register", body).status == 202)
            let answer = try notes.account("/auth/login", body)
            let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
            let token = try #require((json as? [String: Any])?["access_token"] as? String)
            let bearer = ["-H", "Authorization: Bearer \(token)"]
            let me = try notes.curl("/auth/me", bearer).body
            let profile = try JSONSerialization.jsonObject(with: Data(me.utf8))
            callers.append((try #require((profile as? [String: Any])?["id"] as? String), bearer))
        }
        let (ada, bob) = (callers[0], callers[1])
        #expect(
            try notes.curl("/notes", ada.bearer + ["-H", Self.json, "-d", Self.note("buy milk")])
                .status == 201)
        let own = try notes.curl("/users/\(ada.id)/notes", ada.bearer)
        #expect(own.status == 200 && own.body.contains("buy milk"))
        #expect(try notes.curl("/users/\(ada.id)/notes", bob.bearer).status == 404)
        #expect(
            try notes.curl("/users/\(ada.id)/notes", as: "m", roles: ["moderator"]).status == 200)
        #expect(try notes.curl("/notes", bob.bearer + ["-X", "DELETE"]).status == 403)
        let purge = try notes.curl("/notes", as: "m", roles: ["admin"], "-X", "DELETE")
        #expect(purge.status == 204)
        #expect(notes.stop() == 0)
    }
}
