import GatehouseCore

/// Keys that announce themselves by a fixed beginning (AWS, Google, GitHub, Slack, Stripe …).
struct KeyShape {
    private enum Alphabet { case base64URL, alphanumeric, upper, token68 }

    private let prefix: StaticString
    private let alphabet: Alphabet
    /// Fewest bytes after the prefix.
    private let least: Int

    private var first: UInt8 { unsafe prefix.utf8Start[0] }

    private init(_ prefix: StaticString, _ alphabet: Alphabet, _ least: Int) {
        self.prefix = prefix
        self.alphabet = alphabet
        self.least = least
    }

    private static let all: [KeyShape] = [
        .init("AKIA", .upper, 16), .init("ASIA", .upper, 16), .init("ABIA", .upper, 16),
        .init("ACCA", .upper, 16), .init("AIza", .base64URL, 30), .init("ya29.", .token68, 16),
        .init("GOCSPX-", .base64URL, 16), .init("1//0", .base64URL, 30),
        .init("ghp_", .alphanumeric, 20), .init("gho_", .alphanumeric, 20),
        .init("ghu_", .alphanumeric, 20), .init("ghs_", .alphanumeric, 20),
        .init("ghr_", .alphanumeric, 20), .init("github_pat_", .base64URL, 20),
        .init("glpat-", .base64URL, 16), .init("gldt-", .base64URL, 16),
        .init("glrt-", .base64URL, 16), .init("xoxa-", .base64URL, 8),
        .init("xoxb-", .base64URL, 8), .init("xoxc-", .base64URL, 8),
        .init("xoxd-", .base64URL, 8), .init("xoxe-", .base64URL, 8),
        .init("xoxe.", .token68, 8), .init("xoxo-", .base64URL, 8),
        .init("xoxp-", .base64URL, 8), .init("xoxr-", .base64URL, 8),
        .init("xoxs-", .base64URL, 8), .init("xapp-", .base64URL, 8),
        .init("sk_live_", .base64URL, 8), .init("sk_test_", .base64URL, 8),
        .init("rk_live_", .base64URL, 8), .init("rk_test_", .base64URL, 8),
        .init("whsec_", .token68, 16), .init("sk-proj-", .base64URL, 16),
        .init("sk-ant-", .base64URL, 16), .init("sk-svcacct-", .base64URL, 16),
        .init("sk-or-", .base64URL, 20), .init("sk-", .alphanumeric, 32),
        .init("npm_", .alphanumeric, 30), .init("pypi-", .base64URL, 40),
        .init("SG.", .token68, 30), .init("hf_", .alphanumeric, 28),
        .init("dop_v1_", .alphanumeric, 40), .init("doo_v1_", .alphanumeric, 40),
        .init("dckr_pat_", .base64URL, 16), .init("shpat_", .alphanumeric, 24),
        .init("shpca_", .alphanumeric, 24), .init("shppa_", .alphanumeric, 24),
        .init("shpss_", .alphanumeric, 24), .init("sq0atp-", .base64URL, 16),
        .init("sq0csp-", .base64URL, 16), .init("hvs.", .base64URL, 20),
        .init("hvb.", .base64URL, 20), .init("ATATT3", .token68, 30),
        .init("LTAI", .alphanumeric, 14), .init("AGE-SECRET-KEY-1", .upper, 40),
        .init("xkeysib-", .base64URL, 30), .init("lin_api_", .alphanumeric, 20),
        .init("pul-", .alphanumeric, 40), .init("secret_", .alphanumeric, 32),
    ].sorted { $0.first < $1.first }

    /// Where each first byte's shapes begin in `all`.
    private static let starts: InlineArray<257, UInt8> = {
        var starts: InlineArray<257, UInt8> = .init(repeating: 0)
        for byte in 0..<256 {
            starts[byte + 1] = UInt8(all.count { Int($0.first) <= byte })
        }
        return starts
    }()

    /// For each first byte the second bytes of shapes and of authorization schemes, as bits of
    /// their low six bits: tells most words apart by one look.
    private static let beginnings: InlineArray<256, UInt64> = {
        var beginnings: InlineArray<256, UInt64> = .init(repeating: 0)
        for shape in all {
            let (first, second) = unsafe (shape.prefix.utf8Start[0], shape.prefix.utf8Start[1])
            beginnings[Int(first)] |= 1 << UInt64(second & 63)
        }
        for first in "bB".utf8 {
            for second in "aAeE".utf8 { beginnings[Int(first)] |= 1 << UInt64(second & 63) }
        }
        return beginnings
    }()

    /// Whether a key or an authorization scheme may begin with these bytes.
    @inline(__always)
    static func mayBegin(_ first: UInt8, _ second: UInt8) -> Bool {
        beginnings[Int(first)] &>> UInt64(second & 63) & 1 == 1
    }

    /// End of the key that begins at `index`, if one does.
    static func end(in text: RawSpan, at index: Int) -> Int? {
        let first = Int(text.byte(index))
        for position in Int(starts[first])..<Int(starts[first + 1]) {
            let shape = all[position]
            guard text.has(shape.prefix, at: index) else { continue }
            let start = index &+ shape.prefix.utf8CodeUnitCount
            var end = start
            while end < text.byteCount, shape.takes(text.byte(end)) { end &+= 1 }
            if end &- start >= shape.least { return end }
        }
        return nil
    }

