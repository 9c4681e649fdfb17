import GatehouseDefense
import Testing

@Suite struct XFrameOptionsTests {
    @Test(arguments: [
        ("ALLOW-FROM https://a.example", "frame-ancestors"), ("", "DENY, SAMEORIGIN"),
        ("DENY, SAMEORIGIN", "expected one of"), ("NONE", "expected one of"),
    ])
    func `refuses what browsers ignore`(value: String, advice: String) {
        let why = refusal { _ = try XFrameOptions(parsing: value) }
        #expect(why?.contains(advice) == true)
    }

    @Test func `reads its words in any case and writes the usual one`() throws {
        #expect(try XFrameOptions(parsing: "deny").value == "DENY")
        #expect(try XFrameOptions(parsing: "SameOrigin").value == "SAMEORIGIN")
        #expect(XFrameOptions().value == "DENY")
    }

    @Test(arguments: [
        (XFrameOptions.Policy.sameOrigin, ["DENY"], "DENY"),
        (.deny, ["SAMEORIGIN"], "DENY"),
        (.sameOrigin, ["SAMEORIGIN", "deny"], "DENY"),
        (.sameOrigin, ["SAMEORIGIN, DENY"], "DENY"),
        (.sameOrigin, ["ALLOW-FROM https://a.example"], "SAMEORIGIN"),
    ])
    func `DENY wins over SAMEORIGIN over what is ignored`(
        ours: XFrameOptions.Policy, theirs: [String], sent: String
    ) {
        #expect(XFrameOptions(ours).strictest(with: theirs) == [sent])
    }
}
