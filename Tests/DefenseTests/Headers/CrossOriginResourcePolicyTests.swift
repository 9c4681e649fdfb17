import GatehouseDefense
import Testing

@Suite struct CrossOriginResourcePolicyTests {
    @Test func `refuses words of no policy`() {
        #expect(refusal { _ = try CrossOriginResourcePolicy(parsing: "none") } != nil)
    }

    @Test func `same-origin wins over same-site over cross-origin`() {
        #expect(CrossOriginResourcePolicy().value == "same-origin")
        let ours = CrossOriginResourcePolicy(.sameSite)
        #expect(ours.strictest(with: ["cross-origin"]) == ["same-site"])
        #expect(ours.strictest(with: ["same-origin"]) == ["same-origin"])
    }
}