    private func takes(_ byte: UInt8) -> Bool {
        switch alphabet {
        case .base64URL: byte.isBase64URL
        case .alphanumeric: byte.isAlphanumeric
        case .upper: byte.isUppercase || byte.isDigit
        case .token68: byte.isToken68
        }
    }
}

/// `Bearer …` and `Basic …` outside of a field that says so.
enum AuthorizationScheme {
    /// Place of the credentials after the scheme at `index`, if one stands there.
    static func secret(in text: RawSpan, at index: Int) -> Range<Int>? {
        if text.hasIgnoringCase("bearer", at: index) {
            let place = credentials(in: text, from: index &+ 6)
            return place.isEmpty || isOrdinary(text, place) ? nil : place
        }
        guard text.hasIgnoringCase("basic", at: index) else { return nil }
        let place = credentials(in: text, from: index &+ 5)
        return looksEncoded(text, place) ? place : nil
    }

    /// What follows the blanks after the scheme; a form writes them as `+`.
    private static func credentials(in text: RawSpan, from start: Int) -> Range<Int> {
        var index = start
        while index < text.byteCount, text.byte(index).isBlank || text.byte(index) == 0x2B {
            index &+= 1
        }
        guard index > start else { return start..<start }
        let first = index
        while index < text.byteCount, text.byte(index).isToken68 { index &+= 1 }
        return first..<index
    }

    /// Words that people write after "bearer" in a sentence.
    private static let ordinary: [StaticString] = [
        "token", "tokens", "auth", "authentication", "authorization", "scheme", "credential",
        "credentials", "challenge", "realm", "error", "is", "was", "not", "and", "or", "in",
    ]

    private static func isOrdinary(_ text: RawSpan, _ place: Range<Int>) -> Bool {
        ordinary.contains {
            $0.utf8CodeUnitCount == place.count && text.hasIgnoringCase($0, at: place.lowerBound)
        }
    }

    /// "Basic" is a common word: base64 of `user:password` has both cases, or a digit or `=`.
    private static func looksEncoded(_ text: RawSpan, _ place: Range<Int>) -> Bool {
        guard place.count >= 4 else { return false }
        var hasLower = false
        var hasOther = false
        for index in place.dropFirst() {
            let byte = text.byte(index)
            if byte.isLowercase { hasLower = true } else if byte != 0x2D { hasOther = true }
        }
        return hasOther && (hasLower || place.count >= 8)
    }
}

/// A PEM block that holds a private key (RFC 7468).
enum PrivateKeyBlock {
    /// Bytes of a label that are looked at.
    private static let labelBytesMax = 64

    /// End of the block whose header begins at `start`; a block without an end goes on to the end
    /// of the text.
    static func end(in text: RawSpan, at start: Int) -> Int? {
        let limit = min(text.byteCount, start &+ labelBytesMax)
        var index = start &+ 11
        while index < limit, !text.has("PRIVATE", at: index) {
            if text.has("-----", at: index) { return nil }
            index &+= 1
        }
        guard index < limit else { return nil }
        while index < text.byteCount, !text.has("-----END ", at: index) { index &+= 1 }
        guard index < text.byteCount else { return text.byteCount }
        index &+= 9
        while index < text.byteCount, !text.has("-----", at: index) { index &+= 1 }
        return min(index &+ 5, text.byteCount)
    }
}

/// Payment card numbers: 13 to 19 digits that pass Luhn's check, alone or in groups.
enum CardNumber {
    private static let digitsMax = 19

    /// End of the number whose first digit is at `start`, if one begins there.
    ///
    /// No card begins with 0; of those with 1 only 15 digits exist (UATP), which spares times in
    /// milliseconds and nanoseconds.
    static func end(in text: RawSpan, from start: Int) -> Int? {
        let first = text.byte(start) &- 0x30
        guard first != 0 else { return nil }
        var digits: InlineArray<19, UInt8> = .init(repeating: 0)
        var count = 0
        var index = start
        var found: Int?
        while index < text.byteCount {
            let byte = text.byte(index)
            if byte.isDigit {
                guard count < digitsMax else { break }
                digits[count] = byte &- 0x30
                count &+= 1
                index &+= 1
                if endsGroup(text, at: index), first != 1 || count == 15,
                    count >= 13, passesLuhn(digits, count)
                {
                    found = index
                }
            } else {
                let length = separator(text, at: index)
                guard length > 0 else { break }
                index &+= length
            }
        }
        return found
    }

    /// Whether the digits stop here; a letter means that this is no number at all.
    private static func endsGroup(_ text: RawSpan, at index: Int) -> Bool {
        index == text.byteCount || !text.byte(index).isAlphanumeric
    }

    /// Length of one separator between groups that a digit follows: blank, `-`, `.`, `+`, `%20`
    /// or a no-break space.
    private static func separator(_ text: RawSpan, at index: Int) -> Int {
        let length: Int
        switch text.byte(index) {
        case 0x20, 0x2D, 0x2E, 0x2B, 0x5F, 0x2F: length = 1
        case 0x25 where text.has("%20", at: index): length = 3
        case 0xC2 where text.has("\u{A0}", at: index): length = 2
        default: return 0
        }
        let next = index &+ length
        return next < text.byteCount && text.byte(next).isDigit ? length : 0
    }

    private static func passesLuhn(_ digits: InlineArray<19, UInt8>, _ count: Int) -> Bool {
        var sum = 0
        for index in 0..<count {
            let digit = Int(digits[index])
            let doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
            sum += (count - index) % 2 == 0 ? doubled : digit
        }
        return sum % 10 == 0
    }
}
