import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import TestSupport
import Testing

@testable import Gatehouse

/// Accounts over the real path: sockets, pipeline, pool, database.
@Suite struct AccountsHTTPTests {
    @Test func `refuses bodies that are not what the operation takes`() throws {
        let gate = try AccountsGate()
        let cases: [([String: Any], Int, String)] = [
            (["email": "a@example.com"], 422, "invalid-input"),
            (["email": "a@example.com", "password": 7], 422, "invalid-input"),
            (["email": ["a@example.com"], "password": "x"], 422, "invalid-input"),
            (["email": ["$ne": ""], "password": "x"], 422, "invalid-input"),
            (["email": "a@example.com", "password": "short"], 422, "password-refused"),
            (
                ["email": "a@example.com", "password": AccountsGate.password, "roles": ["admin"]],
                422,
                "invalid-input"
            ),
        ]
        for (body, status, code) in cases {
            let answer = try gate.send("POST", "/auth/register", body)
            #expect(answer.status == status && answer.code == code, "\(body): \(answer.body)")
        }
        let form = try gate.send(
            "POST", "/auth/login", fields: ["Content-Type: application/x-www-form-urlencoded"])
        #expect(form.status == 422)
        let client = try RawClient(port: gate.port)
        client.send(
            "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 2\r\n\r\n{}")
        #expect(client.response().contains("unsupported-media-type"))
    }

    @Test func `refuses a token from the request after the logout on`() throws {
        let gate = try AccountsGate()
        try gate.register()
        let token = try gate.login().text("access_token")
        let me = try gate.send("GET", "/auth/me", token: token)
        #expect(me.text("email") == "alice@example.com")
        let echoed = try gate.send("GET", "/api/x", token: token)
        #expect(echoed.status == 200 && echoed.body.contains("Gatehouse-Identity"))
        #expect(!echoed.body.contains(token))
        #expect(try gate.send("POST", "/auth/logout", token: token).status == 204)
        for path in ["/auth/me", "/api/x"] {
            #expect(try gate.send("GET", path, token: token).code == "token-invalid")
        }
    }

    @Test func `answers alike whether or not an address has an account`() throws {
        let gate = try AccountsGate()
        try gate.register()
        func shape(_ answer: AccountsGate.Answer) -> String {
            let fields = answer.head.components(separatedBy: "\r\n").dropFirst()
                .map { $0.split(separator: ":").first ?? "" }.joined(separator: ",")
            var json = answer.json
            json["request_id"] = nil
            return "\(answer.status) \(fields) \(json.sorted { $0.key < $1.key })"
        }
        for (path, extra) in [
            ("/auth/register", ["password": AccountsGate.password]),
            ("/auth/login", ["password": "wrong password entirely"]),
            ("/auth/password/forgot", [:]), ("/auth/confirm/resend", [:]),
        ] as [(String, [String: String])] {
            let known = try gate.send(
                "POST", path, extra.merging(["email": "alice@example.com"]) { $1 })
            let unknown = try gate.send(
                "POST", path, extra.merging(["email": "nobody@example.com"]) { $1 })
            #expect(shape(known) == shape(unknown), "\(path)")
        }
    }

    /// Interleaved samples of the real path. The quickest of each are compared, with a margin for
    /// machines that do much else: a missing hash would be a factor of twenty and more.
    @Test(arguments: ["/auth/login", "/auth/password/forgot", "/auth/register"])
    func `takes as long for unknown addresses as for known ones`(_ path: String) throws {
        let gate = try AccountsGate { $0.accounts?.confirmEmail = false }
        for index in 0..<3 {
            let body = ["email": "known\(index)@example.com", "password": AccountsGate.password]
            #expect(try gate.send("POST", "/auth/register", body).status == 202)
        }
        var times: [[Double]] = [[], []]
        for round in 0..<3 {
            for (index, name) in ["known\(round)", "unknown\(round)"].enumerated() {
                var body = ["email": "\(name)@example.com"]
                if path == "/auth/login" { body["password"] = "wrong guess \(round)" }
                if path == "/auth/register" { body["password"] = AccountsGate.password }
                let start = MonotonicTime.now
                let answer = try gate.send("POST", path, body)
                let time = Double((MonotonicTime.now - start).nanoseconds)
                if answer.status == 401 || answer.status == 202 { times[index].append(time) }
            }
        }
        let quickest = times.map { ($0.min() ?? 0) / 1_000 }
        print("\(path): known \(Int(quickest[0])) us, unknown \(Int(quickest[1])) us")
        #expect(quickest[0] > 0 && quickest[1] > 0)
        #expect(quickest[0] < quickest[1] * 8 && quickest[1] < quickest[0] * 8)
    }

