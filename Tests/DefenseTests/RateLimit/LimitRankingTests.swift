import GatehouseCore
@testable import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

@Suite struct LimitRankingTests {
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
