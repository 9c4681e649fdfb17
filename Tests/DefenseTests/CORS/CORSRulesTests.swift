import GatehouseCore
@testable import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct CORSRulesTests {
    private func rules(
        _ origins: [String], any: Bool = false, privateNetwork: Bool = false
    ) throws(ConfigurationError) -> CORSRules {
        try CORSRules(
            origins: origins, credentials: false, methods: [.put], headers: [], expose: [],
            maxAge: .seconds(0), allowsHTTP: false, allowsAny: any,
            allowsPrivateNetwork: privateNetwork)
    }

    @Test func `refuses to open a private network to everybody`() {
        #expect(refusal { _ = try rules([], any: true, privateNetwork: true) } != nil)
    }

    @Test func `allows its methods and those that browsers do not ask for`() throws {
        let rules = try rules(["https://a.example"])
        for (method, allowed) in [
            ("PUT", true), ("GET", true), ("HEAD", true), ("POST", true), ("DELETE", false),
            ("put", false), ("", false),
        ] {
            let bytes = Array(method.utf8)
            #expect(rules.allows(method: bytes.raw) == allowed)
        }
    }

    @Test func `renders one set of fields per origin, patterns last`() throws {
        let rules = try rules(["https://*.b.example", "https://a.example"])
        let rendered = rules.renderedActual(varying: true)
        #expect(rendered.map { $0[.accessControlAllowOrigin] } == ["https://a.example", nil])
        #expect(rendered.allSatisfy { $0[.vary] == "Origin" })
        #expect(rules.renderedPreflight()[.accessControlMaxAge] == "0")
    }
}
