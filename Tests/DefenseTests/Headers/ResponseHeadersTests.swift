import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct ResponseHeadersTests {
    private func sent(
        _ response: Response, secure: Bool = true, _ headers: ResponseHeaders? = nil
    ) throws -> Fields {
        var response = response
        let headers = try headers ?? ResponseHeaders()
        headers.after(browserRequest(secure: secure), &response)
        return response.fields
    }

    private func response(_ type: String?, _ fields: [(FieldName, String)] = []) throws -> Response
    {
        var response = Response(status: 200, contentType: type.flatMap(MediaType.init))
        for (name, value) in fields { try response.fields.append(name, value) }
        return response
    }

    @Test(arguments: [
        (["X-Frame-Options": "SAMEORIGIN"], "contradicts frame-ancestors"),
        (["Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'"], "contradicts"),
        (
            ["Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; report-to r"],
            "Reporting-Endpoints"
        ),
    ])
    func `refuses headers that contradict each other`(overrides: [String: String], why: String) {
        let refused = refusal {
            let values = overrides.map { (name: $0.key, value: String?.some($0.value)) }
            _ = try ResponseHeaders(api: HeaderOverrides(values))
        }
        #expect(refused?.contains(why) == true, "\(refused ?? "accepted")")
    }

    @Test func `an API answer allows nothing and is not kept (PITFALLS 82, 86)`() throws {
        let fields = try sent(response("application/json"))
        #expect(fields[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
        #expect(fields[.cacheControl] == "no-store")
        #expect(fields[.xContentTypeOptions] == "nosniff")
        #expect(fields[.xFrameOptions] == "DENY")
        #expect(fields[.crossOriginResourcePolicy] == "same-origin")
        #expect(fields[.referrerPolicy] == "no-referrer")
        #expect(fields[.strictTransportSecurity] == "max-age=31536000; includeSubDomains")
        #expect(fields.count == 7)
    }

    @Test func `a page has every header of helmet, and no unsafe-inline (PITFALLS 82, 83, 86)`()
        throws
    {
        // helmet 8.3's defaults; where ours differs, it is the stricter value.
        let helmet: [(FieldName, String, String)] = [
            (.crossOriginOpenerPolicy, "same-origin", "same-origin"),
            (.crossOriginResourcePolicy, "same-origin", "same-origin"),
            (.originAgentCluster, "?1", "?1"),
            (.referrerPolicy, "no-referrer", "same-origin"),
            (
                .strictTransportSecurity, "max-age=31536000; includeSubDomains",
                "max-age=31536000; includeSubDomains"
            ),
            (.xContentTypeOptions, "nosniff", "nosniff"),
            (.xDNSPrefetchControl, "off", "off"),
            (.xDownloadOptions, "noopen", "noopen"),
            (.xFrameOptions, "SAMEORIGIN", "SAMEORIGIN"),
            (.xPermittedCrossDomainPolicies, "none", "none"),
            (.xXSSProtection, "0", "0"),
        ]
        let fields = try sent(response("text/html; charset=utf-8"))
        for (name, _, ours) in helmet { #expect(fields.values(of: name) == [ours], "\(name)") }
        let policy = try #require(fields[.contentSecurityPolicy])
        let directives = [
            "default-src 'self'", "base-uri 'self'", "font-src 'self' data:", "form-action 'self'",
            "frame-ancestors 'self'", "img-src 'self' data:", "object-src 'none'",
            "script-src 'self'", "script-src-attr 'none'", "style-src 'self'",
        ]
        #expect(policy == directives.joined(separator: "; "))
        #expect(!policy.contains("unsafe") && !policy.contains("https:"))
        #expect(fields[.cacheControl] == "no-store")
        #expect(fields[.permissionsPolicy]?.contains("camera=()") == true)
        #expect(!fields.contains(.crossOriginEmbedderPolicy))
        #expect(!fields.contains(.clearSiteData))
    }

    @Test(arguments: [
        ("text/html", true), ("TEXT/HTML;charset=utf-8", true), ("application/xhtml+xml", true),
        ("text/html ", true), ("application/json", false), ("application/problem+json", false),
        ("text/plain", false), ("image/svg+xml", false), ("application/xml", false),
        ("text/html5", false), ("text", false), ("", false),
    ])
    func `the response's media type chooses the preset`(type: String, isPage: Bool) throws {
        let fields = try sent(response(nil, [(.contentType, type)]))
        #expect(fields.contains(.xDownloadOptions) == isPage)
        guard !type.isEmpty else { return }
        #expect(try sent(response(type)).contains(.xDownloadOptions) == isPage)
    }

    @Test func `no media type is an API answer`() throws {
        #expect(try sent(response(nil)).count == 7)
    }

    @Test func `HSTS stays off plain HTTP, an upstream's too (RFC 6797 section 7.2)`() throws {
        let plain = try sent(response("application/json"), secure: false)
        #expect(!plain.contains(.strictTransportSecurity) && plain.count == 6)
        let theirs = try response(
            "application/json", [(.strictTransportSecurity, "max-age=1"), (.eTag, "\"x\"")])
        #expect(!(try sent(theirs, secure: false)).contains(.strictTransportSecurity))
    }

    @Test func `the strictest wins, and no single-valued header stands twice`() throws {
        let fields = try sent(
            response(
                "application/json",
                [
                    (.xFrameOptions, "SAMEORIGIN"), (.xFrameOptions, "ALLOWALL"),
                    (.cacheControl, "public, max-age=600"), (.referrerPolicy, "unsafe-url"),
                    (.strictTransportSecurity, "max-age=63072000"),
                    (.contentSecurityPolicy, "default-src 'self'"),
                    (.xContentTypeOptions, "nosniff"), (.crossOriginResourcePolicy, "cross-origin"),
                ]))
        #expect(fields.values(of: .xFrameOptions) == ["DENY"])
        #expect(fields.values(of: .cacheControl) == ["no-store"])
        #expect(fields.values(of: .referrerPolicy) == ["no-referrer"])
        let age = "max-age=63072000; includeSubDomains"
        #expect(fields.values(of: .strictTransportSecurity) == [age])
        #expect(fields.values(of: .xContentTypeOptions) == ["nosniff"])
        #expect(fields.values(of: .crossOriginResourcePolicy) == ["same-origin"])
        let both = ["default-src 'self'", "default-src 'none'; frame-ancestors 'none'"]
        #expect(fields.values(of: .contentSecurityPolicy) == both)
    }

    @Test func `a header that is switched off is the upstream's own`() throws {
        let headers = try ResponseHeaders(api: HeaderOverrides([("Cache-Control", nil)]))
        let theirs = try response("application/json", [(.cacheControl, "public, max-age=600")])
        #expect(try sent(theirs, secure: true, headers)[.cacheControl] == "public, max-age=600")
    }

    @Test func `leaking headers of handlers go, all others stay (PITFALLS 84, 85)`() throws {
        let name = try #require(FieldName("X-AspNet-Version"))
        let total = try #require(FieldName("X-Total-Count"))
        let fields = try sent(
            response(
                "application/json",
                [(.server, "x/1"), (name, "4"), (total, "7"), (.rateLimit, "\"d\";r=1")]))
        #expect(!fields.contains(.server) && !fields.contains(name))
        #expect(fields[total] == "7" && fields[.rateLimit] == "\"d\";r=1")
    }

    @Test func `a 304 carries only what both presets say, or it would rewrite a stored page`()
        throws
    {
        let fields = try sent(Response(status: 304))
        #expect(!fields.contains(.contentSecurityPolicy) && !fields.contains(.xFrameOptions))
        #expect(fields[.xContentTypeOptions] == "nosniff" && fields[.cacheControl] == "no-store")
    }

    @Test func `each header is a control of its own`() throws {
        var response = try response("application/json", [(.xFrameOptions, "SAMEORIGIN")])
        XFrameOptions(.deny).after(browserRequest(), &response)
        CrossOriginEmbedderPolicy().after(browserRequest(), &response)
        #expect(response.fields.values(of: .xFrameOptions) == ["DENY"])
        #expect(response.fields[.crossOriginEmbedderPolicy] == "require-corp")
    }
}
