@testable import GatehouseDefense
import Testing

@Suite struct CORSNamesTests {
    @Test(arguments: ["Host", "origin", "Proxy-Authorization", "Sec-CH-UA", "TE", "Cookie2"])
    func `refuses headers that browsers keep for themselves (Fetch 2.2.2)`(name: String) {
        #expect(refusal { _ = try CORSNames.checkedHeaders([name]) } != nil)
    }

    @Test func `refuses more names than the bound`() {
        let many = (0...CORSRules.namesMax).map { "x-\($0)" }
        #expect(refusal { _ = try CORSNames.checkedHeaders(many) } != nil)
        #expect(refusal { _ = try CORSNames.checkedExposed(many) } != nil)
    }

    @Test func `sorts and folds headers, exposes limits once`() throws {
        #expect(try CORSNames.checkedHeaders(["X-B", "a"]) == ["a", "x-b"])
        #expect(
            try CORSNames.checkedExposed(["ratelimit", "X-Total"]) == [
                "RateLimit-Policy", "Retry-After", "X-Request-ID", "ratelimit", "X-Total",
            ])
    }
}
