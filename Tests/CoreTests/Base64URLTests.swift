import GatehouseCore
import Testing

@Suite struct Base64URLTests {
    @Test(
        arguments: [
            "A", "AAAAA",  // no text has this length
            "AA==", "AAA=", "Zg==",  // padding
            "Zh", "Zk", "Zn", "Zm9",  // bits that a decoder would throw away
            "Zm9v\n", " Zm9v", "Zm 9v", "Zm9+", "Zm9/", "Zm.v", "Zm9?", "Zm\u{E9}", "\u{0}\u{0}",
        ]) func `refuses what is not canonical`(_ text: String)
    {
        #expect(Base64URL.decode(Array(text.utf8).raw) == nil)
    }

    @Test func `refuses every foreign byte at every place of a group`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        for byte in UInt8.min...UInt8.max where !alphabet.contains(byte) {
            for count in 2...8 where count % 4 != 1 {
                for place in 0..<count {
                    var text = [UInt8](repeating: UInt8(ascii: "A"), count: count)
                    text[place] = byte
                    #expect(Base64URL.decode(text.raw) == nil)
                }
            }
        }
    }

    /// RFC 4648 section 10, without padding.
    @Test func `reads and writes the vectors of the RFC`() {
        let vectors = [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
        ]
        for (bytes, text) in vectors {
            #expect(Base64URL.decode(Array(text.utf8).raw) == Array(bytes.utf8))
            #expect(Base64URL.encode(Array(bytes.utf8).raw) == text)
        }
        #expect(Base64URL.encode([0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF].raw) == "----____")
    }

    @Test func `what is read writes the same text again`() {
        var random = SystemRandomNumberGenerator()
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let text = Array(Base64URL.encode(bytes.raw).utf8)
            #expect(Base64URL.decode(text.raw) == bytes)
            // Any other last character either fails or stands for other bytes.
            guard let last = text.last else { continue }
            for other in UInt8.min...UInt8.max where other != last {
                let changed = text.dropLast() + [other]
                #expect(Base64URL.decode(Array(changed).raw) != bytes)
            }
        }
    }
}
