import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct RouterTests {
    private func route(
        _ pattern: String, _ methods: [GatehouseHTTP.Method] = [.get], hosts: [String] = [],
        name: String? = nil
    ) -> Route {
        Route(
            name: name ?? pattern, methods: methods, pattern: pattern, hosts: hosts,
            access: .anyone, index: 0)
    }

    /// The name of the route found, "405 …" with the methods, or "404".
    private func find(
        _ router: Router, _ path: String, _ method: String = "GET", host: String = "a.test"
    ) throws -> String {
        let request = try parsed(path, method)
        return describe(router.match(request, host: Array(host.utf8).raw))
    }

    private func parsed(_ path: String, _ method: String = "GET") throws -> Request {
        let request = Request()
        var parser = RequestParser()
        let input = buffer("\(method) \(path) HTTP/1.1\r\nHost: a.test\r\n\r\n")
        #expect(try parser.parse(input, into: request.head))
        return request
    }

    private func describe(_ match: Router.Match) -> String {
        switch match {
        case .found(let route): route.name
        case .methodNotAllowed(let allow): "405 \(String(decoding: allow, as: UTF8.self))"
        case .notFound: "404"
        }
    }

    @Test(arguments: [
        "", "a", "/a//b", "/{", "/{}", "/{a", "/x{a}", "/{a}x", "/{a-b}", "/{1a}", "/{a}/{a}",
        "/*/a", "/a*", "/**", "/.", "/../a", "/a;b", "/a?b", "/a#b", "/a\\b", "/a b", "/%2f",
        "/%61", "/a%", "/\u{1}",
    ]) func `refuses a pattern that no request can match`(pattern: String) {
        #expect(throws: ConfigurationError.self) { try Router(routes: [route(pattern)]) }
    }

    @Test(arguments: [("/a/{b}", "/a/{c}"), ("/a", "/a"), ("/é", "/%C3%A9"), ("/a/*", "/a/*")])
    func `refuses two routes for the same requests`(first: String, second: String) {
        #expect(throws: ConfigurationError.self) {
            try Router(routes: [route(first), route(second, [.post, .get])])
        }
        #expect(throws: Never.self) {
            _ = try Router(routes: [route(first), route(second, [.post])])
            _ = try Router(routes: [route(first), route(second, hosts: ["b.test"])])
        }
    }

    @Test func `refuses bad methods and hosts and says how to mend them`() {
        for bad in [
            route("/a", []), route("/a", [Method(rawValue: "G T")]),
            route("/a", [Method(rawValue: "CONNECT")]), route("/a", [.get, .get]),
            route("/a", hosts: ["http://a"]), route("/a", hosts: ["a:80"]),
            route("/a", hosts: [""]),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try Router(routes: [bad]) }
            #expect((error?.description.count ?? 0) > 20)
        }
    }

    @Test func `refuses paths and methods that no route declares`() throws {
        let router = try Router(routes: [
            route("/a"), route("/b/", [.post, .delete]), route("/api/*"), route("/i/{id}"),
        ])
        for path in ["/", "/A", "/a/", "/b", "/api", "/apix", "/i", "/i/", "/i/1/", "/i/1/2"] {
            #expect(try find(router, path) == "404", "\(path)")
        }
        #expect(try find(router, "*", "OPTIONS") == "404")
        #expect(try find(router, "/a", "POST") == "405 GET, HEAD")
        #expect(try find(router, "/a", "OPTIONS") == "405 GET, HEAD")
        #expect(try find(router, "/b/") == "405 DELETE, POST")
        #expect(try find(router, "/a", "get") == "405 GET, HEAD")
    }

    @Test func `prefers literals to names and names to the rest`() throws {
        let router = try Router(routes: [
            route("/*"), route("/a/*"), route("/a/{x}"), route("/a/b"), route("/a/{x}/c"),
            route("/a/b/d"), route("/", name: "root"), route("/a/{x}", [.put], name: "put"),
        ])
        #expect(try find(router, "/") == "root")
        #expect(try find(router, "/z/y") == "/*")
        #expect(try find(router, "/a") == "/*")
        #expect(try find(router, "/a/") == "/a/*")
        #expect(try find(router, "/a/b") == "/a/b")
        #expect(try find(router, "/a/z") == "/a/{x}")
        #expect(try find(router, "/a/b/c") == "/a/{x}/c")
        #expect(try find(router, "/a/b/d") == "/a/b/d")
        #expect(try find(router, "/a/b/e") == "/a/*")
        #expect(try find(router, "/a/b", "HEAD") == "/a/b")
        #expect(try find(router, "/a/b", "PUT") == "put")
        #expect(try find(router, "/a/b", "POST") == "405 GET, HEAD, PUT")
    }

    @Test func `gives HEAD its own route when there is one`() throws {
        let router = try Router(routes: [route("/a"), route("/a", [.head], name: "head")])
        #expect(try find(router, "/a", "HEAD") == "head")
    }

    @Test func `compares escapes by what they stand for`() throws {
        let router = try Router(routes: [
            route("/café/x y".replacing(" ", with: "%20")), route("/%3B"),
        ])
        #expect(try find(router, "/caf%C3%A9/x%20y") == "/café/x%20y")
        #expect(try find(router, "/caf%c3%a9/x%20y") == "/café/x%20y")
        #expect(try find(router, "/%3b") == "/%3B")
    }

    @Test func `keeps routes of one host from others`() throws {
        let router = try Router(routes: [
            route("/a", hosts: ["B.test"], name: "b"), route("/a", name: "all"),
            route("/c", hosts: ["b.test"], name: "c"), route("/c", [.post], hosts: ["a.test"]),
            route("/v", hosts: ["[::1]"], name: "v"),
        ])
        #expect(try find(router, "/a", host: "b.TEST:8443") == "b")
        #expect(try find(router, "/a", host: "a.test") == "all")
        #expect(try find(router, "/c", host: "b.test") == "c")
        #expect(try find(router, "/c", host: "xb.test") == "404")
        #expect(try find(router, "/c", host: "a.test") == "405 POST")
        #expect(try find(router, "/v", host: "[::1]:80") == "v")
        #expect(try find(router, "/v", host: "[::1]") == "v")
    }

    @Test func `hands out parameters decoded and raw`() throws {
        let router = try Router(routes: [route("/u/{user}/f/{file}/*")])
        let request = try parsed("/u/caf%C3%A9/f/a%20b/x/%21y?q")
        #expect(
            describe(router.match(request, host: Array("a".utf8).raw)) == "/u/{user}/f/{file}/*")
        #expect(request.parameter("user") == "café" && request.rawParameter("user") == "caf%C3%A9")
        #expect(request.parameter("file") == "a b" && request.parameter("*") == "x/!y")
        #expect(request.parameter("other") == nil)
    }

    @Test func `finds every route among a thousand`() throws {
        let routes = (0..<1_000).map { route("/s\($0 % 37)/r\($0)/{id}") }
        let router = try Router(routes: routes)
        for index in 0..<1_000 {
            #expect(try find(router, "/s\(index % 37)/r\(index)/7") == routes[index].pattern)
        }
        #expect(try find(router, "/s1/r0/7") == "404")
    }
}
