import GatehouseCore
@testable import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

/// What commands and code find is what requests count.
@Suite struct LimitClientTests {
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
}
