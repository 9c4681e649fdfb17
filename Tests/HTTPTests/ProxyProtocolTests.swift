import GatehouseCore
import GatehouseHTTP
import Testing

/// The PROXY protocol, versions 1 and 2, as HAProxy's specification has them.
@Suite struct ProxyProtocolTests {
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    /// Reads `bytes` and what it left; `next` follows the header.
    private func read(
        _ bytes: [UInt8], next: String = "GET"
    ) throws(ProxyProtocolError) -> (header: ProxyHeader?, left: String) {
        let buffer = buffer(bytes + Array(next.utf8))
        var parser = ProxyProtocolParser()
        let header = try parser.parse(buffer)
        return (header, buffer.text)
    }

    private func binary(
        command: UInt8 = 0x21, family: UInt8 = 0x11, length: Int? = nil, _ body: [UInt8]
    ) -> [UInt8] {
        let length = length ?? body.count
        return Self.signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + body
    }

    private let v4Body: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0xC3, 0x50, 0x01, 0xBB]

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n", ProxyProtocolError.notProxyProtocol),
        ("proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n", .notProxyProtocol),
        ("\u{16}\u{03}\u{01}", .notProxyProtocol),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", .lineMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n", .lineMalformed),
        ("PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n", .lineMalformed),
        ("PROXY \r\n", .fieldsMalformed),
        ("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", .fieldsMalformed),
        ("PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n", .fieldsMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", .fieldsMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", .fieldsMalformed),
        ("PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n", .fieldsMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", .fieldsMalformed),
        ("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n", .addressMalformed),
        ("PROXY TCP4 ::1 ::1 1 2\r\n", .addressMalformed),
        ("PROXY TCP4 ::ffff:1.2.3.4 1.2.3.4 1 2\r\n", .addressMalformed),
        ("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", .addressMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", .portMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", .portMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", .portMalformed),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n", .portMalformed),
    ])
    func `refuses text that breaks version 1`(_ text: String, _ error: ProxyProtocolError) {
        #expect(throws: error) { try read(Array(text.utf8)) }
    }

    @Test func `refuses bytes that break version 2`() {
        var wrongSignature = binary(v4Body)
        wrongSignature[11] = 0x0B
        #expect(throws: ProxyProtocolError.notProxyProtocol) { try read(wrongSignature) }
        #expect(throws: ProxyProtocolError.commandUnknown) {
            try read(binary(command: 0x11, v4Body))
        }
        #expect(throws: ProxyProtocolError.commandUnknown) {
            try read(binary(command: 0x22, v4Body))
        }
        for family: UInt8 in [0x10, 0x12, 0x22, 0x31, 0x32, 0x41, 0xFF] {
            let bytes = binary(family: family, [UInt8](repeating: 0, count: 216))
            #expect(throws: ProxyProtocolError.familyUnsupported) { try read(bytes) }
        }
        #expect(throws: ProxyProtocolError.tooShort) { try read(binary(Array(v4Body.dropLast()))) }
        #expect(throws: ProxyProtocolError.tooShort) { try read(binary(family: 0x21, v4Body)) }
        #expect(throws: ProxyProtocolError.tooLong) { try read(binary(length: 4_097, v4Body)) }
        #expect(throws: ProxyProtocolError.tooLong) { try read(binary(length: 65_535, [])) }
        for tail: [UInt8] in [[1], [1, 0], [1, 0, 1], [1, 0, 0, 2], [4, 0xFF, 0xFF, 0]] {
            #expect(throws: ProxyProtocolError.extensionMalformed) {
                try read(binary(v4Body + tail))
            }
        }
    }

    @Test func `reads version 1 and consumes exactly it`() throws {
        let v4 = try read(Array("PROXY TCP4 192.0.2.1 198.51.100.2 50000 443\r\n".utf8))
        #expect(v4.left == "GET")
        #expect(v4.header?.source == IPAddress("192.0.2.1"))
        #expect(v4.header?.sourcePort == 50_000)
        #expect(v4.header?.destination == IPAddress("198.51.100.2"))
        #expect(v4.header?.destinationPort == 443)
        let v6 = try read(Array("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n".utf8))
        #expect(v6.header?.source == IPAddress("2001:db8::1"))
        #expect(v6.header?.destinationPort == 65_535)
        for text in ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN 1.2.3.4 junk\0\r\n"] {
            let unknown = try read(Array(text.utf8))
            #expect(unknown.header == ProxyHeader())
            #expect(unknown.left == "GET")
        }
        let longest = "PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n"
        #expect(longest.utf8.count == 107)
        #expect(try read(Array(longest.utf8)).header == ProxyHeader())
    }

    @Test func `reads version 2 and skips its extensions`() throws {
        let extensions: [UInt8] = [0x04, 0, 0, 0x02, 0, 3, 97, 98, 99]
        for bytes in [binary(v4Body), binary(v4Body + extensions)] {
            let v4 = try read(bytes)
            #expect(v4.left == "GET")
            #expect(v4.header?.source == IPAddress("192.0.2.1"))
            #expect(v4.header?.sourcePort == 50_000)
            #expect(v4.header?.destinationPort == 443)
        }
        let one = IPAddress("2001:db8::1")?.bytes ?? []
        let v6 = try read(binary(family: 0x21, one + one + [0, 80, 1, 187]))
        #expect(v6.header?.source == IPAddress("2001:db8::1"))
        #expect(v6.header?.sourcePort == 80)
    }

    @Test func `a balancer that speaks for itself names no client`() throws {
        let local = try read(binary(command: 0x20, family: 0x11, v4Body))
        #expect(local.header == ProxyHeader())
        #expect(local.left == "GET")
        #expect(try read(binary(command: 0x20, family: 0, [])).header == ProxyHeader())
        #expect(try read(binary(command: 0x21, family: 0, [1, 2, 3])).header == ProxyHeader())
    }

    @Test func `waits for each missing byte and consumes nothing before the end`() throws {
        let whole = [
            Array("PROXY TCP4 192.0.2.1 198.51.100.2 50000 443\r\n".utf8),
            binary(v4Body + [4, 0, 1, 0]),
        ]
        for bytes in whole {
            let buffer = Buffer(capacity: 256)
            var parser = ProxyProtocolParser()
            for (index, byte) in bytes.enumerated() {
                #expect(try parser.parse(buffer) == nil)
                #expect(buffer.count == index)
                buffer.append(byte)
            }
            #expect(try parser.parse(buffer) != nil)
            #expect(buffer.isEmpty)
        }
    }

    @Test func `hostile bytes end in an answer`() {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let seeds = [
            Array("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n".utf8),
            binary(v4Body + [4, 0, 1, 0]),
        ]
        var refused = 0
        for round in 0..<50_000 {
            var bytes = seeds[round % 2]
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
            do throws(ProxyProtocolError) { _ = try read(bytes) } catch { refused += 1 }
        }
        #expect(refused > 0)
    }
}
