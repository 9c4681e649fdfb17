import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct CORSTests {
    private func cors(
        _ origins: [String] = ["https://app.example.com", "https://*.example.org"],
        credentials: Bool = false
    ) throws -> CORS {
        try CORS(
            origins: origins, credentials: credentials,
            methods: [.get, .head, .post, .put, .patch],
            headers: ["Content-Type", "Authorization", "X-Trace"], expose: ["X-Total-Count"])
    }

    private func preflight(
        _ origin: String = "https://app.example.com", _ method: String = "PUT",
        _ more: [(String, String)] = []
    ) -> Request {
        browserRequest(
            .options, [("Origin", origin), ("Access-Control-Request-Method", method)] + more)
    }

    /// The refusal that `before` throws, or nil.
    private func refused(_ cors: CORS, _ request: Request) -> Rejection? {
        do throws(Rejection) {
            _ = try cors.before(request)
            return nil
        } catch { return error }
    }

    /// What a client gets after both halves, the handler answering `response`.
    private func exchange(
        _ cors: CORS, _ request: Request, _ response: Response = .json([])
    ) throws -> Response {
        var answer = try cors.before(request) ?? response
        cors.after(request, &answer)
        return answer
    }

    private static let owned: [FieldName] = [
        .accessControlAllowOrigin, .accessControlAllowCredentials, .accessControlAllowMethods,
        .accessControlAllowHeaders, .accessControlExposeHeaders, .accessControlMaxAge,
        .accessControlAllowPrivateNetwork,
    ]

    // MARK: configuration

    @Test(arguments: [
        ([], "names no origin"), (["*"], "every page on earth"), (["null"], "anybody can be null"),
        ([""], "is empty"), (["https://app.example.com/"], "write https://app.example.com"),
        (["https://app.example.com/path"], "trailing slash"), (["app.example.com"], "no scheme"),
        (["HTTPS://app.example.com"], "capitals"), (["https://App.example.com"], "capitals"),
        (["https://app.example.com:443"], "browsers leave out"),
        (["https://a b.example"], "spaces"),
        (["https://app.example.com:0"], "port"), (["https://app.example.com:08443"], "port"),
        (["https://app.example.com:70000"], "port"),
        (["https://app.example.com."], "ends in a dot"),
        (["https://user@app.example.com"], "user name"), (["https://bücher.example"], "xn--"),
        (["https://a..example"], "valid host"), (["https://-a.example"], "valid host"),
        (["https://1.2.3"], "valid host"), (["https://1.2.3.256"], "valid host"),
        (["https://[::1"], "valid host"), (["https://[::g]"], "valid host"),
        (["https://"], "valid"),
        (["ftp://a.example"], "other than https"), (["https://a.example?x"], "path"),
        (["https://*"], "first label"), (["https://a.*.example"], "first label"),
        (["https://*app.example.com"], "first label"), (["https://*.*.example"], "first label"),
        (["https://*.com"], "public suffix"), (["https://*.co.uk"], "public suffix"),
        (["https://*.github.io"], "public suffix"), (["https://*.com.au"], "public suffix"),
        (["https://*.127.0.0.1"], "no subdomains"), (["https://*.[::1]"], "no subdomains"),
        (["http://app.example.com"], "plain HTTP"), (["http://localhost:3000"], "plain HTTP"),
        (["https://a.example", "https://a.example"], "stands twice"),
        (["https://a.example,https://b.example"], "one by one"),
    ])
    func `refuses origins that are insecure or can't work (PITFALLS 88)`(
        origins: [String], advice: String
    ) {
        let why = refusal { _ = try CORS(origins: origins) }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test func `refuses any origin with credentials, in every spelling`() {
        let star = refusal { _ = try CORS(origins: ["*"], credentials: true) }
        #expect(star?.contains("with credentials") == true)
        let any = refusal { _ = try CORS(credentials: true, dangerouslyAllowAnyOrigin: true) }
        #expect(any?.contains("credentials") == true)
        #expect(
            refusal {
                _ = try CORS(origins: ["https://a.example"], dangerouslyAllowAnyOrigin: true)
            } != nil)
    }

    @Test(arguments: [
        (["get"], "write GET"), (["patch"], "write PATCH"), (["TRACE"], "never send"),
        (["CONNECT"], "never send"), (["*"], "one by one"), (["GET", "GET"], "stands twice"),
        ([], "names no method"), (["G ET"], "no method"),
    ])
    func `refuses methods that never match`(methods: [String], advice: String) {
        let why = refusal {
            _ = try CORS(
                origins: ["https://a.example"], methods: methods.map(Method.init(rawValue:)))
        }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test(arguments: [
        (["Cookie"], "no page can set"), (["Sec-Fetch-Mode"], "no page can set"),
        (["Access-Control-Allow-Origin"], "no page can set"), (["*"], "no wildcard"),
        (["X-A", "x-a"], "stands twice"), (["X A"], "no header name"), ([""], "no header name"),
    ])
    func `refuses request headers that no page can send`(headers: [String], advice: String) {
        let why = refusal { _ = try CORS(origins: ["https://a.example"], headers: headers) }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test func `refuses to expose what browsers hide, and ages out of range`() {
        let origins = ["https://a.example"]
        #expect(refusal { _ = try CORS(origins: origins, expose: ["Set-Cookie"]) } != nil)
        #expect(refusal { _ = try CORS(origins: origins, expose: ["*"]) } != nil)
        for age in [Duration.seconds(-1), .seconds(86_401), .milliseconds(1)] {
            #expect(refusal { _ = try CORS(origins: origins, maxAge: age) } != nil)
        }
        let many = (0...1_024).map { "https://a\($0).example" }
        #expect(refusal { _ = try CORS(origins: many) }?.contains("more than") == true)
    }

    @Test func `http origins need the loud door, and are warned of`() throws {
        let cors = try CORS(
            origins: ["http://localhost:3000", "http://[::1]:8080"],
            dangerouslyAllowHTTPOrigins: true)
        #expect(cors.warnings.count == 2)
        let request = browserRequest([("Origin", "http://localhost:3000")])
        let allowed = try exchange(cors, request).fields[.accessControlAllowOrigin]
        #expect(allowed == "http://localhost:3000")
    }

    // MARK: preflights

    @Test(arguments: [
        "https://evil.example", "null", "", "https://app.example.com.evil.example",
        "https://app.example.com:8443", "http://app.example.com", "https://APP.example.com",
        "https://example.org", "https://.example.org", "https://a..example.org",
        "https://evil.example/.example.org", "https://evil.example?.example.org",
        "https://evil.example#.example.org", "https://user@a.example.org",
        "https://a.example.org:8443", "https://notexample.org",
        "https://a.example.org.evil.example",
        "https://app.example.com https://evil.example", "*",
    ])
    func `a preflight of a foreign origin is 403, never 500, without CORS headers (PITFALLS 87)`(
        origin: String
    ) throws {
        let cors = try cors()
        let request = preflight(origin)
        let rejection = try #require(refused(cors, request))
        #expect(rejection.status == 403 && rejection.code == .originNotAllowed)
        var response = RejectionResponder().response(for: rejection, request: request)
        cors.after(request, &response)
        for name in Self.owned { #expect(!response.fields.contains(name)) }
        #expect(response.fields[.vary] == "Origin")
    }

    @Test(arguments: [
        ("DELETE", "Content-Type"), ("put", "Content-Type"), ("", "Content-Type"),
        ("PUT", "X-Other"), ("PUT", "content-type,x-other"), ("PUT", "content-typ"),
        ("PUT", "content-type x-trace"), ("PUT", "*"), ("PUT", "x-tracee"),
    ])
    func `a preflight for a method or header that is not listed is 403`(
        method: String, headers: String
    ) throws {
        let request = preflight(
            "https://app.example.com", method, [("Access-Control-Request-Headers", headers)])
        let cors = try cors()
        let rejection = try #require(refused(cors, request))
        #expect(rejection.status == 403 && rejection.code == .originNotAllowed)
        var response = RejectionResponder().response(for: rejection, request: request)
        cors.after(request, &response)
        #expect(!response.fields.contains(.accessControlAllowOrigin))
    }

    @Test func `a preflight that asks for very many headers is refused`() throws {
        let names = [String](repeating: "x-trace", count: 129).joined(separator: ",")
        let request = preflight(
            "https://app.example.com", "PUT", [("Access-Control-Request-Headers", names)])
        #expect(refused(try cors(), request)?.status == 403)
    }

    @Test func `two origins or two asked methods are no request at all`() throws {
        let two = browserRequest([("Origin", "https://a.example"), ("Origin", "https://b.example")])
        #expect(refused(try cors(), two)?.status == 400)
        let methods = preflight(
            "https://app.example.com", "PUT", [("Access-Control-Request-Method", "GET")])
        #expect(refused(try cors(), methods)?.status == 400)
    }

    @Test func `private networks stay closed unless loudly opened`() throws {
        let asks = [("Access-Control-Request-Private-Network", "true")]
        #expect(
            refused(try cors(), preflight("https://app.example.com", "GET", asks))?.status == 403)
        let open = try CORS(
            origins: ["https://app.example.com"], dangerouslyAllowPrivateNetwork: true)
        let response = try exchange(open, preflight("https://app.example.com", "GET", asks))
        #expect(response.fields[.accessControlAllowPrivateNetwork] == "true")
        let plain = try exchange(open, preflight("https://app.example.com", "GET"))
        #expect(!plain.fields.contains(.accessControlAllowPrivateNetwork))
    }

    @Test func `an allowed preflight is answered here, with everything once`() throws {
        let request = preflight(
            "https://app.example.com", "PUT",
            [("Access-Control-Request-Headers", "authorization, CONTENT-TYPE,,x-trace")])
        let response = try exchange(cors(credentials: true), request)
        #expect(response.status == 204)
        let expected: [(FieldName, String)] = [
            (.accessControlAllowOrigin, "https://app.example.com"),
            (.accessControlAllowCredentials, "true"),
            (.accessControlAllowMethods, "GET, HEAD, POST, PUT, PATCH"),
            (.accessControlAllowHeaders, "authorization, content-type, x-trace"),
            (.accessControlMaxAge, "600"),
            (.vary, "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]
        for (name, value) in expected { #expect(response.fields.values(of: name) == [value]) }
        #expect(response.fields.count == expected.count)
    }

    @Test func `browsers need no permission for GET, HEAD and POST`() throws {
        let cors = try CORS(origins: ["https://app.example.com"], methods: [.put])
        for method in ["GET", "HEAD", "POST", "PUT"] {
            let request = preflight("https://app.example.com", method)
            #expect(try exchange(cors, request).status == 204)
        }
    }

    @Test func `OPTIONS that is no preflight goes on`() throws {
        let request = browserRequest(.options, [("Origin", "https://app.example.com")])
        #expect(try cors().before(request) == nil)
        let own = browserRequest(.options, [("Access-Control-Request-Method", "PUT")])
        #expect(try cors().before(own) == nil)
    }

    // MARK: actual requests

    @Test func `a foreign origin gets no CORS headers, but the request goes on (PITFALLS 90)`()
        throws
    {
        let request = browserRequest(.post, [("Origin", "https://evil.example")])
        let response = try exchange(cors(), request)
        #expect(response.status == 200 && request.corsOrigin == CORS.foreignOrigin)
        #expect(response.fields.lines.map(\.name) == ["Vary"])
    }

    @Test func `the request's own origin is told from a foreign one`() throws {
        let cors = try cors()
        let own = browserRequest(.post, [("Origin", "https://API.example.com")])
        #expect(try cors.before(own) == nil && own.corsOrigin == CORS.ownOrigin)
        let plain = browserRequest(.post, [("Origin", "http://api.example.com")])
        #expect(try cors.before(plain) == nil && plain.corsOrigin == CORS.foreignOrigin)
        let none = browserRequest(.post)
        #expect(try cors.before(none) == nil && none.corsOrigin == nil)
    }

    @Test(arguments: [
        "https://app.example.com", "https://a.example.org", "https://a.b-c.d_e.example.org",
    ])
    func `an allowed origin is echoed with what pages may read (PITFALLS 89)`(
        origin: String
    ) throws {
        let fields = try exchange(cors(), browserRequest([("Origin", origin)])).fields
        #expect(fields.values(of: .accessControlAllowOrigin) == [origin])
        #expect(fields.values(of: .vary) == ["Origin"])
        let exposed = "RateLimit, RateLimit-Policy, Retry-After, X-Request-ID, X-Total-Count"
        #expect(fields[.accessControlExposeHeaders] == exposed)
        #expect(!fields.contains(.accessControlAllowCredentials) && fields.count == 3)
    }

    @Test func `errors of an allowed origin carry the headers too`() throws {
        let cors = try cors(credentials: true)
        let request = browserRequest([("Origin", "https://app.example.com")])
        _ = try cors.before(request)
        var response = RejectionResponder().response(
            for: Rejection(429, .rateLimited, retryAfter: 5), request: request)
        cors.after(request, &response)
        #expect(response.fields[.accessControlAllowOrigin] == "https://app.example.com")
        #expect(response.fields[.accessControlAllowCredentials] == "true")
        #expect(response.fields[.retryAfter] == "5")
    }

    @Test func `ours is the only voice: an upstream's CORS headers go`() throws {
        var theirs = Response.json([])
        for name in Self.owned { try theirs.fields.append(name, "*") }
        try theirs.fields.append(.eTag, "\"x\"")
        let foreign = browserRequest([("Origin", "https://evil.example")])
        let refused = try exchange(cors(), foreign, theirs).fields
        for name in Self.owned { #expect(!refused.contains(name)) }
        #expect(refused[.eTag] == "\"x\"")
        let request = browserRequest([("Origin", "https://app.example.com")])
        let allowed = try exchange(cors(), request, theirs).fields
        #expect(allowed.values(of: .accessControlAllowOrigin) == ["https://app.example.com"])
        #expect(!allowed.contains(.accessControlAllowCredentials))
    }

    @Test(arguments: [
        ([], ["Origin"]), (["Accept-Encoding"], ["Accept-Encoding, Origin"]),
        (["Accept", "Cookie"], ["Accept, Cookie, Origin"]), (["*"], ["*"]),
        (["origin"], ["origin"]), (["Accept, Origin"], ["Accept, Origin"]),
        (["Accept", "ORIGIN"], ["Accept, ORIGIN"]), (["Accept,*"], ["Accept,*"]),
        (["X-Origin"], ["X-Origin, Origin"]), ([""], ["Origin"]),
    ])
    func `Vary names Origin on every response, with what was there`(
        there: [String], sent: [String]
    ) throws {
        for origin in [
            nil, "https://app.example.com", "https://evil.example", "https://a.example.org",
        ] {
            var response = Response.json([])
            for line in there { try response.fields.append(.vary, line) }
            let request = browserRequest(origin.map { [("Origin", $0)] } ?? [])
            #expect(try exchange(cors(), request, response).fields.values(of: .vary) == sent)
        }
    }

    @Test func `any origin is a star, and needs no Vary`() throws {
        let cors = try CORS(headers: ["X-Trace"], dangerouslyAllowAnyOrigin: true)
        #expect(cors.warnings.count == 1)
        let fields = try exchange(cors, browserRequest([("Origin", "null")])).fields
        #expect(fields.values(of: .accessControlAllowOrigin) == ["*"])
        #expect(!fields.contains(.vary) && !fields.contains(.accessControlAllowCredentials))
        let answer = try exchange(cors, preflight("https://x.example", "GET")).fields
        #expect(answer.values(of: .accessControlAllowOrigin) == ["*"])
        #expect(
            answer[.vary] == "Access-Control-Request-Method, Access-Control-Request-Headers")
        let none = try exchange(cors, browserRequest()).fields
        #expect(none.isEmpty)
    }

    @Test func `a takeover below a pattern is warned of when credentials are shared`() throws {
        #expect(try cors(credentials: true).warnings.count == 1)
        #expect(try cors().warnings.isEmpty)
    }
}
