import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct SecurityHeaderTests {
    @Test func `words that browsers do not know never win`() {
        let theirs = ["SAMEORIGIN", "", "denied", "ALLOWALL"]
        #expect(XFrameOptions(.deny).strictest(with: theirs) == ["DENY"])
        #expect(XFrameOptions(.sameOrigin).strictest(with: ["denied"]) == ["SAMEORIGIN"])
    }

    @Test func `a header is added once, in place of all lines of its name`() throws {
        var fields = Fields()
        fields.tighten(with: XContentTypeOptions())
        #expect(fields.lines.map(\.value) == ["nosniff"])
        try fields.append(.xContentTypeOptions, "sniff")
        try fields.append(.eTag, "\"x\"")
        fields.tighten(with: XContentTypeOptions())
        #expect(fields.lines.map(\.name) == ["ETag", "X-Content-Type-Options"])
    }

    @Test func `a received value can't split the message`() throws {
        var fields = Fields()
        #expect(throws: FieldError.self) {
            try fields.append(.contentSecurityPolicy, "default-src *\r\nSet-Cookie: a=b")
        }
        #expect(fields.isEmpty)
    }
}
