import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

@Suite struct RateLimitTests {
    private let second: Int64 = 1_000_000_000

    /// What a client gets: nil when it passes, else the refusal.
    private func ask(
        _ control: RateLimit, _ client: String = "192.0.2.1", path: String = "/",
        at nanoseconds: Int64 = 0, account: String? = nil, route: Route? = nil,
        fields: [(String, String)] = []
    ) -> (refusal: Rejection?, request: Request) {
        let request = parsedRequest(path, fields)
        request.client = IPAddress(client) ?? IPAddress(high: 0, low: 0)
        request.received = MonotonicTime(nanoseconds: nanoseconds)
        request.route = route
        request.principal = account.map {
            Principal(subject: $0, issuer: "test", expires: WallTime(seconds: 0))
        }
        do throws(Rejection) {
            _ = try control.before(request)
            return (nil, request)
        } catch { return (error, request) }
    }

    private func isAdmitted(_ answer: (refusal: Rejection?, request: Request)) -> Bool {
        answer.refusal == nil
    }

    private func fields(_ control: RateLimit, _ request: Request) -> [String] {
        var response = Response.status(204)
        control.after(request, &response)
        return response.fields.lines.map { "\($0.name): \($0.value)" }
    }

    private func route(_ name: String, index: Int) -> Route {
        Route(name: name, methods: [.get], pattern: "/", access: .anyone, index: index)
    }

    // MARK: What clients see

