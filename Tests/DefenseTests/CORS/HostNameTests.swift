@testable import GatehouseDefense
import Testing

@Suite struct HostNameTests {
    @Test(arguments: [
        "", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "A.b", "a_b", "a b", "a/b", "1.2.3",
        "256.1.1.1",
        "01.2.3.4", "1.2.3.4.5", "a.123", "[", "[]", "[:]", "[:::]", "[1::2::3]", "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]", "[12345::]", "[::G]", "[::A]", "[::1", "::1", "[1:2:3:4:5:6:7:8::]",
    ])
    func `refuses what browsers never write`(host: String) {
        #expect(!HostName.isValid(host))
    }

    @Test func `refuses labels and names that are too long`() {
        let label = String(repeating: "a", count: 63)
        #expect(HostName.isValid(label) && !HostName.isValid(label + "a"))
        let name = [label, label, label, label].joined(separator: ".")
        #expect(!HostName.isValid(name))
    }

    @Test(arguments: [
        "a", "localhost", "app.example.com", "xn--bcher-kva.example", "1.example", "3com.example",
        "127.0.0.1", "0.0.0.0", "[::]", "[::1]", "[2001:db8::8a2e:370:7334]", "[1:2:3:4:5:6:7:8]",
        "[1::]",
    ])
    func `accepts names and addresses`(host: String) {
        #expect(HostName.isValid(host))
    }
}
