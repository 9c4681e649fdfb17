import GatehouseCore
@testable import GatehouseDefense
import Testing

@Suite struct OriginTableTests {
    private func table(_ origins: [String]) throws -> OriginTable {
        var read: [WebOrigin] = []
        for origin in origins { read.append(try WebOrigin(origin, key: "origins")) }
        return OriginTable(read)
    }

    private func index(_ table: OriginTable, _ origin: String) -> Int? {
        let bytes = Array(origin.utf8)
        return table.index(of: bytes.raw)
    }

    @Test func `nothing but a listed origin is found, among a thousand`() throws {
        let origins = (0..<1_000).map { "https://app\($0).example:8443" }
        let table = try table(origins)
        for (place, origin) in origins.enumerated() {
            #expect(index(table, origin) == place)
            #expect(index(table, origin + "0") == nil)
            #expect(index(table, String(origin.dropLast())) == nil)
        }
    }

    @Test func `over-long and empty origins are not looked at`() throws {
        let table = try table(["https://*.example.com"])
        #expect(index(table, "") == nil)
        let long = String(repeating: "a.", count: 200)
        #expect(index(table, "https://\(long)example.com") == nil)
        #expect(index(table, "https://a.example.com") == 0)
    }

    @Test func `a pattern's port is part of it`() throws {
        let table = try table(["https://a.example", "https://*.example.com:8443"])
        #expect(index(table, "https://x.example.com:8443") == 1)
        #expect(index(table, "https://x.example.com") == nil)
        #expect(index(table, "https://x.example.com:84430") == nil)
    }
}
