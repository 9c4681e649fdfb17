import GatehouseCore

/// What a text must look like. Each check walks the bytes once; none can be made slow by its input.
package enum TextFormat: Sendable {
    case alphanumeric
    case token
    case creditCard
    case base64(Base64Rule)
    case dataURI(isPadded: Bool)
    case domain(DomainRule)
    case email(EmailRule)
    case guid(GUIDRule)
    case hexadecimal(HexRule)
    case hostname
    case ip(IPRule)
    case isoDate(ISODateRule)
    case isoDuration
    case uri(URIRule)
    case url(URLRule)
    case date(DateRule)

    /// The code of the error, nil if the text is as it must be.
    package func failure(_ text: RawSpan) -> StaticString? {
        switch self {
        case .alphanumeric:
            text.isMade(of: \.isASCIIAlphanumeric) ? nil : "string.alphanum"
        case .token: text.isMade(of: \.isTokenByte) ? nil : "string.token"
        case .creditCard: Self.isCardNumber(text) ? nil : "string.creditCard"
        case .base64(let rule): rule.accepts(text) ? nil : "string.base64"
        case .dataURI(let isPadded):
            Base64Rule.acceptsDataURI(text, isPadded: isPadded) ? nil : "string.dataUri"
        case .domain(let rule): rule.accepts(text) ? nil : "string.domain"
        case .email(let rule): rule.accepts(text) ? nil : "string.email"
        case .guid(let rule): rule.accepts(text) ? nil : "string.guid"
        case .hexadecimal(let rule): rule.failure(text)
        case .hostname: Self.isHostname(text) ? nil : "string.hostname"
        case .ip(let rule): rule.failure(text)
        case .isoDate(let rule): rule.acceptsMoment(text) ? nil : "string.isoDate"
        case .isoDuration: Self.isDuration(text) ? nil : "string.isoDuration"
        case .uri(let rule): rule.failure(text)
        case .url(let rule): rule.accepts(text) ? nil : "string.url"
        case .date(let rule): rule.accepts(text) ? nil : "string.date"
        }
    }

    /// Digits that satisfy Luhn's sum (ISO/IEC 7812-1, annex B).
    private static func isCardNumber(_ text: RawSpan) -> Bool {
        guard text.byteCount > 0 else { return false }
        var sum = 0
        var doubles = false
        for index in stride(from: text.byteCount - 1, through: 0, by: -1) {
            let byte = text.byte(index)
            guard byte.isDigit else { return false }
            let digit = Int(byte &- 0x30) << (doubles ? 1 : 0)
            sum &+= digit > 9 ? digit &- 9 : digit
            doubles.toggle()
        }
        return sum > 0 && sum % 10 == 0
    }

    /// A name of one label or more, or an address (RFC 1123 section 2.1).
    private static func isHostname(_ text: RawSpan) -> Bool {
        var rule = DomainRule()
        rule.segmentsMin = 1
        return rule.accepts(text) || IPRule(isCompatible: true).failure(text) == nil
    }

    /// ISO 8601 durations: `P3Y6M4DT12H30M5S`, `P2W`.
    private static func isDuration(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        guard scanner.take(UInt8(ascii: "P")), !scanner.isAtEnd else { return false }
        guard skipParts(&scanner, of: "YMWD") else { return false }
        if scanner.take(UInt8(ascii: "T")) {
            guard scanner.next.isDigit, skipParts(&scanner, of: "HMS") else { return false }
        }
        return scanner.isAtEnd
    }

    /// Passes numbers with units in this order, each at most once.
    private static func skipParts(_ scanner: inout ByteScanner, of units: StaticString) -> Bool {
        var allowed = 0
        while scanner.next.isDigit {
            _ = scanner.skipDigits()
            var unit = allowed
            while unit < units.utf8CodeUnitCount, unsafe units.utf8Start[unit] != scanner.next {
                unit += 1
            }
            guard unit < units.utf8CodeUnitCount else { return false }
            scanner.skip()
            allowed = unit + 1
        }
        return true
    }
}

extension RawSpan {
    /// Whether there are bytes and all of them pass.
    func isMade(of passes: (UInt8) -> Bool) -> Bool {
        guard byteCount > 0 else { return false }
        for index in 0..<byteCount where !passes(byte(index)) { return false }
        return true
    }

    /// Place of the first such byte from `start` on, or nil.
    func firstIndex(of wanted: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < byteCount {
            if byte(index) == wanted { return index }
            index &+= 1
        }
        return nil
    }

    /// Place of the last such byte, or nil.
    func lastIndex(of wanted: UInt8) -> Int? {
        var index = byteCount &- 1
        while index >= 0 {
            if byte(index) == wanted { return index }
            index &-= 1
        }
        return nil
    }
}

extension UInt8 {
    /// A–Z, a–z, 0–9, `_`.
    var isTokenByte: Bool { isASCIIAlphanumeric || self == UInt8(ascii: "_") }
}
