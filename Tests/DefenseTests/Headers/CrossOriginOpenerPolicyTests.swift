import GatehouseDefense
import Testing

@Suite struct CrossOriginOpenerPolicyTests {
    @Test func `refuses words of no policy`() {
        let why = refusal { _ = try CrossOriginOpenerPolicy(parsing: "same-site") }
        #expect(why?.contains("same-origin-allow-popups") == true)
    }

    @Test func `same-origin wins over the kinds of pop-ups over unsafe-none`() {
        #expect(CrossOriginOpenerPolicy().value == "same-origin")
        let ours = CrossOriginOpenerPolicy(.sameOriginAllowPopups)
        #expect(ours.strictest(with: ["unsafe-none"]) == ["same-origin-allow-popups"])
        #expect(ours.strictest(with: ["noopener-allow-popups"]) == ["noopener-allow-popups"])
        #expect(ours.strictest(with: ["same-origin"]) == ["same-origin"])
    }
}
