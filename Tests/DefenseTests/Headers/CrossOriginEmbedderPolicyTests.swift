import GatehouseDefense
import Testing

@Suite struct CrossOriginEmbedderPolicyTests {
    @Test func `refuses words of no policy`() {
        #expect(refusal { _ = try CrossOriginEmbedderPolicy(parsing: "require") } != nil)
    }

    @Test func `require-corp wins over credentialless over unsafe-none`() {
        #expect(CrossOriginEmbedderPolicy().value == "require-corp")
        let ours = CrossOriginEmbedderPolicy(.credentialless)
        #expect(ours.strictest(with: ["unsafe-none"]) == ["credentialless"])
        #expect(ours.strictest(with: ["require-corp; report-to=\"x\""]) == ["require-corp"])
    }
}
