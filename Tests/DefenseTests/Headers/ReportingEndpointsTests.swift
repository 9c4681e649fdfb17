import GatehouseDefense
import Testing

@Suite struct ReportingEndpointsTests {
    @Test(arguments: [
        ("main=https://r.example", "expected name"), ("main=\"http://r.example\"", "https://"),
        ("Main=\"/r\"", "no name"), ("main=\"/r\", main=\"/s\"", "stands twice"),
        ("", "expected name"),
    ])
    func `refuses what browsers ignore`(value: String, advice: String) {
        #expect(refusal { _ = try ReportingEndpoints(parsing: value) }?.contains(advice) == true)
    }

    @Test func `names groups, and ours alone`() throws {
        let text = "main=\"https://r.example/csp\", local=\"/reports\""
        let header = try ReportingEndpoints(parsing: text)
        #expect(header.value == text)
        #expect(header.strictest(with: ["main=\"https://else.example\""]) == [text])
    }
}
