import GatehouseCore

/// Escapes in JSON strings (RFC 8259 section 7).
enum JSONEscapes {
    /// The four hexadecimal digits at `index`, or nil.
    static func unit(_ text: RawSpan, at index: Int) -> UInt32? {
        guard index &+ 4 <= text.byteCount else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = text.byte(index &+ offset).hexDigit else { return nil }
            value = value &<< 4 | UInt32(digit)
        }
        return value
    }

    /// The byte that a one-letter escape means, or nil.
    static func byte(_ letter: UInt8) -> UInt8? {
        switch letter {
        case 0x22, 0x2F, 0x5C: letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The text of a string that the parser accepted, or is about to.
    static func resolved(_ text: RawSpan) -> [UInt8] {
        var output: [UInt8] = []
        resolve(text, into: &output)
        return output
    }

    /// Appends the text of a string that the parser accepted.
    static func resolve(_ text: RawSpan, into output: inout [UInt8]) {
        var index = 0
        while index < text.byteCount {
            let byte = text.byte(index)
            guard byte == 0x5C, index &+ 1 < text.byteCount else {
                output.append(byte)
                index &+= 1
                continue
            }
            let letter = text.byte(index &+ 1)
            index &+= 2
            if letter == UInt8(ascii: "u") {
                appendScalar(text, at: &index, to: &output)
            } else if let byte = Self.byte(letter) {
                output.append(byte)
            }
        }
    }

    /// One `\u` escape, or a pair of them.
    private static func appendScalar(
        _ text: RawSpan, at index: inout Int, to output: inout [UInt8]
    ) {
        var value = unit(text, at: index) ?? 0xFFFD
        index &+= 4
        if value &>> 10 == 0x36, let low = unit(text, at: index &+ 2) {
            value = 0x10000 &+ (value & 0x3FF) &<< 10 &+ low & 0x3FF
            index &+= 6
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}
