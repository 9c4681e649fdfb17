import GatehouseCore
import GatehouseDefense
@testable import GatehouseHTTP
import Testing

@Suite struct UpstreamScrubberTests {
    /// An upstream's answer as its parser would leave it.
    private func answer(
        _ status: Int, _ fields: [(String, String)], framing: BodyFraming = .length(5)
    ) -> MessageHead {
        let head = browserRequest(.get, fields).head
        head.status = status
        head.framing = framing
        return head
    }

    @Test(arguments: [
        (500, "text/html"), (500, "application/json"), (502, "text/plain"), (503, "image/png"),
        (599, "application/problem+json"), (404, "text/html; charset=utf-8"), (400, "TEXT/PLAIN"),
        (403, "application/xhtml+xml"), (422, ""),
    ])
    func `failures and error pages are replaced, their status kept (PITFALLS 68, 69)`(
        status: Int, type: String
    ) {
        let head = answer(status, [("Content-Type", type), ("X-Debug", "trace")])
        let rejection = UpstreamScrubber.replacement(for: head)
        #expect(rejection?.status == status && rejection?.code == .upstreamError)
        #expect(rejection?.fields.isEmpty == true)
    }

    @Test(arguments: [
        (400, "application/json"), (404, "application/problem+json"), (409, "application/xml"),
        (200, "text/html"), (304, "text/html"), (301, "text/plain"), (101, ""),
    ])
    func `what an API says to its clients passes`(status: Int, type: String) {
        #expect(UpstreamScrubber.replacement(for: answer(status, [("Content-Type", type)])) == nil)
    }

    @Test func `a body of no declared type is an error page; no body is none`() {
        #expect(UpstreamScrubber.replacement(for: answer(404, [])) != nil)
        #expect(UpstreamScrubber.replacement(for: answer(404, [], framing: .none)) == nil)
        #expect(UpstreamScrubber.replacement(for: answer(500, [], framing: .none)) != nil)
    }

    @Test func `a status beyond HTTP is an invalid answer`() {
        let rejection = UpstreamScrubber.replacement(for: answer(600, []))
        #expect(rejection?.status == 502 && rejection?.code == .upstreamInvalid)
    }

    @Test func `fields that the status obliges to stay, those of the body go`() throws {
        let fields = [
            ("Content-Type", "text/html"), ("ETag", "\"x\""), ("WWW-Authenticate", "Basic"),
            ("WWW-Authenticate", "Bearer"), ("Set-Cookie", "id=; Max-Age=0"), ("X-Debug", "trace"),
            ("Retry-After", "3"),
        ]
        let refused = try #require(UpstreamScrubber.replacement(for: answer(401, fields)))
        #expect(refused.fields.values(of: .wwwAuthenticate) == ["Basic", "Bearer"])
        #expect(refused.fields.count == 4)
        let failed = try #require(UpstreamScrubber.replacement(for: answer(503, fields)))
        #expect(failed.fields.lines.map(\.name) == ["Retry-After"])
    }
}
