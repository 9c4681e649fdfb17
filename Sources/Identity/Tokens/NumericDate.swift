import GatehouseCore
import GatehouseValidation

/// Seconds since 1970 as a JSON number (RFC 7519 section 2), with or without fraction and exponent.
enum NumericDate {
    /// The moment, or nil: no number, before 1970, or after 2262, where nanoseconds end. A date in
    /// milliseconds (PITFALLS 1) is always after 2262.
    static func read(_ value: JSONValue) -> WallTime? {
        guard value.kind == .number else { return nil }
        if let seconds = value.integer {
            guard seconds >= 0, seconds <= Int64.max / 1_000_000_000 else { return nil }
            return WallTime(seconds: seconds)
        }
        let text = value.text
        return readDecimal(text)
    }

    /// Digits × 10^shift seconds, exact to the nanosecond and cut off beyond.
    private static func readDecimal(_ text: RawSpan) -> WallTime? {
        var digits: Int64 = 0
        var shift = 9
        var isFraction = false
        var index = 0
        while index < text.byteCount {
            let byte = text.byte(index)
            index += 1
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if byte.isDigit {
                // Of further digits, those of a whole number only scale and a fraction's are too
                // fine.
                let isKept = digits < 900_000_000_000_000_000
                if isKept { digits = digits * 10 + Int64(byte & 15) }
                if isKept == isFraction { shift += isFraction ? -1 : 1 }
            } else if byte | 0x20 == UInt8(ascii: "e") {
                guard let exponent = exponent(text, from: index) else { return nil }
                shift += exponent
                index = text.byteCount
            } else {
                return nil
            }
        }
        return scaled(digits, by: shift)
    }

    private static func exponent(_ text: RawSpan, from start: Int) -> Int? {
        var index = start
        let isNegative = text.byte(index) == UInt8(ascii: "-")
        if isNegative || text.byte(index) == UInt8(ascii: "+") { index += 1 }
        var value = 0
        while index < text.byteCount {
            value = value * 10 + Int(text.byte(index) & 15)
            if value > 1_000 { return nil }
            index += 1
        }
        return isNegative ? -value : value
    }

    private static func scaled(_ digits: Int64, by shift: Int) -> WallTime? {
        var value = digits
        var shift = shift
        while shift < 0, value > 0 {
            value /= 10
            shift += 1
        }
        while shift > 0, value > 0 {
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            if overflowed { return nil }
            value = product
            shift -= 1
        }
        return WallTime(nanoseconds: value)
    }
}
