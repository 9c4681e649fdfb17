import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

/// Who and what is counted: keys, methods, callers, tiers.
@Suite struct RateLimitPlanTests {
    private struct Systems: AutonomousSystems {
        func number(of address: IPAddress) -> UInt32? {
            IPNetwork(IPAddress("203.0.113.0")!, bits: 24).contains(address) ? 64_500 : nil
        }
    }

    @Test func `a network counts as one, IPv4 by 24 bits and IPv6 by 48`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", key: [.network], quota: 1, window: .seconds(60)))
        #expect(asker.ask("192.0.2.1"))
        #expect(!asker.ask("192.0.2.254"))
        #expect(!asker.ask("::ffff:192.0.2.9"))
        #expect(asker.ask("192.0.3.1"))
        #expect(asker.ask("2001:db8:1:1::1"))
        #expect(!asker.ask("2001:db8:1:ffff::1"))
        #expect(asker.ask("2001:db8:2::1"))
        let narrow = try LimitAsker(
            RateLimitPolicy(
                name: "p", key: [.network], quota: 1, window: .seconds(60),
                networks: .init(ipv4: 28, ipv6: 56)))
        #expect(narrow.ask("192.0.2.1"))
        #expect(!narrow.ask("192.0.2.15"))
        #expect(narrow.ask("192.0.2.16"))
    }

    @Test func `a limit by autonomous system needs its database`() {
        #expect(throws: ConfigurationError.self) {
            try LimitAsker(
                RateLimitPolicy(name: "p", key: [.asn], quota: 1, window: .seconds(60)))
        }
    }

    @Test func `an autonomous system counts as one; who is in none counts by network`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", key: [.asn], quota: 1, window: .seconds(60)),
            systems: Systems())
        #expect(asker.ask("203.0.113.1"))
        #expect(!asker.ask("203.0.113.200"))
        #expect(asker.ask("198.51.100.1"))
        #expect(!asker.ask("198.51.100.2"))
        #expect(asker.ask("198.51.101.1"))
    }

    @Test func `sessions count apart, and who has none counts by account, then by address`() throws
    {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", key: [.session], quota: 1, window: .seconds(60)))
        #expect(asker.ask(principal: .named("ada", session: "s1")))
        #expect(!asker.ask("192.0.2.2", principal: .named("ada", session: "s1")))
        #expect(asker.ask(principal: .named("ada", session: "s2")))
        #expect(asker.ask(principal: .named("ada")))
        #expect(!asker.ask("192.0.2.3", principal: .named("ada")))
        #expect(asker.ask())
        #expect(!asker.ask())
    }

    @Test func `a key that the gate checked counts by its id, whatever else is sent`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", key: [.apiKey], quota: 1, window: .seconds(60)))
        let caller = Principal.named("ada", key: "k1")
        #expect(asker.send(principal: caller, fields: [("X-API-Key", "one")]).isAdmitted)
        #expect(!asker.send(principal: caller, fields: [("X-API-Key", "two")]).isAdmitted)
        #expect(!asker.send("192.0.2.7", principal: caller).isAdmitted)
        #expect(asker.send(principal: .named("ada", key: "k2")).isAdmitted)
    }

    @Test func `reading and writing have allowances of their own`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "read", quota: 2, window: .seconds(60), methods: .read),
            RateLimitPolicy(name: "write", quota: 1, window: .seconds(60), methods: .write))
        #expect(asker.ask(method: "POST"))
        #expect(!asker.ask(method: "DELETE"))
        #expect(!asker.ask(method: "BREW"))
        #expect(asker.ask(method: "GET"))
        #expect(asker.ask(method: "HEAD"))
        #expect(!asker.ask(method: "OPTIONS"))
    }

    @Test func `HEAD is no way around a limit on GET`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", quota: 1, window: .seconds(60), methods: .only([.get])))
        #expect(asker.ask(method: "GET"))
        #expect(!asker.ask(method: "HEAD"))
        #expect(asker.ask(method: "POST"))
    }

    @Test func `anonymous and signed-in callers have allowances of their own`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "anonymous", quota: 1, window: .seconds(60), callers: .anonymous),
            RateLimitPolicy(
                name: "known", key: [.account], quota: 2, window: .seconds(60), callers: .signedIn))
        #expect(asker.ask())
        #expect(!asker.ask())
        let ada = Principal.named("ada")
        #expect(asker.ask(principal: ada))
        #expect(asker.ask(principal: ada))
        #expect(!asker.ask(principal: ada))
        let policy = try RateLimitPolicy(
            name: "p", quota: 1, window: .seconds(60), callers: .anonymous)
        #expect(policy.stage == .fine)
    }

    @Test func `the first tier that fits holds, each with a counter of its own`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(
                name: "p", key: [.account], quota: 1, window: .seconds(60),
                tiers: [
                    .init(.role("gold"), quota: 3), .init(.claim("plan", "pro"), quota: 2),
                ]))
        func admitted(_ caller: Principal?) -> Int {
            (0..<5).count { _ in asker.ask(principal: caller) }
        }
        #expect(admitted(.named("plain", roles: ["golden"], claims: ["plan": "prod"])) == 1)
        #expect(admitted(.named("gold", roles: ["x", "gold"], claims: ["plan": "pro"])) == 3)
        #expect(admitted(.named("pro", claims: ["plan": "pro"])) == 2)
        #expect(admitted(nil) == 1)
        let told = asker.fields(asker.send(principal: .named("new", claims: ["plan": "pro"])))
        #expect(told.first == "RateLimit-Policy: \"p\";q=2;w=60")
    }

    @Test func `refuses terms that cannot work together`() {
        func why(_ make: @autoclosure () throws -> RateLimitPolicy) -> Bool {
            (try? make()) == nil
        }
        let minute = Duration.seconds(60)
        #expect(
            why(
                try RateLimitPolicy(
                    name: "p", algorithm: .slidingWindow, quota: 9, unit: .bytes, window: minute)))
        #expect(
            why(
                try RateLimitPolicy(
                    name: "p", algorithm: .concurrency, quota: 9, window: minute, counts: .failures)
            ))
        #expect(
            why(
                try RateLimitPolicy(
                    name: "p", quota: 9, window: minute, callers: .anonymous,
                    tiers: [.init(.role("a"), quota: 1)])))
        #expect(
            why(
                try RateLimitPolicy(
                    name: "p", quota: 9, window: minute,
                    slowDown: .init(after: 9, delay: .seconds(1)))))
        #expect(
            why(
                try RateLimitPolicy(
                    name: "p", quota: 9, window: minute,
                    slowDown: .init(after: 1, delay: .seconds(6), delayMax: .seconds(5)))))
        #expect(why(try RateLimitPolicy(name: "p", quota: 9, window: minute, methods: .only([]))))
        #expect(
            why(
                try RateLimitPolicy(
                    name: "p", quota: 9, window: minute, networks: .init(ipv4: 33))))
    }
}
