import GatehouseDefense
import Testing

@Suite struct XDNSPrefetchControlTests {
    @Test func `refuses words that are neither on nor off`() {
        #expect(refusal { _ = try XDNSPrefetchControl(parsing: "0") }?.contains("off, on") == true)
    }

    @Test func `off wins over on`() {
        #expect(XDNSPrefetchControl().value == "off")
        #expect(XDNSPrefetchControl(.on).strictest(with: ["off"]) == ["off"])
        #expect(XDNSPrefetchControl(.off).strictest(with: ["on"]) == ["off"])
        #expect(XDNSPrefetchControl(.on).strictest(with: ["maybe"]) == ["on"])
    }
}
