import GatehouseCore

/// `name=value`, `name: value`, `"name": "value"`: finds the value when the name is secret.
enum Assignment {
    /// Deepest nesting that is followed through a structured value; beyond, all is secret.
    private static let depthMax = 64

    /// Place of the value after the `:` or `=` at `sign`, if `name` says that it is secret.
    static func value(in text: RawSpan, name: Range<Int>, sign: Int) -> Range<Int>? {
        // No secret's name has one letter; this spares most of the work on `a:a:a:`.
        guard name.count > 1 else { return nil }
        let start = skipSign(in: text, from: sign &+ 1)
        guard start < text.byteCount else { return nil }
        let place = ByteRange(start: name.lowerBound, count: name.count)
        guard SecretNames.contains(text.slice(place)) else { return nil }
        let range = extent(of: text, from: start, isLong: isLong(text.slice(place)))
        let isDone = range.count == 10 && text.has("[redacted]", at: range.lowerBound)
        return range.isEmpty || isDone ? nil : range
    }

    /// Behind `=`, `:`, `=>`, `:=`, `==` and blanks; a line's end is no value.
    private static func skipSign(in text: RawSpan, from start: Int) -> Int {
        var index = start
        while index < text.byteCount {
            let byte = text.byte(index)
            guard byte == 0x20 || byte == 0x09 || byte == 0x3D || byte == 0x3E else { break }
            index &+= 1
        }
        return index
    }

    private static func extent(of text: RawSpan, from start: Int, isLong: Bool) -> Range<Int> {
        switch text.byte(start) {
        case 0x22, 0x27, 0x60:
            return start &+ 1..<quoteEnd(in: text, from: start &+ 1, text.byte(start))
        case 0x5C where start &+ 1 < text.byteCount && text.byte(start &+ 1) == 0x22:
            return start &+ 2..<escapedQuoteEnd(in: text, from: start &+ 2)
        case 0x7B, 0x5B: return start..<bracketEnd(in: text, from: start)
        default: return start..<bareEnd(in: text, from: start, isLong: isLong)
        }
    }

    /// Names whose bare values hold blanks: passwords, and header fields of several parts.
    private static func isLong(_ name: RawSpan) -> Bool {
        let long: [StaticString] = [
            "cookie", "authorization", "password", "passwd", "passphrase", "secret", "mnemonic",
        ]
        for index in 0..<name.byteCount {
            for text in long where name.hasIgnoringCase(text, at: index) { return true }
        }
        return false
    }

    private static func quoteEnd(in text: RawSpan, from start: Int, _ quote: UInt8) -> Int {
        var index = start
        while index < text.byteCount, text.byte(index) != quote {
            index &+= text.byte(index) == 0x5C ? 2 : 1
        }
        return min(index, text.byteCount)
    }

    private static func escapedQuoteEnd(in text: RawSpan, from start: Int) -> Int {
        var index = start
        while index < text.byteCount, !text.has("\\\"", at: index) {
            // A backslash before the quote's own is an escaped quote within.
            index &+= text.has("\\\\", at: index) ? min(4, text.byteCount &- index) : 1
        }
        return index
    }

    /// Behind the bracket that closes the one at `start`; strings are skipped whole.
    private static func bracketEnd(in text: RawSpan, from start: Int) -> Int {
        var depth = 0
        var index = start
        while index < text.byteCount {
            switch text.byte(index) {
            case 0x7B, 0x5B: depth &+= 1
            case 0x7D, 0x5D: depth &-= 1
            case 0x22: index = quoteEnd(in: text, from: index &+ 1, 0x22)
            default: break
            }
            index &+= 1
            if depth == 0 { return min(index, text.byteCount) }
            if depth > depthMax { return text.byteCount }
        }
        return text.byteCount
    }

    /// End of a value without quotes. A long one goes on to the line's end, since nothing says
    /// where a password of several words stops; others stop at a blank.
    private static func bareEnd(in text: RawSpan, from start: Int, isLong: Bool) -> Int {
        var index = skipScheme(in: text, from: start)
        while index < text.byteCount {
            switch text.byte(index) {
            case 0x0A, 0x0D: return index
            case 0x26, 0x22, 0x3C, 0x60: if !isLong || text.byte(index) == 0x26 { return index }
            case 0x27, 0x3B, 0x20, 0x09: if !isLong { return index }
            case 0x2C: if !isLong, endsItem(text, at: index) { return index }
            default: break
            }
            index &+= 1
        }
        return index
    }

    /// Behind `Bearer ` and the like: the scheme belongs to the value, the blank doesn't end it.
    private static func skipScheme(in text: RawSpan, from start: Int) -> Int {
        for scheme: StaticString in ["bearer ", "basic ", "digest ", "dpop ", "token "]
        where text.hasIgnoringCase(scheme, at: start) {
            return start &+ scheme.utf8CodeUnitCount
        }
        return start
    }

    /// Whether a comma separates items: a blank, a quote or nothing follows.
    private static func endsItem(_ text: RawSpan, at comma: Int) -> Bool {
        guard comma &+ 1 < text.byteCount else { return true }
        let next = text.byte(comma &+ 1)
        return next.isBlank || next == 0x22 || next == 0x27
    }
}
