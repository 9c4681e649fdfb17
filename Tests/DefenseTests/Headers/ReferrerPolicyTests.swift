import GatehouseDefense
import Testing

@Suite struct ReferrerPolicyTests {
    @Test(arguments: [
        ("", "expected one of"), ("none", "expected one of"), ("never", "expected one of"),
        ("origin, origin", "stands twice"), ("no-referrer,", "expected one of"),
    ])
    func `refuses what browsers ignore`(value: String, advice: String) {
        #expect(refusal { _ = try ReferrerPolicy(parsing: value) }?.contains(advice) == true)
    }

    @Test func `keeps a chain of fall-backs, whose last word counts`() throws {
        let chain = try ReferrerPolicy(parsing: "no-referrer, strict-origin-when-cross-origin")
        #expect(chain.value == "no-referrer, strict-origin-when-cross-origin")
        #expect(chain.strictest(with: ["same-origin"]) == ["same-origin"])
        #expect(chain.strictest(with: ["unsafe-url"]) == [chain.value])
    }

    @Test(arguments: [
        (ReferrerPolicy.Policy.noReferrer, ["unsafe-url"], "no-referrer"),
        (.origin, ["no-referrer"], "no-referrer"),
        (.sameOrigin, ["strict-origin"], "same-origin"),
        (.origin, ["no-referrer", "unsafe-url"], "origin"),
        (.origin, ["something-new"], "origin"),
        (.noReferrerWhenDowngrade, ["strict-origin, future-word"], "strict-origin"),
    ])
    func `what tells other sites less wins`(
        ours: ReferrerPolicy.Policy, theirs: [String], sent: String
    ) {
        #expect(ReferrerPolicy(ours).strictest(with: theirs) == [sent])
    }
}