    @Test func `tells a guesser how long to wait`() throws {
        let gate = try AccountsGate()
        try gate.register()
        var last = try gate.login("alice@example.com", ["password": "wrong"])
        for _ in 0..<12 { last = try gate.login("alice@example.com", ["password": "wrong"]) }
        #expect(last.status == 429)
        #expect(Int(last.field("Retry-After").first ?? "") ?? 0 >= 1)
    }

    @Test func `ends with one session after 64 parallel refreshes`() throws {
        let gate = try AccountsGate()
        try gate.register()
        let first = try gate.login()
        let refresh = first.text("refresh_token")
        let body = #"{"refresh_token":"\#(refresh)"}"#
        let request =
            "POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let clients = try (0..<64).map { _ in try RawClient(port: gate.port) }
        for client in clients { client.send(request) }
        let answers = clients.map { $0.response() }
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        let tokens = Set(
            answers.compactMap { answer -> String? in
                let body = answer.components(separatedBy: "\r\n\r\n").last ?? ""
                let json = try? JSONSerialization.jsonObject(with: Data(body.utf8))
                return (json as? [String: Any])?["refresh_token"] as? String
            })
        #expect(tokens.count == 1)
        let next = try gate.send("POST", "/auth/refresh", ["refresh_token": tokens.first ?? ""])
        #expect(next.status == 200)
        let sessions = try gate.send("GET", "/auth/sessions", token: next.text("access_token"))
        #expect((sessions.json["sessions"] as? [Any])?.count == 1)
    }

