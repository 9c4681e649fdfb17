import GatehouseDefense
import Testing

@Suite struct ClearSiteDataTests {
    @Test(arguments: [
        ("cache", "without quotes"), ("\"cash\"", "expected some of"), ("", "without quotes"),
        ("\"*\", \"cache\"", "covers the others"), ("\"cache\",\"cache\"", "stands twice"),
    ])
    func `refuses what browsers ignore`(value: String, advice: String) {
        #expect(refusal { _ = try ClearSiteData(parsing: value) }?.contains(advice) == true)
    }

    @Test func `refuses to clear nothing`() {
        #expect(refusal { _ = try ClearSiteData([]) } != nil)
    }

    @Test func `clears what either wants`() throws {
        let header = try ClearSiteData()
        #expect(header.value == "\"cache\", \"cookies\", \"storage\"")
        let cookies = try ClearSiteData([.cookies])
        #expect(cookies.strictest(with: ["\"storage\""]) == ["\"cookies\", \"storage\""])
        #expect(cookies.strictest(with: ["\"*\""]) == ["\"*\""])
    }
}
