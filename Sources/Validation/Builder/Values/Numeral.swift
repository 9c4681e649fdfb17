import GatehouseCore

/// A number as people write it in text: sign, digits, a point, an exponent.
struct Numeral {
    private let digits: [UInt8]
    private let text: String
    let double: Double

    /// Nil if the text is no number. Needs its white space cut off.
    init?(_ text: RawSpan) {
        var scanner = ByteScanner(text)
        _ = scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-"))
        let start = scanner.position
        let whole = scanner.skipDigits()
        var fraction = 0
        if scanner.take(UInt8(ascii: ".")) { fraction = scanner.skipDigits() }
        guard whole + fraction > 0 else { return nil }
        let end = scanner.position
        if scanner.takeAny(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            _ = scanner.takeAny(UInt8(ascii: "+"), UInt8(ascii: "-"))
            guard scanner.skipDigits() > 0 else { return nil }
        }
        guard scanner.isAtEnd else { return nil }
        digits = Self.significant(text.extracting(start..<end).array)
        var written = String(lossy: text)
        // Swift reads neither `5.` nor `.5`.
        if whole == 0 { written = written.replacing(".", with: "0.", maxReplacements: 1) }
        if fraction == 0 { written = written.replacing(".", with: ".0", maxReplacements: 1) }
        self.text = written
        guard let double = Double(written) else { return nil }
        self.double = double
    }

    /// Whether the double has all digits that were written.
    func isExact(_ double: Double) -> Bool {
        Self.significant(Array(double.magnitude.scriptText.prefix { $0 != "e" }.utf8)) == digits
    }

    /// Digits without point and without zeros at both ends.
    private static func significant(_ text: [UInt8]) -> [UInt8] {
        var digits = text.filter(\.isDigit)[...]
        while digits.first == 0x30 { digits.removeFirst() }
        while digits.last == 0x30 { digits.removeLast() }
        return Array(digits)
    }
}
