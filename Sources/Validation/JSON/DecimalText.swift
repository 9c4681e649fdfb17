import GatehouseCore

/// A JSON number seen as sign, significant digits and power of ten: exact, and without a copy.
struct DecimalText: ~Escapable {
    let text: RawSpan
    let isNegative: Bool
    /// Places of the first and last digit that counts; equal to each other's end for zero.
    private(set) var first = 0
    private(set) var last = -1
    /// Powers of ten that those two digits stand for.
    private(set) var firstPower = 0
    private(set) var lastPower = 0

    /// Powers of ten beyond this are all taken for this one: no text of ours holds so many digits.
    private static let powerMax = 1_000_000_000_000_000

    /// Reads a number that the parser accepted.
    @_lifetime(copy text)
    init(_ text: RawSpan) {
        self.text = text
        isNegative = text.byteCount > 0 && text.byte(0) == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        var digits = 0
        var whole = -1
        var (firstAt, lastAt) = (0, 0)
        while index < text.byteCount {
            let byte = text.byte(index)
            if byte == UInt8(ascii: ".") {
                whole = digits
            } else if byte.isDigit {
                if byte != 0x30 {
                    if last < 0 { (first, firstAt) = (index, digits) }
                    (last, lastAt) = (index, digits)
                }
                digits &+= 1
            } else {
                break
            }
            index &+= 1
        }
        let power = Self.exponent(text, index &+ 1) &+ (whole < 0 ? digits : whole) &- 1
        firstPower = power &- firstAt
        lastPower = power &- lastAt
    }

    /// The exponent that begins at `index`, or 0.
    private static func exponent(_ text: RawSpan, _ index: Int) -> Int {
        var index = index
        guard index < text.byteCount else { return 0 }
        let isNegative = text.byte(index) == UInt8(ascii: "-")
        if isNegative || text.byte(index) == UInt8(ascii: "+") { index &+= 1 }
        var value = 0
        while index < text.byteCount {
            value = min(value &* 10 &+ Int(text.byte(index) &- 0x30), powerMax)
            index &+= 1
        }
        return isNegative ? -value : value
    }

    var isZero: Bool { last < 0 }

    /// Whether there is nothing behind the point: `1.0` and `1e3` are integers.
    var isInteger: Bool { isZero || lastPower >= 0 }

    /// -1, 0 or 1 as this number is less than, equal to or greater than the other.
    func compare(to other: DecimalText) -> Int {
        let (left, right) = (sign, other.sign)
        if left != right { return left < right ? -1 : 1 }
        return left * compareMagnitude(to: other)
    }

    private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

    private func compareMagnitude(to other: DecimalText) -> Int {
        if isZero || other.isZero { return 0 }
        if firstPower != other.firstPower { return firstPower < other.firstPower ? -1 : 1 }
        var (left, right) = (first, other.first)
        while left <= last || right <= other.last {
            let (a, b) = (digit(&left), other.digit(&right))
            if a != b { return a < b ? -1 : 1 }
        }
        return 0
    }

    /// The digit at `index`, which moves on; 0 behind the last.
    private func digit(_ index: inout Int) -> UInt8 {
        if index <= last, text.byte(index) == UInt8(ascii: ".") { index &+= 1 }
        guard index <= last else { return 0 }
        index &+= 1
        return text.byte(index &- 1) &- 0x30
    }

    /// Calls `body` with each digit that counts, first to last.
    func forEachDigit(_ body: (UInt8) -> Void) {
        var index = first
        while index <= last { body(digit(&index)) }
    }
}

/// A divisor for `multipleOf`, whose answer is exact for every number.
struct DecimalDivisor: Sendable {
    /// Without trailing zeros.
    private let mantissa: UInt128
    private let power: Int

    /// Most digits that count.
    static let digitsMax = 38

    /// Nil for zero, negative numbers and those of more than 38 significant digits.
    init?(_ number: DecimalText) {
        guard !number.isZero, !number.isNegative else { return nil }
        var value: UInt128 = 0
        var count = 0
        number.forEachDigit { digit in
            count += 1
            if count <= Self.digitsMax { value = value * 10 + UInt128(digit) }
        }
        guard count <= Self.digitsMax else { return nil }
        mantissa = value
        power = number.lastPower
    }

    /// The divisor as a machine integer, if it is one.
    var integer: Int64? {
        guard power >= 0, power <= 18 else { return nil }
        var value = mantissa
        for _ in 0..<power { value *= 10 }
        return Int64(exactly: value)
    }

    /// Whether `number` is this number times an integer.
    func divides(_ number: DecimalText) -> Bool {
        if number.isZero { return true }
        // The digits end in no zero, so that no power of ten is left to divide by.
        guard number.lastPower >= power else { return false }
        var rest: UInt128 = 0
        number.forEachDigit { rest = (multiply(rest, 10) + UInt128($0)) % mantissa }
        return multiply(rest, tenToThe(number.lastPower - power)) == 0
    }

    private func multiply(_ left: UInt128, _ right: UInt128) -> UInt128 {
        let product = left.multipliedFullWidth(by: right)
        return mantissa.dividingFullWidth((product.high % mantissa, product.low)).remainder
    }

    /// By squaring: the exponent may be huge.
    private func tenToThe(_ exponent: Int) -> UInt128 {
        var (result, square, rest) = (1 % mantissa, 10 % mantissa, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            rest >>= 1
        }
        return result
    }
}
