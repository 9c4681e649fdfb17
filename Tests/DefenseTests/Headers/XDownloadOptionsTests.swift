import GatehouseDefense
import Testing

@Suite struct XDownloadOptionsTests {
    @Test func `refuses everything but noopen`() {
        #expect(refusal { _ = try XDownloadOptions(parsing: "open") } != nil)
        #expect(XDownloadOptions().value == "noopen")
    }

    @Test func `says noopen once, whatever was there`() {
        #expect(XDownloadOptions().strictest(with: ["x", "noopen"]) == ["noopen"])
    }
}
