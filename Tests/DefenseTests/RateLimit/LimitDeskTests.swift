import GatehouseCore
@testable import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

/// What commands and code find is what requests count.
@Suite struct LimitDeskTests {
    @Test func `every key of a named client is the key of its requests`() async throws {
        let caller = Principal.named("ada", session: "s1", key: "k1")
        let route = Route(name: "r", methods: [.get], pattern: "/", access: .anyone, index: 0)
        var client = LimitClient.address(IPAddress("2001:db8:1:2::3")!)
        client.account = "ada"
        client.issuer = "test"
        client.session = "s1"
        client.apiKeyID = "k1"
        client.route = "r"
        var counted = 0
        for key in RateLimitPolicy.Key.allCases where key != .asn {
            for second in [RateLimitPolicy.Key?.none, .some(.route)] where second != key {
                let asker = try LimitAsker(
                    RateLimitPolicy(
                        name: "p", key: [key] + (second.map { [$0] } ?? []), quota: 5,
                        window: .seconds(60)))
                #expect(asker.send("2001:db8:1:2::9", principal: caller, route: route).isAdmitted)
                let standings = try await asker.control.desk.standings(
                    of: client, policy: nil, at: MonotonicTime(nanoseconds: 0))
                #expect(standings.map(\.remaining) == [4], "\(key)")
                counted += 1
            }
        }
        print("keys compared: \(counted)")
        #expect(counted > 8)
    }

    @Test func `a policy's counters are forgotten all at once`() async throws {
        let ranking = LimitRanking()
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", quota: 1, window: .seconds(60)),
            rankings: ["p": ranking])
        #expect(asker.ask("192.0.2.1") && asker.ask("192.0.2.2") && !asker.ask("192.0.2.1"))
        #expect(asker.control.desk.clients(of: "p") == 2)
        #expect(ranking.top(5).refused.count == 1)
        #expect(asker.control.desk.reset(policy: "p"))
        #expect(asker.control.desk.clients(of: "p") == 0 && ranking.top(5).refused.isEmpty)
        #expect(asker.ask("192.0.2.1") && asker.ask("192.0.2.2"))
    }

    @Test func `a key that nobody checked is never shown`() throws {
        let ranking = LimitRanking()
        let asker = try LimitAsker(
            RateLimitPolicy(name: "p", key: [.apiKey], quota: 1, window: .seconds(60)),
            rankings: ["p": ranking])
        for _ in 0..<3 { _ = asker.send(fields: [("X-API-Key", "very-secret-key")]) }
        let place = try #require(ranking.top(1).refused.first)
        #expect(place.count == 2 && place.client.hasPrefix("key #"))
        #expect(!place.client.contains("secret"))
    }
}

@Suite struct SpaceSavingTests {
    @Test func `who comes often is found among many who come once, in 100 places`() {
        var table = SpaceSaving()
        var generator = SystemRandomNumberGenerator()
        let heavy = (0..<10).map { CounterKey(high: UInt64($0), low: 7) }
        var counts = 0
        for round in 0..<20_000 {
            if round % 20 < 10 {
                table.add(heavy[round % 20], 1) { "heavy \(round % 20)" }
                counts += 1
            } else {
                let key = CounterKey(high: generator.next(), low: generator.next())
                table.add(key, 1) { "light" }
            }
        }
        let top = table.top(10)
        #expect(Set(top.map(\.client)) == Set((0..<10).map { "heavy \($0)" }))
        for place in top {
            #expect(place.count - place.error <= 1_000 && place.count >= 1_000)
        }
        #expect(table.top(1_000).count == 100)
        print("space saving: \(counts) of heavy clients, 10 of them found")
    }
}
