import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct LeakingHeadersTests {
    private func isLeaking(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        let id = FieldName(name)?.id ?? FieldName.unknown
        return LeakingHeaders.isLeaking(id: id, name: bytes.raw)
    }

    @Test func `catches every name of the lists, in any case`() {
        let names = LeakingHeaders.owasp + LeakingHeaders.ours
        #expect(LeakingHeaders.owasp.count >= 69 && names.count >= 110)
        #expect(Set(names.map { $0.lowercased() }).count == names.count)
        for name in names {
            #expect(isLeaking(name), "\(name)")
            #expect(isLeaking(name.lowercased()), "\(name)")
            #expect(isLeaking(name.uppercased()), "\(name)")
            #expect(!isLeaking(name + "x"), "\(name)x")
            #expect(!isLeaking("z" + name.dropFirst()), "z\(name)")
        }
    }

    @Test(arguments: ["X-API-Version", "X-Response-Time", "Server", "X-Powered-By"])
    func `catches the samples' own leaks (PITFALLS 84, 85)`(name: String) {
        #expect(isLeaking(name))
    }

    @Test(arguments: [
        "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID", "traceparent", "Allow",
        "WWW-Authenticate", "Set-Cookie", "Content-Type", "Content-Security-Policy", "Vary",
        "Strict-Transport-Security", "Access-Control-Allow-Origin", "Location", "ETag", "Link",
        "X-Total-Count", "X-Frame-Options", "a", "ab", "X-", "",
    ])
    func `never touches what we set, or what clients need`(name: String) {
        #expect(!isLeaking(name))
    }
}
