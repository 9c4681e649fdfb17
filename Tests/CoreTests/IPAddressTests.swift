import GatehouseCore
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "0x7f.0.0.1", "256.1.1.1",
        "1.2.3.1000", "1..2.3", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\0", "1.2.3.", ".1.2.3",
        "127.1", "2130706433", "1.2.3.+4", "1.2.3.-4", "١.2.3.4", "1.2.3.4/8", "1.2.3.4:80",
        ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "1::2::3",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "g::", "::g",
        "fe80::1%eth0", "fe80::1%25eth0", "[::1]", "::1/128", "::1.2.3", "::1.2.3.4.5",
        "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1.2.3.4::", "::01.2.3.4", "::256.1.1.1",
        "0000:0000:0000:0000:0000:ffff:255.255.255.2555", "::-1", "::+1", ":: 1", "::1 ",
    ])
    func `refuses what some reader takes for another address`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("10.0.0.1", "10.0.0.1"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::A", "2001:db8::a"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"),
        ("0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "::c000:201"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"),
    ])
    func `prints the canonical text of RFC 5952`(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test func `any address survives its text`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var high = random.next()
            var low = random.next()
            // Zero groups, so that `::` occurs in all places.
            let mask = random.next()
            for group in 0..<8 where mask >> UInt64(group) & 1 == 1 {
                let hole = ~(UInt64(0xFFFF) << UInt64(group % 4 * 16))
                if group < 4 { high &= hole } else { low &= hole }
            }
            let address = IPAddress(high: high, low: low)
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test func `arbitrary bytes never make an address that does not print back`() {
        var random = SeededGenerator(seed: 2)
        let alphabet = Array("0123456789abcdefF:::..%[]/ ".utf8)
        var accepted = 0
        for _ in 0..<200_000 {
            let count = Int(random.next() % 20)
            let bytes = (0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))]
            }
            guard let address = IPAddress(bytes.raw) else { continue }
            accepted += 1
            #expect(IPAddress(address.description) == address)
        }
        #expect(accepted > 0)
    }

    @Test func `bytes are in network order`() {
        #expect(IPAddress("192.0.2.1")?.bytes == [192, 0, 2, 1])
        #expect(
            IPAddress("2001:db8::ff")?.bytes
                == [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF])
    }

    @Test func `a prefix clears the rest, counted in the address's own family`() throws {
        let v6 = try #require(IPAddress("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(v6.prefix(64).description == "2001:db8:1:2::")
        #expect(v6.prefix(65).description == "2001:db8:1:2:8000::")
        #expect(v6.prefix(63).description == "2001:db8:1:2::")
        #expect(v6.prefix(48).description == "2001:db8:1::")
        #expect(v6.prefix(0).description == "::")
        #expect(v6.prefix(128) == v6)
        #expect(v6.prefix(127) != v6)
        let v4 = try #require(IPAddress("192.0.2.255"))
        #expect(v4.prefix(24).description == "192.0.2.0")
        #expect(v4.prefix(0).description == "0.0.0.0")
        #expect(v4.prefix(32) == v4)
        #expect(v4.prefix(33) == v4)
    }

    @Test func `tells loopback, private and link-local addresses`() throws {
        let loopback = ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"]
        let isPrivate = [
            "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "fc00::",
            "fdff::1",
        ]
        let linkLocal = ["169.254.0.1", "fe80::1", "febf::"]
        let global = [
            "126.255.255.255", "128.0.0.0", "9.255.255.255", "11.0.0.0", "172.15.255.255",
            "172.32.0.0", "192.167.255.255", "192.169.0.0", "::2", "fbff::", "fe00::", "fec0::",
            "169.253.255.255", "169.255.0.0",
        ]
        for text in loopback + isPrivate + linkLocal + global {
            let address = try #require(IPAddress(text))
            #expect(address.isLoopback == loopback.contains(text), "\(text)")
            #expect(address.isPrivate == isPrivate.contains(text), "\(text)")
            #expect(address.isLinkLocal == linkLocal.contains(text), "\(text)")
            #expect(!address.isUnspecified)
        }
        #expect(IPAddress("0.0.0.0")?.isUnspecified == true)
        #expect(IPAddress("::")?.isUnspecified == true)
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
