import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse
@testable import GatehouseDefense

@Suite struct ASNDatabaseTests {
    private func write(_ data: Data) throws -> (folder: ScratchFolder, path: String) {
        let folder = try ScratchFolder()
        let path = folder.path + "/asn.mmdb"
        try data.write(to: URL(fileURLWithPath: path))
        return (folder, path)
    }

    @Test func `refuses what is no such file`() throws {
        for data in [
            Data(), Data("nothing of the kind".utf8), Data(repeating: 0xAB, count: 100_000),
            ASNFile.bytes(type: "GeoLite2-City", [([203, 0, 113], 64_500)]),
            ASNFile.bytes([([203, 0, 113], 64_500)]).dropLast(40),
        ] {
            let file = try write(Data(data))
            #expect(throws: ConfigurationError.self) { try ASNDatabase(path: file.path) }
        }
        #expect(throws: ConfigurationError.self) { try ASNDatabase(path: "/nowhere") }
    }

    @Test func `finds who announces an address, and nobody where no entry is`() throws {
        let file = try write(
            ASNFile.bytes([([203, 0, 113], 64_500), ([198, 51], 4_200_000_000)]))
        let database = try ASNDatabase(path: file.path)
        func number(_ text: String) -> UInt32? { database.number(of: IPAddress(text)!) }
        #expect(number("203.0.113.7") == 64_500)
        #expect(number("::ffff:203.0.113.7") == 64_500)
        #expect(number("198.51.255.1") == 4_200_000_000)
        #expect(number("203.0.114.7") == nil)
        #expect(number("2001:db8::1") == nil)
    }

    @Test func `a damaged file gives no answer or none of ours, and never more`() throws {
        let whole = ASNFile.bytes([([203, 0, 113], 64_500), ([198, 51], 64_501)])
        var generator = SystemRandomNumberGenerator()
        var opened = 0
        for _ in 0..<300 {
            var data = whole
            for _ in 0..<3 {
                data[Int.random(in: 0..<data.count, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            let file = try write(data)
            guard let database = try? ASNDatabase(path: file.path) else { continue }
            opened += 1
            _ = database.number(of: IPAddress("203.0.113.7")!)
            _ = database.number(of: IPAddress("198.51.0.1")!)
            _ = database.number(of: IPAddress("2001:db8::1")!)
        }
        print("damaged ASN databases: 300, opened: \(opened)")
        #expect(opened > 0)
    }

    @Test func `a gate without the file is refused; with it, it limits by system and follows it`()
        throws
    {
        let limit = "  - { name: p, key: asn, quota: 1, window: 1h }"
        #expect(throws: (any Error).self) { try LimitedGate(limit) }
        let file = try write(ASNFile.bytes([([127], 64_500)]))
        let gate = try LimitedGate(limit, more: "geo: { asn-database: \(file.path) }")
        #expect(try gate.status() == 200)
        let other = try RawClient(port: gate.port, source: 77)
        other.send(LimitedGate.get)
        #expect(LimitedGate.status(other) == 429)
        let path = URL(fileURLWithPath: file.path)
        try ASNFile.bytes([([127, 0, 0], 64_501), ([127, 1], 64_502)]).write(
            to: path, options: .atomic)
        gate.gateway.reload(gate.application.configuration)
        #expect(try gate.status() == 200)
        try Data("broken".utf8).write(to: path, options: .atomic)
        gate.gateway.reload(gate.application.configuration)
        #expect(try gate.status() == 429, "the old configuration goes on")
    }
}
