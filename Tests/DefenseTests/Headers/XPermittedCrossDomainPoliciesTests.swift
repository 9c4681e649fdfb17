import GatehouseDefense
import Testing

@Suite struct XPermittedCrossDomainPoliciesTests {
    @Test func `refuses words of no policy`() {
        #expect(refusal { _ = try XPermittedCrossDomainPolicies(parsing: "some") } != nil)
    }

    @Test func `the smaller permission wins`() {
        let ours = XPermittedCrossDomainPolicies(.masterOnly)
        #expect(ours.strictest(with: ["all"]) == ["master-only"])
        #expect(ours.strictest(with: ["none"]) == ["none"])
        #expect(XPermittedCrossDomainPolicies().value == "none")
    }
}
