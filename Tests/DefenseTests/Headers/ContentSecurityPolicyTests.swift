import GatehouseDefense
import Testing

@Suite struct ContentSecurityPolicyTests {
    @Test(arguments: [
        ("", "holds no directive"), ("default-src", "write 'none'"),
        ("frame-ancestors 'none'", "default-src is missing"),
        ("default-src 'self'; default-src 'none'", "stands twice"),
        ("default-src 'self';; img-src *", "extra ;"),
        ("defualt-src 'self'", "expected one of"),
        ("default-src self", "write 'self'"), ("default-src none", "write 'none'"),
        ("default-src unsafe-inline", "without quotes"),
        ("default-src 'none' https:", "must stand alone"),
        ("default-src 'self' 'self'", "stands twice"),
        ("default-src 'sefl'", "expected one of"),
        ("default-src 'self' a.example,b.example", "would end the directive"),
        ("default-src 'self'; script-src 'nonce-abc'", "must be new"),
        ("default-src 'self'; script-src 'sha256-abc'", "expected one of"),
        ("default-src 'self'; script-src 'unsafe-inline' 'strict-dynamic'", "ignore"),
        ("default-src 'self'; img-src 'unsafe-inline'", "ignore"),
        ("default-src 'self'; frame-ancestors 'unsafe-inline'", "ignore"),
        ("default-src 'self'; img-src https:/a.example", "neither a host"),
        ("default-src 'self'; img-src a.example?x", "neither a host"),
        ("default-src 'self'; img-src a_b*", "neither a host"),
        ("default-src 'self'; img-src bücher.example", "xn--"),
        ("default-src 'self'; sandbox allow-everything", "expected some of"),
        ("default-src 'self'; upgrade-insecure-requests 1", "takes no value"),
        ("default-src 'self'; block-all-mixed-content", "no longer read"),
        ("default-src 'self'; plugin-types x", "object-src 'none'"),
        ("default-src 'self'; referrer no-referrer", "Referrer-Policy"),
        ("default-src 'self'; report-uri http://r.example", "https://"),
        ("default-src 'self'; report-to", "one group"),
        ("default-src 'self'; require-trusted-types-for script", "'script'"),
        ("default-src 'self'; trusted-types 'none' a", "must stand alone"),
    ])
    func `refuses what browsers ignore or read otherwise`(value: String, advice: String) {
        let why = refusal { _ = try ContentSecurityPolicy(parsing: value) }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test(arguments: [
        ("default-src 'self'", "reports to nobody"),
        ("default-src 'self'; sandbox; report-to r", "ignored when reporting"),
        ("default-src 'self'; upgrade-insecure-requests; report-to r", "ignored when reporting"),
    ])
    func `refuses a report-only policy that does nothing`(value: String, advice: String) {
        let why = refusal { _ = try ContentSecurityPolicy(parsing: value, mode: .reportOnly) }
        #expect(why?.contains(advice) == true)
    }

    @Test(arguments: [
        "default-src 'none'; frame-ancestors 'none'",
        "default-src 'self' https: data: *.example.com https://a.example:8443/x/ wss://b.example:*",
        "default-src *; img-src 'self' blob:; connect-src 'none'; sandbox; trusted-types a b",
        "default-src 'self'; script-src 'strict-dynamic' "
            + "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; report-uri /csp",
        "default-src 'self'; style-src 'unsafe-inline'; require-trusted-types-for 'script'",
    ])
    func `keeps a good policy as it is`(value: String) throws {
        #expect(try ContentSecurityPolicy(parsing: value).value == value)
    }

    @Test func `reads directive names in any case and a final semicolon`() throws {
        let policy = try ContentSecurityPolicy(parsing: "Default-Src 'self' ;")
        #expect(policy.value == "default-src 'self'")
    }

    @Test func `goes without default-src only through the loud door`() throws {
        let policy = try ContentSecurityPolicy(
            [.init(.frameAncestors, [.none])], dangerouslyOmitDefaultSource: true)
        #expect(policy.value == "frame-ancestors 'none'")
    }

    @Test func `stands beside a policy of the upstream, since browsers enforce both`() throws {
        let ours = try ContentSecurityPolicy([.init(.defaultSource, [.none])])
        #expect(ours.strictest(with: ["default-src *"]) == ["default-src *", "default-src 'none'"])
        #expect(ours.strictest(with: ["default-src 'none'"]) == ["default-src 'none'"])
    }
}
