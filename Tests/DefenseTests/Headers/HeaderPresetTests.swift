@testable import GatehouseDefense
import Testing

@Suite struct HeaderPresetTests {
    @Test func `framing rules that disagree stop the start`() throws {
        let policy = try ContentSecurityPolicy(
            parsing: "default-src 'self'; frame-ancestors https://partner.example")
        let why = refusal {
            try HeaderPreset.validate([policy, XFrameOptions(.sameOrigin)], "page")
        }
        #expect(why?.contains("switch X-Frame-Options off") == true)
        try HeaderPreset.validate([policy], "page")
    }

    @Test func `reports to a group that nobody defines stop the start`() throws {
        let policy = try ContentSecurityPolicy(
            parsing: "default-src 'self'; report-to main", mode: .reportOnly)
        #expect(refusal { try HeaderPreset.validate([policy], "api") }?.contains("main") == true)
        let endpoints = try ReportingEndpoints(parsing: "main=\"/reports\"")
        try HeaderPreset.validate([policy, endpoints], "api")
    }

    @Test func `both presets pass their own checks, and survive their own parsers`() throws {
        for preset in [try HeaderPreset.api(), try HeaderPreset.page()] {
            try HeaderPreset.validate(preset, "preset")
            for header in preset {
                let known = try #require(KnownSecurityHeader.named("\(header.name)"))
                #expect(known.name == header.name)
                #expect(try known.parse(header.value).value == header.value)
            }
        }
    }
}