    @Test func `refuses with 429, Retry-After and what is left`() throws {
        let control = try RateLimit([
            RateLimitPolicy(name: "default", quota: 2, window: .seconds(900))
        ])
        let first = ask(control)
        #expect(
            fields(control, first.request) == [
                "RateLimit-Policy: \"default\";q=2;w=900", "RateLimit: \"default\";r=1;t=900",
            ])
        #expect(isAdmitted(ask(control, at: 500 * second)))
        let refused = ask(control, at: 500 * second + 1)
        let rejection = try #require(refused.refusal)
        #expect(rejection.status == 429)
        #expect(rejection.code == .rateLimited)
        #expect(rejection.detail == "limit default")
        // 399.999… seconds, rounded up: who waits as told is not refused.
        #expect(rejection.retryAfter == 400)
        #expect(refused.request.limits.violated == ["default"])
        #expect(
            fields(control, refused.request) == [
                "RateLimit-Policy: \"default\";q=2;w=900", "RateLimit: \"default\";r=0;t=400",
            ])
        #expect(isAdmitted(ask(control, at: 900 * second)))
    }

    @Test func `Retry-After is at least a second`() throws {
        let control = try RateLimit([
            RateLimitPolicy(
                name: "p", algorithm: .gcra(burst: 1), quota: 1_000, window: .seconds(1))
        ])
        _ = ask(control)
        #expect(ask(control).refusal?.retryAfter == 1)
    }

    @Test func `the tightest policy stands first, and a whole quota promises nothing`() throws {
        let control = try RateLimit([
            RateLimitPolicy(name: "wide", quota: 100, window: .seconds(60)),
            RateLimitPolicy(name: "tight", quota: 1, window: .seconds(10)),
        ])
        let first = ask(control)
        #expect(
            fields(control, first.request) == [
                "RateLimit-Policy: \"tight\";q=1;w=10, \"wide\";q=100;w=60",
                "RateLimit: \"tight\";r=0;t=10, \"wide\";r=99;t=60",
            ])
        #expect(ask(control).refusal?.retryAfter == 10)
        let shared = try RateLimit([
            RateLimitPolicy(name: "wide", quota: 100, window: .seconds(60)),
            RateLimitPolicy(name: "tight", key: [.route], quota: 1, window: .seconds(10)),
        ])
        _ = ask(shared, "192.0.2.1")
        let other = ask(shared, "192.0.2.2")
        #expect(!isAdmitted(other))
        #expect(
            fields(shared, other.request).last == "RateLimit: \"tight\";r=0;t=10, \"wide\";r=100")
    }

    @Test func `two controls write lines of their own`() throws {
        let coarse = try RateLimit([RateLimitPolicy(name: "a", quota: 5, window: .seconds(60))])
        let fine = try RateLimit([
            RateLimitPolicy(name: "b", key: [.account], quota: 9, window: .seconds(60))
        ])
        let request = ask(coarse).request
        _ = try fine.before(request)
        #expect(fields(coarse, request).last == "RateLimit: \"a\";r=4;t=60")
        #expect(fields(fine, request).last == "RateLimit: \"b\";r=8;t=60")
    }

    @Test func `a refusal by the stricter policy consumes nothing from the other`() throws {
        let control = try RateLimit([
            RateLimitPolicy(name: "default", quota: 10, window: .seconds(60)),
            RateLimitPolicy(
                name: "auth", algorithm: .gcra(), quota: 2, window: .seconds(60),
                applies: .prefixes(["/auth/"])),
        ])
        for _ in 0..<2 { #expect(isAdmitted(ask(control, path: "/auth/login"))) }
        for _ in 0..<30 {
            let refused = ask(control, path: "/auth/login")
            #expect(refused.refusal?.detail == "limit auth")
            #expect(refused.request.limits.violated == ["auth"])
        }
        let other = ask(control, path: "/items")
        #expect(isAdmitted(other))
        #expect(fields(control, other.request).last == "RateLimit: \"default\";r=7;t=60")
    }

    // MARK: Who is one client

    @Test func `an IPv6 client that changes its address within its 64 stays one client`() throws {
        let control = try RateLimit([RateLimitPolicy(name: "p", quota: 1, window: .seconds(60))])
        #expect(isAdmitted(ask(control, "2001:db8:1:2::1")))
        for suffix in ["::2", ":ffff:ffff:ffff:ffff", ":1::"] {
            #expect(!isAdmitted(ask(control, "2001:db8:1:2\(suffix)")))
        }
        #expect(isAdmitted(ask(control, "2001:db8:1:3::1")))
    }

    @Test func `an IPv4 client is the same, mapped or not, and its neighbour is another`() throws {
        let control = try RateLimit([RateLimitPolicy(name: "p", quota: 1, window: .seconds(60))])
        #expect(isAdmitted(ask(control, "192.0.2.1")))
        #expect(!isAdmitted(ask(control, "::ffff:192.0.2.1")))
        #expect(!isAdmitted(ask(control, "::ffff:c000:201")))
        #expect(isAdmitted(ask(control, "192.0.2.2")))
    }

    @Test func `accounts count apart, and anonymous callers count by address`() throws {
        let control = try RateLimit([
            RateLimitPolicy(name: "p", key: [.account], quota: 1, window: .seconds(60))
        ])
        #expect(isAdmitted(ask(control, "192.0.2.1", account: "ada")))
        #expect(!isAdmitted(ask(control, "192.0.2.9", account: "ada")))
        #expect(isAdmitted(ask(control, "192.0.2.1", account: "bob")))
        #expect(isAdmitted(ask(control, "192.0.2.1")))
        #expect(!isAdmitted(ask(control, "192.0.2.1")))
        #expect(isAdmitted(ask(control, "192.0.2.2")))
    }

    @Test func `API keys count apart; without one, or with two, the address counts`() throws {
        let control = try RateLimit([
            RateLimitPolicy(name: "p", key: [.apiKey], quota: 1, window: .seconds(60))
        ])
        #expect(isAdmitted(ask(control, "192.0.2.1", fields: [("X-API-Key", "one")])))
        #expect(!isAdmitted(ask(control, "192.0.2.2", fields: [("X-API-Key", "one")])))
        #expect(isAdmitted(ask(control, "192.0.2.1", fields: [("X-API-Key", "two")])))
        #expect(isAdmitted(ask(control)))
        #expect(!isAdmitted(ask(control)))
        let several = [("X-API-Key", "three"), ("X-API-Key", "four")]
        #expect(!isAdmitted(ask(control, fields: several)))
        #expect(!isAdmitted(ask(control, fields: [("X-API-Key", "")])))
    }

    @Test func `parts of a key combine`() throws {
        let control = try RateLimit([
            RateLimitPolicy(name: "p", key: [.address, .route], quota: 1, window: .seconds(60))
        ])
        let (one, two) = (route("one", index: 0), route("two", index: 1))
        #expect(isAdmitted(ask(control, "192.0.2.1", route: one)))
        #expect(!isAdmitted(ask(control, "192.0.2.1", route: one)))
        #expect(isAdmitted(ask(control, "192.0.2.1", route: two)))
        #expect(isAdmitted(ask(control, "192.0.2.2", route: one)))
        #expect(isAdmitted(ask(control, "192.0.2.1")))
        #expect(!isAdmitted(ask(control, "192.0.2.1")))
    }

    // MARK: Which requests count

    @Test(arguments: ["/auth", "/auth/", "/auth/login", "/AUTH/login", "/Auth"])
    func `no spelling of the prefix escapes its limit`(path: String) throws {
        let control = try RateLimit([
            RateLimitPolicy(
                name: "p", quota: 1, window: .seconds(60), applies: .prefixes(["/auth/"]))
        ])
        #expect(isAdmitted(ask(control, path: "/auth/token")))
        #expect(!isAdmitted(ask(control, path: path)))
        #expect(isAdmitted(ask(control, path: "/authors")))
        #expect(isAdmitted(ask(control, path: "/aut")))
        #expect(isAdmitted(ask(control, path: "/x/auth/")))
    }

    @Test func `a named policy counts the routes that name it`() throws {
        let policy = try RateLimitPolicy(
            name: "writes", quota: 1, window: .seconds(60), applies: .named)
        let store = MemoryCounterStore(RateLimit.rules(of: [policy]))
        let control = try RateLimit([policy], named: [["writes"], []], store: store)
        let (named, plain) = (route("one", index: 0), route("two", index: 1))
        for _ in 0..<3 { #expect(isAdmitted(ask(control, route: plain))) }
        #expect(isAdmitted(ask(control)))
        #expect(isAdmitted(ask(control, route: named)))
        #expect(!isAdmitted(ask(control, route: named)))
        #expect(fields(control, ask(control, route: plain).request).isEmpty)
    }

    @Test func `controls over one store share counters, also after a reload`() throws {
        let policy = try RateLimitPolicy(name: "p", quota: 1, window: .seconds(60))
        let store = MemoryCounterStore(RateLimit.rules(of: [policy]))
        #expect(isAdmitted(ask(try RateLimit([policy], named: nil, store: store))))
        #expect(!isAdmitted(ask(try RateLimit([policy], named: nil, store: store))))
        let next = MemoryCounterStore(RateLimit.rules(of: [policy]), adopting: store)
        #expect(!isAdmitted(ask(try RateLimit([policy], named: nil, store: next))))
    }

    @Test func `refuses at start what can't work`() throws {
        let twice = [
            try RateLimitPolicy(name: "p", quota: 1, window: .seconds(60)),
            try RateLimitPolicy(name: "p", quota: 2, window: .seconds(60)),
        ]
        #expect(throws: ConfigurationError.self) { try RateLimit(twice) }
        let nested = try (1...9).map { depth in
            try RateLimitPolicy(
                name: "p\(depth)", quota: 1, window: .seconds(60),
                applies: .prefixes([String(repeating: "/a", count: depth)]))
        }
        _ = try RateLimit(Array(nested.prefix(8)))
        let tooMany = ConfigurationError.invalid("limits", "9 apply to one request; at most 8 may")
        #expect(throws: tooMany) { try RateLimit(nested) }
        _ = try RateLimit(
            try (1...30).map {
                try RateLimitPolicy(
                    name: "q\($0)", quota: 1, window: .seconds(60), applies: .prefixes(["/\($0)x"]))
            })
    }
}
