import GatehouseDefense
import Testing

@Suite struct OriginAgentClusterTests {
    @Test(arguments: ["1", "true", "?2"])
    func `refuses what is no boolean of structured fields`(value: String) {
        #expect(refusal { _ = try OriginAgentCluster(parsing: value) } != nil)
    }

    @Test func `keyed by origin wins`() {
        #expect(OriginAgentCluster().value == "?1")
        #expect(OriginAgentCluster(.siteKeyed).strictest(with: ["?1"]) == ["?1"])
        #expect(OriginAgentCluster(.originKeyed).strictest(with: ["?0"]) == ["?1"])
    }
}
