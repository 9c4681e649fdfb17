import GatehouseCore
import Testing

@testable import GatehouseObservability

@Suite struct QueryRedactionTests {
    private func show(_ query: String, safe: [String] = []) throws -> String {
        var output: [UInt8] = []
        var scratch = RedactionScratch()
        let bytes = Array(query.utf8)
        try QueryRedaction(safe: safe).append(bytes.raw, to: &output, using: &scratch)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func `hides every value and shows names`() throws {
        #expect(try show("page=2&email=a@b.c") == "page=[redacted]&email=[redacted]")
        #expect(try show("a=1;b=2") == "a=[redacted];b=[redacted]")
        #expect(try show("empty=&x=0") == "empty=&x=[redacted]")
    }

    @Test func `hides a part without a name whole, since a bare token looks so`() throws {
        #expect(try show("c2VjcmV0") == "[redacted]")
        #expect(try show("a=1&c2VjcmV0") == "a=[redacted]&[redacted]")
        #expect(try show("AKIAIOSFODNN7EXAMPLE=1") == "[redacted]=[redacted]")
    }

    @Test func `shows values that are declared safe, secrets in them apart`() throws {
        #expect(try show("page=2&q=x", safe: ["page"]) == "page=2&q=[redacted]")
        #expect(try show("p%61ge=2", safe: ["page"]) == "p%61ge=2")
        #expect(try show("Page=2", safe: ["page"]) == "Page=[redacted]")
        #expect(try show("page=Bearer+abc123", safe: ["page"]) == "page=Bearer+[redacted]")
    }

    @Test func `refuses to declare a secret safe`() {
        #expect(throws: ConfigurationError.self) { try QueryRedaction(safe: ["access_token"]) }
    }

    @Test func `bounds what it shows`() throws {
        let many = (0..<100).map { "p\($0)=1" }.joined(separator: "&")
        let shown = try show(many)
        #expect(shown.hasSuffix("…[cut: \(many.utf8.count) bytes]"))
        #expect(shown.count { $0 == "=" } == QueryRedaction.parametersMax)
        #expect(try show(String(repeating: "n", count: 5_000) + "=1").utf8.count < 150)
        #expect(try show("&&=&").utf8.count < 20)
    }
}
