import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct HeaderOverridesTests {
    @Test(arguments: [
        ("X-Frame-Option", "DENY", "expected one of"), ("Server", "x", "no security header"),
        ("x-frame-options", "ALLOW", "expected one of"), ("Set-Cookie", "a=b", "no security"),
        ("Content-Security-Policy", "default-src self", "write 'self'"),
        ("Content-Security-Policy-Report-Only", "default-src 'self'", "reports to nobody"),
    ])
    func `refuses names and values that the headers refuse`(
        name: String, value: String, advice: String
    ) {
        let why = refusal { _ = try HeaderOverrides([(name, value)]) }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test func `refuses a name that stands twice`() {
        let twice: [(name: String, value: String?)] = [
            ("X-Frame-Options", "DENY"), ("x-frame-options", nil),
        ]
        #expect(refusal { _ = try HeaderOverrides(twice) }?.contains("stands twice") == true)
    }

    @Test(arguments: [
        ("Cache-Control", "private"), ("Clear-Site-Data", "\"cache\""),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
        ("Content-Security-Policy-Report-Only", "default-src 'self'; report-uri /r"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("Cross-Origin-Opener-Policy", "unsafe-none"),
        ("Cross-Origin-Resource-Policy", "cross-origin"), ("Origin-Agent-Cluster", "?0"),
        ("Permissions-Policy", "camera=()"), ("Referrer-Policy", "origin"),
        ("Reporting-Endpoints", "main=\"/r\""), ("Strict-Transport-Security", "max-age=60"),
        ("X-Content-Type-Options", "nosniff"), ("X-DNS-Prefetch-Control", "on"),
        ("X-Download-Options", "noopen"), ("X-Frame-Options", "DENY"),
        ("X-Permitted-Cross-Domain-Policies", "all"), ("X-XSS-Protection", "0"),
    ])
    func `every header can be set and switched off by name`(name: String, value: String) throws {
        let field = try #require(FieldName(name))
        let request = browserRequest()
        var response = Response.json(Array("{}".utf8))
        try ResponseHeaders(api: HeaderOverrides([(name, value)])).after(request, &response)
        #expect(response.fields.values(of: field) == [value])
        response = .json(Array("{}".utf8))
        try ResponseHeaders(api: HeaderOverrides([(name, nil)])).after(request, &response)
        #expect(!response.fields.contains(field))
    }

    @Test func `typed overrides replace, remove and add`() throws {
        var overrides = HeaderOverrides()
        overrides.set(XFrameOptions(.sameOrigin))
        overrides.dangerouslyRemove(.xFrameOptions)
        overrides.dangerouslyRemove(.referrerPolicy)
        overrides.set(ReferrerPolicy(.origin))
        var response = Response.json([])
        try ResponseHeaders(api: overrides).after(browserRequest(), &response)
        #expect(!response.fields.contains(.xFrameOptions))
        #expect(response.fields[.referrerPolicy] == "origin")
    }
}
