import GatehouseCore
import Testing

@testable import Gatehouse

/// Small languages inside values: durations, sizes, addresses, networks; and spelling help.
@Suite struct ConfigurationTextTests {
    @Test(arguments: [
        "", "s", "10", "-1s", "+1s", "1.5s", "1 s", "1S", "1sec", "１s", "1s ",
        "9999999999999999999s",
        "99999999999999999d", "0x1s", "1_000s", "1ss",
    ])
    func `refuses as a duration`(_ text: String) { #expect(DurationText.parse(text) == nil) }

    @Test(arguments: [
        ("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000),
        ("0s", 0), ("1500ms", 1_500),
    ])
    func `reads and writes a duration`(_ text: String, _ milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.render(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: [
        "", "B", "1", "1KB", "1kb", "1K", "1 KiB", "1.5MiB", "-1B", "99999999999GiB", "1TiB",
        "1kib",
    ])
    func `refuses as a size`(_ text: String) { #expect(SizeText.parse(text) == nil) }

    @Test(arguments: [
        ("100B", 100), ("16KiB", 16_384), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648),
    ])
    func `reads and writes a size`(_ text: String, _ bytes: Int) {
        #expect(SizeText.parse(text) == .bytes(bytes))
        #expect(ByteCount.bytes(bytes).description == text)
    }

    @Test(arguments: [
        "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:080",
        "127.0.0.1:+80", "127.1:80", "0x7f.0.0.1:80", "::1:80", "[::1]", "[::1]80",
        "[127.0.0.1]:80",
        "localhost:80", "[::1%lo]:80", "[::1]:80:80", " 127.0.0.1:80", "127.0.0.01:80",
    ])
    func `refuses as an address`(_ text: String) { #expect(Configuration.Address(text) == nil) }

    @Test func `knows loopback addresses`() {
        #expect(Configuration.Address("127.9.9.9:1")?.isLoopback == true)
        #expect(Configuration.Address("[::1]:1")?.isLoopback == true)
        #expect(Configuration.Address("0.0.0.0:1")?.isLoopback == false)
        #expect(Configuration.Address("[::]:1")?.isLoopback == false)
        #expect(Configuration.Address("[::ffff:127.0.0.1]:1")?.isLoopback == false)
        #expect(Configuration.Address(host: "example.com", port: 1).isLoopback == false)
    }

    @Test(arguments: [
        "http:", "http://", "http:///", "ftp://a", "HTTP://a.example", "http://a.example/",
        "http://a.example?",
        "http://a.example#x", "http://u@a.example", "http://a.example:0", "http://a.example:",
        "http://a_b.example",
        "http://[::1", "http://::1", "http://1.2.3", "http://a..example", "http://-a.example",
        "http://a.example.",
        "//a.example", "builtin:other", "http://0x7f000001", "http://a b", "http://é.example",
    ])
    func `refuses as a server`(_ text: String) {
        #expect(Configuration.UpstreamServer(text) == nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1", "http://127.0.0.1:80"), ("https://a.example", "https://a.example:443"),
        ("http://[::1]:3000", "http://[::1]:3000"), ("builtin:echo", "builtin:echo"),
        ("http://localhost:3000", "http://localhost:3000"),
    ])
    func `reads and writes a server`(_ text: String, _ shown: String) {
        #expect(Configuration.UpstreamServer(text)?.description == shown)
        #expect(Configuration.UpstreamServer(shown) == Configuration.UpstreamServer(text))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3/8", "10.0.0.0/8"), ("10.1.2.3/31", "10.1.2.2/31"),
        ("0.0.0.0/0", "0.0.0.0/0"), ("1.2.3.4", "1.2.3.4/32"), ("fd00::1/8", "fd00::/8"),
        ("2001:DB8::/33", "2001:db8::/33"), ("::1", "::1/128"),
    ])
    func `reads a network and cuts its host bits`(_ text: String, _ network: String) {
        #expect(NetworkText.network(text) == network)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "::/129", "a/8", "10.0.0.0/8/8",
        "10/8",
    ])
    func `refuses as a network`(_ text: String) { #expect(NetworkText.network(text) == nil) }

    @Test(arguments: [
        ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("ab", "ba", 1),
        ("kitten", "sitting", 3),
        ("header", "hedaer", 1), ("ca", "abc", 3), ("a", "", 1),
    ])
    func `counts a slip of two neighbours as one`(_ left: String, _ right: String, _ distance: Int)
    {
        #expect(Nearest.distance(left, right) == distance)
        #expect(Nearest.distance(right, left) == distance)
    }

    @Test func `suggests what is near and nothing else`() {
        let names = ["routes", "hosts", "limits", "log"]
        #expect(Nearest.match("rotues", in: names) == "routes")
        #expect(Nearest.match("Hosts", in: names) == "hosts")
        #expect(Nearest.match("banana", in: names) == nil)
        #expect(Nearest.match("", in: names) == nil)
        #expect(Nearest.match("lg", in: names) == "log")
    }

    @Test func `a value from a file cannot move a cursor`() {
        #expect("a\u{1B}[2Jb\n".printable(max: 60) == "a\\u{1b}[2Jb\\u{a}")
        #expect("\u{202E}x".printable(max: 60) == "\\u{202e}x")
        #expect(String(repeating: "x", count: 100).printable(max: 5) == "xxxxx…")
    }
}
