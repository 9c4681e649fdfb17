import GatehouseCore

/// A number with all that is known of it: the text as it came, exact if whole, else as a double.
struct ValueNumber: Sendable {
    let double: Double
    let integer: Int64?
    /// As it was written; nil for a number that was computed.
    let text: [UInt8]?

    init(_ double: Double) {
        self.double = double == 0 ? 0 : double
        integer = Int64(exactly: double)
        text = nil
    }

    init(_ integer: Int64) {
        double = Double(integer)
        self.integer = integer
        text = nil
    }

    init(_ value: borrowing JSONValue) {
        let text = value.text.array
        let double = Double(String(decoding: text, as: UTF8.self)) ?? .nan
        self.double = double
        integer = value.integer ?? (abs(double) < 0x1p53 ? Int64(exactly: double) : nil)
        self.text = text
    }

    /// 2^53 - 1: beyond, JavaScript's numbers skip some whole ones.
    static let safeMax = 9_007_199_254_740_991.0

    /// Exact between whole numbers, by doubles otherwise.
    static func order(_ left: ValueNumber, _ right: ValueNumber) -> Int {
        if let first = left.integer, let second = right.integer {
            return first < second ? -1 : first > second ? 1 : 0
        }
        return left.double < right.double ? -1 : left.double > right.double ? 1 : 0
    }

    /// The text that JSON and JavaScript would write.
    var written: String {
        if let text { return String(decoding: text, as: UTF8.self) }
        if let integer { return String(integer) }
        return double.scriptText
    }

    /// Number of digits behind the point, as the shortest text of the double shows them.
    var decimalPlaces: Int {
        let text = double.scriptText
        let parts = text.split(separator: "e", maxSplits: 1)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let fraction = parts.first?.split(separator: ".", maxSplits: 1).dropFirst().first ?? ""
        return max(0, fraction.count - exponent)
    }
}

extension ValueNumber: Equatable {
    static func == (left: ValueNumber, right: ValueNumber) -> Bool { order(left, right) == 0 }
}

extension Double {
    /// The shortest text that reads back as the same number, laid out as ECMAScript does
    /// (ECMA-262, Number::toString): decimals between 1e-7 and 1e21, exponents beyond.
    var scriptText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        if self == 0 { return "0" }
        let sign = self < 0 ? "-" : ""
        let (digits, point) = magnitude.shortestDigits
        let count = digits.count
        if point > 21 || point < -5 {
            let exponent = point - 1
            let rest = digits.dropFirst()
            let mantissa = String(digits.prefix(1)) + (rest.isEmpty ? "" : "." + rest)
            return sign + mantissa + "e" + (exponent < 0 ? "-" : "+") + String(abs(exponent))
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= count { return sign + digits + String(repeating: "0", count: point - count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// Significant digits and where the point stands behind the first `point` of them.
    private var shortestDigits: (digits: String, point: Int) {
        let parts = description.split(separator: "e", maxSplits: 1)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let halves = parts[0].split(separator: ".", maxSplits: 1)
        let whole = String(halves[0])
        let fraction = halves.count > 1 && halves[1] != "0" ? String(halves[1]) : ""
        var digits = Substring(whole + fraction)
        var point = whole.count + exponent
        while digits.count > 1, digits.hasPrefix("0") {
            digits = digits.dropFirst()
            point -= 1
        }
        while digits.count > 1, digits.hasSuffix("0") { digits = digits.dropLast() }
        return (String(digits), point)
    }
}
