import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

/// What is corrected once a request is over.
@Suite struct LimitSettlementTests {
    private let minute = Duration.seconds(60)

    @Test func `refuses what is too many at a time, and gives a place back with every end`() throws
    {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", algorithm: .concurrency, quota: 2, window: .seconds(600)))
        let first = asker.send()
        let second = asker.send()
        let third = asker.send()
        #expect(first.isAdmitted && second.isAdmitted && !third.isAdmitted)
        #expect(third.refusal?.retryAfter == 1)
        #expect(
            asker.fields(third) == [
                "RateLimit-Policy: \"p\";q=2;qu=\"concurrent-requests\"", "RateLimit: \"p\";r=0",
            ])
        asker.end(third)
        #expect(!asker.send().isAdmitted, "a refused request gave back what it never took")
        for status in [200, 404, 500, 503, 408] {
            asker.now += LimitAsker.second
            asker.end(status == 200 ? first : second, status: status)
            let next = asker.send()
            #expect(next.isAdmitted, "after \(status)")
            asker.end(next)
            if status == 200 { continue }
            break
        }
        let held = (0..<2).map { _ in asker.send() }
        #expect(held.allSatisfy(\.isAdmitted) && !asker.send().isAdmitted)
    }

    @Test func `a place whose end was lost is free after the window`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", algorithm: .concurrency, quota: 1, window: .seconds(10)))
        #expect(asker.send().isAdmitted)
        asker.now = 10 * LimitAsker.second - 1
        #expect(!asker.send().isAdmitted)
        asker.now = 10 * LimitAsker.second
        #expect(asker.send().isAdmitted)
    }

    @Test func `a request that was answered already takes nothing any more`() throws {
        let policy = try RateLimitPolicy(
            name: "p", algorithm: .concurrency, quota: 1, window: .seconds(10))
        let control = try RateLimit([policy])
        let request = parsedRequest()
        request.limits.isClosed = true
        #expect(throws: Rejection.self) { try control.before(request) }
        let other = parsedRequest()
        _ = try control.before(other)
    }

    @Test func `only failures count, and none slips through beside others`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "login", quota: 2, window: .seconds(60), counts: .failures))
        for _ in 0..<10 { #expect(asker.ask(status: 204)) }
        #expect(asker.ask(status: 401))
        // In flight a request counts, as if it failed.
        let pending = asker.send()
        #expect(pending.isAdmitted && !asker.ask(status: 200))
        asker.end(pending, status: 200)
        #expect(asker.ask(status: 401))
        let refused = asker.send()
        #expect(refused.refusal?.code == .abnormalUsage)
        #expect(
            String(decoding: refused.refusal?.members ?? [], as: UTF8.self)
                == ",\"violated-policies\":[\"login\"]")
    }

    @Test func `only successes count`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", quota: 1, window: .seconds(60), counts: .successes))
        for _ in 0..<5 { #expect(asker.ask(status: 422)) }
        #expect(asker.ask(status: 201))
        #expect(!asker.ask(status: 201))
    }

    @Test func `a request that another limit refused is no failure of its caller`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "login", quota: 2, window: .seconds(60), counts: .failures),
            RateLimitPolicy(name: "all", quota: 1, window: .seconds(10)))
        #expect(asker.ask(status: 200))
        for _ in 0..<5 { #expect(!asker.ask()) }
        asker.now = 10 * LimitAsker.second
        #expect(asker.ask(status: 401))
        asker.now = 20 * LimitAsker.second
        #expect(asker.ask(status: 401))
        asker.now = 30 * LimitAsker.second
        #expect(!asker.ask(status: 401))
    }

    @Test func `bytes are charged afterwards, and a request passes while anything is left`() throws
    {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "traffic", quota: 1_000, unit: .bytes, window: .seconds(60)))
        let first = asker.send()
        #expect(
            asker.fields(first) == [
                "RateLimit-Policy: \"traffic\";q=1000;qu=\"content-bytes\";w=60",
                "RateLimit: \"traffic\";r=1000",
            ])
        asker.end(first, received: 100, sent: 850)
        let second = asker.send()
        #expect(second.isAdmitted)
        #expect(asker.fields(second).last?.hasPrefix("RateLimit: \"traffic\";r=50;t=") == true)
        asker.end(second, sent: 500)
        let third = asker.send()
        #expect(!third.isAdmitted, "a debt")
        asker.end(third, sent: 300)
        #expect(!asker.send().isAdmitted)
    }

    @Test func `large budgets are counted in larger units, never to the client's advantage`() throws
    {
        let policy = try RateLimitPolicy(
            name: "p", quota: 1 << 40, unit: .bytes, window: .seconds(60))
        #expect(policy.scale == 1 << 10)
        let asker = try LimitAsker(policy)
        asker.end(asker.send(), sent: 1)
        #expect(
            asker.fields(asker.send()).last?
                .hasPrefix("RateLimit: \"p\";r=\((1 << 40) - (1 << 10))") == true)
    }

    @Test func `cost is taken by the route and corrected by the handler`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", quota: 20, unit: .cost, window: .seconds(60)))
        let dear = Route(
            name: "report", methods: [.get], pattern: "/", access: .anyone, cost: 10, index: 0)
        func left(_ sent: LimitAsker.Sent) -> String? {
            asker.fields(sent).last.map { String($0.split(separator: ";")[1]) }
        }
        let first = asker.send(route: dear)
        #expect(left(first) == "r=10" && first.request.cost == 10)
        first.request.addCost(3)
        asker.end(first)
        let second = asker.send()
        #expect(left(second) == "r=6")
        second.request.cost = 0
        asker.end(second)
        #expect(left(asker.send()) == "r=6")
        let third = asker.send(route: dear)
        #expect(!third.isAdmitted)
        third.request.addCost(1_000)
        asker.end(third)
        #expect(asker.ask(), "a refused request never consumes, whatever it says")
    }

    @Test func `code charges and gives back, within bounds`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", quota: 10, window: .seconds(60)))
        let first = asker.send()
        first.request.penalize("p", by: 4)
        first.request.penalize("unknown", by: 100)
        asker.end(first)
        #expect(asker.fields(asker.send()).last?.hasPrefix("RateLimit: \"p\";r=4;") == true)
        let third = asker.send()
        third.request.reward("p", by: 100)
        asker.end(third)
        #expect(
            asker.fields(asker.send()).last?.hasPrefix("RateLimit: \"p\";r=3;") == true,
            "no more than it took")
        let last = asker.send()
        for _ in 0..<100 { last.request.penalize("p", by: .max) }
        asker.end(last)
        #expect(!asker.ask())
    }

    @Test func `a policy in shadow refuses nobody, tells nobody, and reports`() throws {
        let ranking = LimitRanking()
        let asker = try LimitAsker(
            RateLimitPolicy(name: "new", quota: 1, window: .seconds(60), isShadow: true),
            RateLimitPolicy(name: "old", quota: 3, window: .seconds(60)),
            rankings: ["new": ranking])
        #expect(asker.ask())
        let second = asker.send()
        #expect(second.isAdmitted)
        #expect(second.request.limits.items.contains { $0.isShadow && $0.isRefused })
        #expect(second.request.limits.violated.isEmpty)
        #expect(
            asker.fields(second) == [
                "RateLimit-Policy: \"old\";q=3;w=60", "RateLimit: \"old\";r=1;t=60",
            ])
        asker.end(second)
        #expect(asker.ask())
        #expect(!asker.ask())
        let top = ranking.top(10)
        #expect(top.refused.map(\.client) == ["192.0.2.1"] && top.refused[0].count == 3)
    }

    @Test func `clients are told their counters apart by a word that says nothing`() throws {
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", quota: 9, window: .seconds(60), tellsPartition: true))
        func word(_ client: String) -> Substring? {
            asker.fields(asker.send(client)).last?.split(separator: "=").last
        }
        let one = try #require(word("192.0.2.1"))
        #expect(one.hasPrefix(":") && one.hasSuffix(":") && one.count == 10)
        #expect(word("192.0.2.1") == one && word("192.0.2.2") != one)
    }
}
