public import GatehouseCore

/// How much of a query string or a form is accepted; over a limit it is refused, not cut.
public struct FormLimits: Equatable, Sendable {
    /// Pairs. Default 256.
    public var fieldsMax = 256
    /// Bytes of a decoded name. Default 256.
    public var nameBytesMax = 256
    /// Bytes of a decoded value. Default 64 KiB.
    public var valueBytesMax = ByteCount.kibibytes(64)

    /// The defaults.
    public init() {}
}

/// Why a query string or a form is none, and where.
public struct FormError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Reason: String, Sendable {
        /// A `%` without two hexadecimal digits.
        case malformedEscape = "malformed percent-encoding"
        /// Bytes that are no UTF-8.
        case invalidUTF8 = "no UTF-8"
        /// A zero byte: what follows it is invisible to some readers.
        case zeroByte = "a zero byte"
        /// More pairs than are allowed.
        case tooManyFields = "too many fields"
        /// A name over its limit.
        case nameTooLong = "a name that is too long"
        /// A value over its limit.
        case valueTooLong = "a value that is too long"
    }

    /// What is wrong.
    public let reason: Reason
    /// Offset in the text.
    public let offset: Int
}

/// The pairs of a query string or of `application/x-www-form-urlencoded` (WHATWG URL section 5.1),
/// decoded strictly: where lenient readers repair and differ, this one refuses.
///
/// Meant to be kept and reused: parsing again needs no new memory.
public struct FormFields: Sendable {
    private struct Pair: Sendable {
        var name: ByteRange
        var value: ByteRange
    }

    private var decoded: [UInt8] = []
    private var pairs: [Pair] = []

    /// No fields.
    public init() {}

    /// How many pairs there are; names may repeat.
    public var count: Int { pairs.count }

    /// A name, decoded.
    @_lifetime(borrow self)
    public func name(_ index: Int) -> RawSpan { decoded.raw.slice(pairs[index].name) }

    /// A value, decoded.
    @_lifetime(borrow self)
    public func value(_ index: Int) -> RawSpan { decoded.raw.slice(pairs[index].value) }

    /// Reads a query (without `?`) or a form's body; forgets what was read before.
    public mutating func parse(
        _ text: RawSpan, limits: FormLimits = FormLimits()
    ) throws(FormError) {
        decoded.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
        var start = 0
        while start < text.byteCount {
            var (end, equals) = (start, -1)
            while end < text.byteCount, text.byte(end) != UInt8(ascii: "&") {
                if equals < 0, text.byte(end) == UInt8(ascii: "=") { equals = end }
                end &+= 1
            }
            if end > start {
                guard pairs.count < limits.fieldsMax else {
                    throw FormError(reason: .tooManyFields, offset: start)
                }
                let nameEnd = equals < 0 ? end : equals
                let name = try decode(text, start, nameEnd)
                guard name.count <= limits.nameBytesMax else {
                    throw FormError(reason: .nameTooLong, offset: start)
                }
                let value = equals < 0 ? .none : try decode(text, equals + 1, end)
                guard value.count <= limits.valueBytesMax.bytes else {
                    throw FormError(reason: .valueTooLong, offset: start)
                }
                pairs.append(Pair(name: name, value: value))
            }
            start = end &+ 1
        }
    }

    private mutating func decode(
        _ text: RawSpan, _ start: Int, _ end: Int
    ) throws(FormError) -> ByteRange {
        let first = decoded.count
        var index = start
        var isASCII = true
        while index < end {
            var byte = text.byte(index)
            if byte == UInt8(ascii: "%") {
                guard index &+ 2 < end, let high = text.byte(index &+ 1).hexDigit,
                    let low = text.byte(index &+ 2).hexDigit
                else { throw FormError(reason: .malformedEscape, offset: index) }
                byte = high << 4 | low
                index &+= 2
            } else if byte == UInt8(ascii: "+") {
                byte = 0x20
            }
            guard byte != 0 else { throw FormError(reason: .zeroByte, offset: index) }
            isASCII = isASCII && byte < 0x80
            decoded.append(byte)
            index &+= 1
        }
        let range = ByteRange(start: first, count: decoded.count - first)
        if !isASCII, !UTF8Text.isValid(decoded.raw.slice(range)) {
            throw FormError(reason: .invalidUTF8, offset: start)
        }
        return range
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit, or nil.
    var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
