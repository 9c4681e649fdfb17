import GatehouseCore

/// Finds the next secret in a text by its shape, or by the name that stands before it.
///
/// One pass, no pattern engine: every step looks ahead a bounded number of bytes, so that no text
/// costs more than its length times a constant.
struct SecretScanner {
    /// Bytes that are looked at behind a malformed authority for a late `@`.
    private static let userinfoBytesMax = 256

    /// Place of the first secret that begins at `start` or later.
    static func next(in text: RawSpan, from start: Int) -> ByteRange? {
        var index = start
        var word = start..<start
        while index < text.byteCount {
            let byte = text.byte(index)
            if byte.isAlphanumeric {
                let begin = word.upperBound == index && !word.isEmpty ? word.lowerBound : index
                if let found = credential(in: text, at: index, byte) { return found.place }
                repeat {
                    if text.byte(index) == 0x65, let found = jsonToken(in: text, at: index) {
                        return found.place
                    }
                    index &+= 1
                } while index < text.byteCount && text.byte(index).isAlphanumeric
                word = begin..<index
            } else {
                if let found = mark(in: text, at: index, byte, word: &word) { return found.place }
                index &+= 1
            }
        }
        return nil
    }

    /// A secret that begins where a run of letters and digits begins.
    @inline(__always)
    private static func credential(in text: RawSpan, at index: Int, _ byte: UInt8) -> Range<Int>? {
        if byte.isDigit, let end = CardNumber.end(in: text, from: index) { return index..<end }
        guard index &+ 1 < text.byteCount, KeyShape.mayBegin(byte, text.byte(index &+ 1)) else {
            return nil
        }
        if let secret = AuthorizationScheme.secret(in: text, at: index) { return secret }
        return KeyShape.end(in: text, at: index).map { index..<$0 }
    }

    /// A secret that an assignment, an authority or a PEM header announces.
    @inline(__always)
    private static func mark(
        in text: RawSpan, at index: Int, _ byte: UInt8, word: inout Range<Int>
    ) -> Range<Int>? {
        switch byte {
        case 0x2D, 0x2E, 0x5F:  // - . _ go on with a word
            if word.upperBound == index, !word.isEmpty { word = word.lowerBound..<index &+ 1 }
            guard byte == 0x2D, text.has("-----BEGIN ", at: index) else { return nil }
            return PrivateKeyBlock.end(in: text, at: index).map { index..<$0 }
        case 0x3A, 0x3D:  // : =
            defer { word = index..<index }
            if byte == 0x3A, text.has("//", at: index &+ 1) {
                return userinfo(in: text, from: index &+ 3)
            }
            guard !word.isEmpty, index &- word.upperBound <= 4 else { return nil }
            return Assignment.value(in: text, name: word, sign: index)
        case 0x20, 0x09, 0x22, 0x27, 0x5C, 0x5D: return nil  // may stand between name and sign
        default:
            word = index..<index
            return nil
        }
    }

    /// A compact JWS or JWE, or any base64 that begins as `{"` does.
    @inline(__always)
    private static func jsonToken(in text: RawSpan, at index: Int) -> Range<Int>? {
        guard text.has("eyJ", at: index) else { return nil }
        var end = index
        while end < text.byteCount, text.byte(end).isToken68 { end &+= 1 }
        return end &- index >= 16 ? index..<end : nil
    }

    /// What stands before the `@` of a URL's authority.
    private static func userinfo(in text: RawSpan, from start: Int) -> Range<Int>? {
        var at = -1
        var colon = -1
        var isPort = true
        var index = start
        while index < text.byteCount, !text.byte(index).endsAuthority {
            let byte = text.byte(index)
            if byte == 0x40 { at = index }
            if byte == 0x3A {
                colon = index
                isPort = true
            } else if !byte.isDigit {
                isPort = false
            }
            index &+= 1
        }
        if at >= 0 { return at > start ? start..<at : nil }
        // `user:pa/ss@host`: what follows the colon is no port, so the authority goes on.
        guard colon >= 0, !isPort, start < text.byteCount, text.byte(start) != 0x5B else {
            return nil
        }
        let limit = min(text.byteCount, index &+ userinfoBytesMax)
        while index < limit, !text.byte(index).isBlank {
            if text.byte(index) == 0x40 { at = index }
            index &+= 1
        }
        return at > start ? start..<at : nil
    }
}

extension Range<Int> {
    fileprivate var place: ByteRange { ByteRange(start: lowerBound, count: count) }
}

extension UInt8 {
    fileprivate var endsAuthority: Bool {
        isBlank || self == 0x2F || self == 0x3F || self == 0x23 || self == 0x22 || self == 0x27
            || self == 0x3C || self == 0x3E
    }
}
