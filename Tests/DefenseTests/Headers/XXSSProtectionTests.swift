import GatehouseDefense
import Testing

@Suite struct XXSSProtectionTests {
    @Test(arguments: ["1", "1; mode=block", "off", ""])
    func `refuses the filter that made holes`(value: String) {
        let why = refusal { _ = try XXSSProtection(parsing: value) }
        #expect(why?.contains("only 0 is safe") == true)
    }

    @Test func `switches the filter off even where an upstream wants it`() {
        #expect(XXSSProtection().strictest(with: ["1; mode=block"]) == ["0"])
    }
}
