/// Base64url without padding (RFC 4648 section 5), in its one canonical form.
///
/// Padding, white space, the other alphabet's `+` and `/`, and bits that a decoder would throw away
/// are refused: two texts never mean the same bytes, so that a token can't be respelled.
public enum Base64URL {
    /// How many bytes `count` characters stand for, or nil when no text has that length.
    @inline(__always)
    public static func decodedCount(_ count: Int) -> Int? {
        count & 3 == 1 ? nil : (count &>> 2) &* 3 &+ ((count & 3) &* 3) &>> 2
    }

    /// The bytes that `text` stands for, or nil if it is not canonical.
    public static func decode(_ text: RawSpan) -> [UInt8]? {
        var output: [UInt8] = []
        return decode(text, into: &output) ? output : nil
    }

    /// Replaces `output` by the bytes that `text` stands for, keeping its memory; false, with
    /// undefined content, if `text` is not canonical.
    public static func decode(_ text: RawSpan, into output: inout [UInt8]) -> Bool {
        guard let count = decodedCount(text.byteCount) else { return false }
        if output.count != count {
            output.removeAll(keepingCapacity: true)
            output.append(contentsOf: repeatElement(0, count: count))
        }
        var target = output.mutableSpan
        var (read, written) = (0, 0)
        var seen: UInt8 = 0
        // Eight characters under one bounds check, as two groups of four.
        while read &+ 8 <= text.byteCount {
            let word = text.word(read)
            let low = group(word, &seen)
            let high = group(word &>> 32, &seen)
            target[written] = UInt8(truncatingIfNeeded: low &>> 16)
            target[written &+ 1] = UInt8(truncatingIfNeeded: low &>> 8)
            target[written &+ 2] = UInt8(truncatingIfNeeded: low)
            target[written &+ 3] = UInt8(truncatingIfNeeded: high &>> 16)
            target[written &+ 4] = UInt8(truncatingIfNeeded: high &>> 8)
            target[written &+ 5] = UInt8(truncatingIfNeeded: high)
            read &+= 8
            written &+= 6
        }
        while read &+ 4 <= text.byteCount {
            let a = values[Int(text.byte(read))]
            let b = values[Int(text.byte(read &+ 1))]
            let c = values[Int(text.byte(read &+ 2))]
            let d = values[Int(text.byte(read &+ 3))]
            seen |= a | b | c | d
            target[written] = a &<< 2 | b &>> 4
            target[written &+ 1] = b &<< 4 | c &>> 2
            target[written &+ 2] = c &<< 6 | d
            read &+= 4
            written &+= 3
        }
        return seen & 0x80 == 0 && decodeRest(of: text, from: read, into: &target, at: written)
    }

    /// The 24 bits of the four characters in the low half of `word`, first character first.
    @inline(__always)
    private static func group(_ word: UInt64, _ seen: inout UInt8) -> UInt32 {
        let a = values[Int(UInt8(truncatingIfNeeded: word))]
        let b = values[Int(UInt8(truncatingIfNeeded: word &>> 8))]
        let c = values[Int(UInt8(truncatingIfNeeded: word &>> 16))]
        let d = values[Int(UInt8(truncatingIfNeeded: word &>> 24))]
        seen |= a | b | c | d
        return UInt32(a) &<< 18 | UInt32(b) &<< 12 | UInt32(c) &<< 6 | UInt32(d)
    }

    /// The last two or three characters; their unused low bits must be zero.
    private static func decodeRest(
        of text: RawSpan, from read: Int, into target: inout MutableSpan<UInt8>, at written: Int
    ) -> Bool {
        let rest = text.byteCount &- read
        if rest == 0 { return true }
        let a = values[Int(text.byte(read))]
        let b = values[Int(text.byte(read &+ 1))]
        guard (a | b) & 0x80 == 0 else { return false }
        target[written] = a &<< 2 | b &>> 4
        if rest == 2 { return b & 0x0F == 0 }
        let c = values[Int(text.byte(read &+ 2))]
        guard c & 0x83 == 0 else { return false }
        target[written &+ 1] = b &<< 4 | c &>> 2
        return true
    }

    /// The text of `bytes`.
    public static func encode(_ bytes: RawSpan) -> String {
        var output: [UInt8] = []
        encode(bytes, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the text of `bytes`.
    public static func encode(_ bytes: RawSpan, to output: inout [UInt8]) {
        output.reserveCapacity(output.count &+ (bytes.byteCount &* 4 &+ 2) / 3)
        var read = 0
        while read &+ 3 <= bytes.byteCount {
            let a = bytes.byte(read)
            let b = bytes.byte(read &+ 1)
            let c = bytes.byte(read &+ 2)
            output.append(alphabet[Int(a &>> 2)])
            output.append(alphabet[Int((a &<< 4 | b &>> 4) & 63)])
            output.append(alphabet[Int((b &<< 2 | c &>> 6) & 63)])
            output.append(alphabet[Int(c & 63)])
            read &+= 3
        }
        let rest = bytes.byteCount &- read
        if rest == 0 { return }
        let a = bytes.byte(read)
        let b = rest == 2 ? bytes.byte(read &+ 1) : 0
        output.append(alphabet[Int(a &>> 2)])
        output.append(alphabet[Int((a &<< 4 | b &>> 4) & 63)])
        if rest == 2 { output.append(alphabet[Int(b &<< 2 & 63)]) }
    }
}

/// Value of each character; 255 for bytes that are none.
private let values: InlineArray<256, UInt8> = [
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62, 255, 255,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 255, 255, 255, 255, 255, 255,
    255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255, 255, 255, 255, 63,
    255, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
]

/// A–Z, a–z, 0–9, `-`, `_`.
private let alphabet: InlineArray<64, UInt8> = [
    65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80,
    81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 97, 98, 99, 100, 101, 102,
    103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118,
    119, 120, 121, 122, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 45, 95,
]