    @Test func `keeps cookies from other sites, scripts and upstreams`() throws {
        let gate = try AccountsGate()
        try gate.register()
        let stranger = try gate.login(
            "alice@example.com", ["deliver": "cookie"])
        #expect(stranger.code == "cross-site-refused")
        let own = ["Sec-Fetch-Site: same-origin"]
        let login = try gate.send(
            "POST", "/auth/login",
            ["email": "alice@example.com", "password": AccountsGate.password, "deliver": "cookie"],
            fields: own)
        #expect(login.status == 200)
        #expect(!login.body.contains("token"))
        let set = login.field("Set-Cookie")
        #expect(set.count == 3)
        for cookie in set {
            #expect(cookie.hasPrefix("__Host-gatehouse-"))
            for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
                #expect(cookie.contains(part))
            }
            #expect(!cookie.contains("Domain"))
        }
        let jar =
            "Cookie: theme=dark; "
            + set.map { $0.components(separatedBy: ";")[0] }
            .joined(separator: "; ")
        let echoed = try gate.send("GET", "/api/x", fields: [jar])
        #expect(echoed.status == 200)
        #expect(echoed.body.contains(#"["Cookie","theme=dark"]"#))
        #expect(!echoed.body.contains("__Host-gatehouse"))
        for path in ["/auth/logout", "/api/x"] {
            for fields in [["Sec-Fetch-Site: cross-site"], ["Origin: https://evil.example"], []] {
                let answer = try gate.send("POST", path, fields: [jar] + fields)
                #expect(answer.code == "cross-site-refused", "\(path) \(fields)")
            }
        }
        #expect(try gate.send("POST", "/auth/refresh", fields: [jar]).code == "cross-site-refused")
        let refreshed = try gate.send("POST", "/auth/refresh", fields: [jar] + own)
        #expect(refreshed.status == 200 && refreshed.field("Set-Cookie").count == 2)
        let out = try gate.send("POST", "/auth/logout", fields: [jar] + own)
        #expect(out.status == 204)
        #expect(out.field("Set-Cookie").allSatisfy { $0.contains("Max-Age=0") })
        #expect(try gate.send("GET", "/api/x", fields: [jar]).code == "token-missing")
    }

    @Test func `lets an API key do what it names, and nothing to its owner's account`() throws {
        let gate = try AccountsGate {
            $0.roles = [.init(name: "reader", permissions: ["notes:*"])]
        }
        try gate.register()
        let runtime = try #require(try AccountsRuntime(of: configuration(gate)))
        _ = try runtime.accounts.setRoles(["reader"], of: "alice@example.com")
        let token = try gate.login().text("access_token")
        let made = try gate.send(
            "POST", "/auth/keys",
            [
                "name": "ci", "permissions": ["notes:read"], "password": AccountsGate.password,
                "expires_in": 3_600,
            ], token: token)
        #expect(made.status == 201, "\(made.body)")
        let key = made.text("key")
        #expect(try gate.send("GET", "/notes", token: key).status == 200)
        let second = try gate.send("GET", "/notes", fields: ["X-API-Key: \(key)"])
        #expect(second.status == 200 && !second.body.contains("gk1_"))
        #expect(try gate.send("GET", "/admin", token: key).code == "forbidden")
        #expect(try gate.send("GET", "/auth/me", token: key).code == "forbidden")
        #expect(try gate.send("GET", "/notes", token: key + "x").code == "token-invalid")
        // A key can do nothing that its owner cannot, from the next request on.
        _ = try runtime.accounts.setRoles([], of: "alice@example.com")
        #expect(
            try eventually { try gate.send("GET", "/notes", token: key).code == "forbidden" })
        let fresh = try gate.send(
            "POST", "/auth/login",
            [
                "email": "alice@example.com", "password": AccountsGate.password,
            ]
        ).text("access_token")
        let id = made.text("id")
        #expect(try gate.send("DELETE", "/auth/keys/\(id)", token: fresh).status == 204)
        #expect(try gate.send("GET", "/notes", token: key).code == "token-invalid")
    }

    @Test func `enrols a second factor and asks for it`() throws {
        let gate = try AccountsGate()
        try gate.register()
        let token = try gate.login().text("access_token")
        let enrolment = try gate.send(
            "POST", "/auth/factors/totp", ["password": AccountsGate.password], token: token)
        #expect(enrolment.text("qr_svg").hasPrefix("<svg"))
        let secret = try #require(Base32.decode(enrolment.text("secret")))
        let password = OneTimePassword(secret: Redacted(secret))
        func code(_ ahead: Int64 = 0) -> String {
            let step = UInt64(password.step(at: .now) + ahead)
            return String(decoding: password.code(counter: step), as: UTF8.self)
        }
        let confirmed = try gate.send(
            "POST", "/auth/factors/totp/confirm", ["code": code()], token: token)
        #expect((confirmed.json["recovery_codes"] as? [String])?.count == 10)
        let login = try gate.login()
        #expect(login.text("next") == "factor-required")
        let wrong = try gate.send(
            "POST", "/auth/login/factor",
            ["challenge": login.text("challenge"), "code": "000000"])
        #expect(wrong.code == "code-invalid")
        let done = try gate.send(
            "POST", "/auth/login/factor",
            ["challenge": login.text("challenge"), "code": code(1)])
        #expect(done.status == 200, "\(done.body)")
        let stepped = try gate.send(
            "POST", "/auth/step-up",
            ["code": (confirmed.json["recovery_codes"] as? [String])?[0] ?? ""],
            token: done.text("access_token"))
        #expect(stepped.status == 200)
    }

    @Test func `publishes keys that another program verifies with`() throws {
        let gate = try AccountsGate()
        let set = try gate.send("GET", "/.well-known/jwks.json")
        #expect(set.field("Cache-Control") == ["public, max-age=3600"])
        #expect((set.json["keys"] as? [[String: Any]])?.first?["alg"] as? String == "ES256")
        #expect(!set.body.contains("\"d\""))
    }

    @Test(
        .enabled(
            if: Tool.hasPythonPackage("openapi_spec_validator"),
            "openapi-spec-validator is not installed in .venv"))
    func `describes itself in a valid OpenAPI document that names every operation`() throws {
        let gate = try AccountsGate()
        let document = try gate.send("GET", "/auth/openapi.json")
        let folder = try ScratchFolder()
        try folder.write(document.body, "openapi.json")
        let script =
            "import json, sys; from openapi_spec_validator import validate;"
            + "validate(json.load(open(sys.argv[1])))"
        let tool = try Tool(python: ["-c", script, folder.path + "/openapi.json"])
        #expect(tool.code == 0, "\(tool.error.suffix(500))")
        let paths = try #require(document.json["paths"] as? [String: [String: Any]])
        var described: Set<String> = []
        for (path, operations) in paths {
            for method in operations.keys { described.insert(method.uppercased() + " " + path) }
        }
        let runtime = try #require(try AccountsRuntime(of: configuration(gate)))
        let served = Set(
            AccountsAPI(runtime).routes.map { "\($0.methods[0].rawValue) \($0.path)" })
        #expect(served.subtracting(described) == ["GET /auth/openapi.json"])
        #expect(described.isSubset(of: served))
    }

    @Test(.enabled(if: Tool.hasPythonPackage("jwt, cryptography"), "PyJWT is not installed"))
    func `makes tokens that another language verifies by the key set`() throws {
        let gate = try AccountsGate()
        try gate.register()
        let token = try gate.login().text("access_token")
        let set = try gate.send("GET", "/.well-known/jwks.json").body
        let script =
            "import jwt, json, sys; t, s = sys.argv[1:]; h = jwt.get_unverified_header(t);"
            + "k = [jwt.PyJWK(k) for k in json.loads(s)['keys'] if k['kid'] == h['kid']][0];"
            + "c = jwt.decode(t, k.key, algorithms=['ES256'], audience='gatehouse',"
            + "issuer='gatehouse', options={'require': ['exp', 'iat', 'sub', 'sid', 'jti']});"
            + "assert h['typ'] == 'at+jwt'; print(c['amr'])"
        let tool = try Tool(python: ["-c", script, token, set])
        #expect(tool.output == "['pwd']\n", "\(tool.error)")
    }

    @Test func `serves pages that run nothing inline and load nothing from elsewhere`() throws {
        let gate = try AccountsGate()
        let page = try gate.send("GET", "/account", fields: ["Accept: text/html"])
        #expect(page.status == 200)
        let policy = page.field("Content-Security-Policy").first ?? ""
        #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
        #expect(!policy.contains("unsafe"))
        #expect(!page.body.contains("<style") && !page.body.contains("onclick"))
        #expect(!page.body.contains("https://") && !page.body.contains("style="))
        #expect(try gate.send("GET", "/account/app.js").head.contains("text/javascript"))
        #expect(try gate.send("GET", "/account/style.css").head.contains("text/css"))
        let off = try AccountsGate { $0.accounts?.cookies = false }
        #expect(try off.send("GET", "/account").status == 404)
    }

    @Test func `makes the first administrator by a link that is good once`() throws {
        let gate = try AccountsGate()
        let runtime = try #require(try AccountsRuntime(of: configuration(gate)))
        let link = try runtime.accounts.createSetUpLink(roles: ["admin"]).dangerouslyRevealed
        let body = ["token": link, "email": "root@example.com", "password": AccountsGate.password]
        let made = try gate.send("POST", "/auth/setup", body)
        #expect(try gate.send("GET", "/admin", token: made.text("access_token")).status == 200)
        #expect(try gate.send("POST", "/auth/setup", body).code == "link-invalid")
        // What a command changes reaches the gate that serves.
        try runtime.accounts.lock("root@example.com")
        #expect(
            try eventually {
                try gate.send("GET", "/admin", token: made.text("access_token")).code
                    == "token-invalid"
            })
    }

    private func configuration(_ gate: AccountsGate) -> Configuration {
        var configuration = Configuration()
        configuration.data = gate.folder.path + "/data"
        configuration.accounts = Configuration.Accounts()
        return configuration
    }
}
