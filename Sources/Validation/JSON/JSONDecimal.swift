/// A number of a JSON text, exact: however many digits it has, none is rounded away.
///
/// `1`, `1.0` and `10e-1` are equal.
public struct JSONDecimal: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Whether it is less than zero.
    public let isNegative: Bool
    /// Significant digits, 0 to 9, without zeros at either end; none for zero.
    public let digits: [UInt8]
    /// The power of ten that the last digit stands for.
    public let exponent: Int

    init(_ text: DecimalText) {
        var all: [UInt8] = []
        text.forEachDigit { all.append($0) }
        digits = all
        isNegative = !text.isZero && text.isNegative
        exponent = text.isZero ? 0 : text.lastPower
    }

    /// Whether it has no fraction.
    public var isInteger: Bool { exponent >= 0 }

    /// The number as a machine integer; nil if it has a fraction or doesn't fit.
    public var integer: Int64? {
        guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
        var value: Int64 = 0
        for digit in digits + Array(repeating: 0, count: exponent) {
            let (tenfold, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tenfold.subtractingReportingOverflow(Int64(digit))
            if overflowed || carried { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// Orders by value.
    public static func < (left: JSONDecimal, right: JSONDecimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative
            ? right.isLessInMagnitude(than: left) : left.isLessInMagnitude(than: right)
    }

    private func isLessInMagnitude(than other: JSONDecimal) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        let (left, right) = (digits.count + exponent, other.digits.count + other.exponent)
        return left == right ? digits.lexicographicallyPrecedes(other.digits) : left < right
    }

    /// Digits and exponent, `-123e-2`: JSON again, and one text for each value.
    public var description: String {
        if digits.isEmpty { return "0" }
        let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
        return (isNegative ? "-" : "") + text + (exponent == 0 ? "" : "e\(exponent)")
    }
}

extension JSONValue {
    /// A number of any size and precision, exact; nil for other kinds.
    public var decimal: JSONDecimal? {
        guard kind == .number else { return nil }
        return JSONDecimal(DecimalText(text))
    }
}
