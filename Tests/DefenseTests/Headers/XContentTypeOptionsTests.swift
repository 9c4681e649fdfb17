import GatehouseDefense
import Testing

@Suite struct XContentTypeOptionsTests {
    @Test(arguments: ["", "sniff", "nosniff, nosniff", "none"])
    func `refuses everything but nosniff`(value: String) {
        #expect(refusal { _ = try XContentTypeOptions(parsing: value) } != nil)
    }

    @Test func `says nosniff once, whatever was there`() throws {
        #expect(try XContentTypeOptions(parsing: "NoSniff").value == "nosniff")
        #expect(XContentTypeOptions().strictest(with: ["", "nosniff"]) == ["nosniff"])
    }
}
