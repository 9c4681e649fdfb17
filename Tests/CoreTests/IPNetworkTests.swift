import GatehouseCore
import Testing

@Suite struct IPNetworkTests {
    @Test(arguments: [
        "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8",
        "10.0.0.0/ 8", "10.0.0.0/a", "2001:db8::/129", "10.0.0/8", "::ffff:10.0.0.0/80",
        "localhost", "10.0.0.0/255.0.0.0",
    ])
    func `refuses what is no network`(_ text: String) {
        #expect(throws: ConfigurationError.self) { try IPNetwork(text) }
    }

    @Test func `refuses a host inside a network, and says what to write`() {
        #expect(
            throws: ConfigurationError.invalid(
                "10.0.0.1/8", "has bits set beyond the first 8; write 10.0.0.0/8")
        ) { try IPNetwork("10.0.0.1/8") }
        #expect(
            throws: ConfigurationError.invalid(
                "2001:db8::1/32", "has bits set beyond the first 32; write 2001:db8::/32")
        ) { try IPNetwork("2001:db8::1/32") }
    }

    @Test func `holds its first and last address and not their neighbours`() throws {
        let cases = [
            ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("192.0.2.4/30", "192.0.2.4", "192.0.2.7", "192.0.2.3", "192.0.2.8"),
            ("192.0.2.4", "192.0.2.4", "192.0.2.4", "192.0.2.3", "192.0.2.5"),
            (
                "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"
            ),
            ("fe80::/10", "fe80::", "febf:ffff::", "fe7f:ffff::", "fec0::"),
            ("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
        ]
        for (text, first, last, before, after) in cases {
            let network = try IPNetwork(text)
            #expect(network.contains(try #require(IPAddress(first))), "\(text)")
            #expect(network.contains(try #require(IPAddress(last))), "\(text)")
            #expect(!network.contains(try #require(IPAddress(before))), "\(text)")
            #expect(!network.contains(try #require(IPAddress(after))), "\(text)")
        }
    }

    @Test func `families don't mix`() throws {
        let v4 = try #require(IPAddress("192.0.2.1"))
        let v6 = try #require(IPAddress("2001:db8::1"))
        #expect(try IPNetwork("0.0.0.0/0").contains(v4))
        #expect(try !IPNetwork("0.0.0.0/0").contains(v6))
        #expect(try IPNetwork("::/0").contains(v6))
        #expect(try !IPNetwork("::/0").contains(v4))
    }
}
