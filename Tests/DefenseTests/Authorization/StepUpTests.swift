import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct StepUpTests {
    private func refusal(methods: [String], age: Int64?) throws -> Rejection? {
        var rule = ObjectRule()
        rule.stepUp = .seconds(600)
        let time = age.map { WallTime(seconds: 1_800_000_000 - $0) }
        let principal = Principal(
            subject: "a", issuer: "t", expires: WallTime(seconds: .max),
            authentication: AuthenticationFacts(methods: methods, time: time))
        return StepUp().refusal(
            try routedRequest("/items", "/items", object: rule, principal: principal))
    }

    @Test func `refuses old, future and unknown proofs, and a password alone`() throws {
        for (methods, age) in [
            (["pwd", "otp"], 601), (["pwd", "mfa"], nil), (["pwd"], 1), ([], 1), (["mfa"], -60),
            (["mfa"], 100_000_000_000),
        ] as [([String], Int64?)] {
            let refused = try refusal(methods: methods, age: age)
            #expect(refused?.status == 401 && refused?.code == .stepUpRequired, "\(methods)")
            let challenge = refused?.fields[.wwwAuthenticate] ?? ""
            #expect(challenge.contains(#"error="insufficient_user_authentication""#))
            #expect(challenge.contains("max_age=600"))
        }
        #expect(try refusal(methods: ["pwd", "otp", "mfa"], age: 600) == nil)
        #expect(try refusal(methods: ["pwd", "rc"], age: 0) == nil)
    }

    @Test func `asks nothing where the route does not`() throws {
        let request = try routedRequest("/items", "/items", object: ObjectRule(), principal: nil)
        #expect(StepUp().refusal(request) == nil)
    }
}
