import GatehouseCore
@testable import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

@Suite struct LimitDeskTests {
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
}
