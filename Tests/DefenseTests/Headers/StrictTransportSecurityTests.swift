import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct StrictTransportSecurityTests {
    @Test(arguments: [
        ("includeSubDomains", "max-age"), ("max-age=-1", "expected seconds"),
        ("max-age=1.5", "expected seconds"), ("max-age=1; max-age=2", "stands twice"),
        ("max-age=31536000; includeSubdomain", "expected max-age"), ("", "expected max-age"),
        ("max-age=600; includeSubDomains; preload", "31536000"),
        ("max-age=31536000; preload", "includeSubDomains"),
        ("max-age=0; includeSubDomains", "must stand alone"),
    ])
    func `refuses what browsers ignore or preload lists reject`(value: String, advice: String) {
        let why = refusal { _ = try StrictTransportSecurity(parsing: value) }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test func `refuses negative and fractional ages`() {
        #expect(refusal { _ = try StrictTransportSecurity(maxAge: .seconds(-1)) } != nil)
        #expect(refusal { _ = try StrictTransportSecurity(maxAge: .milliseconds(1)) } != nil)
    }

    @Test func `does not preload unless asked (PITFALLS 83)`() throws {
        let header = try StrictTransportSecurity()
        #expect(header.value == "max-age=31536000; includeSubDomains")
        let asked = try StrictTransportSecurity(preload: true)
        #expect(asked.value == "max-age=31536000; includeSubDomains; preload")
    }

    @Test func `is not sent over plain HTTP, ours or theirs (RFC 6797 section 7.2)`() throws {
        var response = Response(status: 200)
        try response.fields.append(.strictTransportSecurity, "max-age=1")
        try StrictTransportSecurity().after(browserRequest(secure: false), &response)
        #expect(response.fields.isEmpty)
    }

    @Test(arguments: [
        ("max-age=600", ["max-age=700"], "max-age=700"),
        ("max-age=600", ["max-age=500; includeSubDomains"], "max-age=600; includeSubDomains"),
        ("max-age=600", ["max-age=\"700\"; PRELOAD"], "max-age=700"),
        ("max-age=600", ["max-age=0"], "max-age=600"),
        ("max-age=600", ["includeSubDomains"], "max-age=600"),
        ("max-age=0", ["max-age=700"], "max-age=0"),
    ])
    func `the longest age wins, subdomains if either says so, preload only if we do`(
        ours: String, theirs: [String], sent: String
    ) throws {
        #expect(try StrictTransportSecurity(parsing: ours).strictest(with: theirs) == [sent])
    }
}
