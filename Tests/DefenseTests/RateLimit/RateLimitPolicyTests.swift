import GatehouseCore
import GatehouseDefense
import Testing

@Suite struct RateLimitPolicyTests {
    private let minute = Duration.seconds(60)

    private func why(_ make: @autoclosure () throws -> RateLimitPolicy) -> String? {
        refusal { _ = try make() }
    }

    @Test(arguments: ["", "a b", "a\"b", "ü", "a\n", String(repeating: "x", count: 65)])
    func `refuses a name that is no plain word`(name: String) {
        #expect(why(try RateLimitPolicy(name: name, quota: 1, window: minute)) != nil)
    }

    @Test func `refuses keys that name nothing or one thing twice`() {
        #expect(why(try RateLimitPolicy(name: "p", key: [], quota: 1, window: minute)) != nil)
        #expect(
            why(try RateLimitPolicy(name: "p", key: [.route, .route], quota: 1, window: minute))
                == "key: names one thing twice")
    }

    @Test func `refuses numbers that can't work, and says what to write`() {
        #expect(why(try RateLimitPolicy(name: "p", quota: 0, window: minute)) != nil)
        #expect(
            why(try RateLimitPolicy(name: "p", quota: 100_001, window: minute))
                == "quota: is more than 100000: use gcra, or a shorter window")
        #expect(
            why(
                try RateLimitPolicy(name: "p", algorithm: .gcra(burst: 9), quota: 8, window: minute)
            )
                == "burst: must be 1 to the quota, 8")
        for window in [Duration.zero, .milliseconds(1_500), .seconds(-1), .seconds(604_801)] {
            #expect(why(try RateLimitPolicy(name: "p", quota: 1, window: window)) != nil)
        }
        #expect(why(try RateLimitPolicy(name: "p", quota: 1, window: minute, clientsMax: 0)) != nil)
        #expect(why(try RateLimitPolicy(name: "a-b_c.9", quota: 1, window: minute)) == nil)
    }

    @Test(arguments: [[], ["auth/"], ["/a b"], ["/a?b"], ["/ü"], [""]])
    func `refuses prefixes that no path begins with`(prefixes: [String]) {
        let scope = RateLimitPolicy.Scope.prefixes(prefixes)
        #expect(
            why(try RateLimitPolicy(name: "p", quota: 1, window: minute, applies: scope)) != nil)
    }

    @Test func `a limit by API key alone is called weak`() throws {
        let key = try RateLimitPolicy(name: "k", key: [.apiKey], quota: 1, window: minute)
        let all = try RateLimitPolicy(name: "a", quota: 1, window: minute)
        #expect(RateLimitPolicy.weaknesses(in: [key]).count == 1)
        #expect(RateLimitPolicy.weaknesses(in: [key, all]).isEmpty)
        #expect(all.stage == .coarse)
        #expect(key.stage == .fine)
    }
}
