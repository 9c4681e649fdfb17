public import GatehouseCore
import GatehouseStorage

/// A value of a document. Objects inside are `Document`s, which never carry an operator.
public enum DocumentValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// Truth.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A floating-point number.
    case double(Double)
    /// Text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
    /// A moment.
    case date(DocumentDate)
    /// A name given by the database.
    case id(DocumentID)
    /// A list.
    case list([DocumentValue])
    /// An object.
    case document(Document)
}

/// A moment in a document: milliseconds since 1970.
public struct DocumentDate: Hashable, Sendable, Codable {
    /// Milliseconds since 1970.
    public var milliseconds: Int64

    /// A moment by its milliseconds.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    /// A moment, without what is finer than a millisecond.
    public init(_ time: WallTime) { milliseconds = time.nanoseconds / 1_000_000 }
}

/// A name of twelve bytes that MongoDB gives to documents (`ObjectId`).
public struct DocumentID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The first eight bytes, as a big-endian number.
    let high: UInt64
    /// The last four.
    let low: UInt32

    init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// An id by its 24 hexadecimal digits; nil for any other text.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 24,
            let high = Self.number(digits[..<16]), let low = Self.number(digits[16...])
        else { return nil }
        self.init(high: high, low: UInt32(low))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x41...0x46: value = digit - 0x37
            case 0x61...0x66: value = digit - 0x57
            default: return nil
            }
            number = number << 4 | UInt64(value)
        }
        return number
    }

    /// 24 hexadecimal digits.
    public var description: String { Self.digits(high, 16) + Self.digits(UInt64(low), 8) }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: count - text.count) + text
    }

    /// Reads 24 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = DocumentID(text) else { throw DatabaseError.refused("no document id") }
        self = id
    }

    /// Writes 24 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What may be compared or set: one value. Objects and lists of unknown shape do not conform.
public protocol DocumentScalar: Sendable {
    /// The value to send.
    var documentValue: DocumentValue { get }
}

extension DocumentScalar where Self: RawRepresentable, RawValue: DocumentScalar {
    /// The raw value.
    public var documentValue: DocumentValue { rawValue.documentValue }
}

extension Bool: DocumentScalar {
    /// Truth.
    public var documentValue: DocumentValue { .bool(self) }
}

extension Int: DocumentScalar {
    /// A whole number.
    public var documentValue: DocumentValue { .integer(Int64(self)) }
}

extension Int64: DocumentScalar {
    /// A whole number.
    public var documentValue: DocumentValue { .integer(self) }
}

extension Double: DocumentScalar {
    /// A floating-point number.
    public var documentValue: DocumentValue { .double(self) }
}

extension String: DocumentScalar {
    /// Text.
    public var documentValue: DocumentValue { .text(self) }
}

extension [UInt8]: DocumentScalar {
    /// Bytes.
    public var documentValue: DocumentValue { .bytes(self) }
}

extension DocumentDate: DocumentScalar {
    /// A moment.
    public var documentValue: DocumentValue { .date(self) }
}

extension DocumentID: DocumentScalar {
    /// An id.
    public var documentValue: DocumentValue { .id(self) }
}

extension Optional: DocumentScalar where Wrapped: DocumentScalar {
    /// The value, or null.
    public var documentValue: DocumentValue { self?.documentValue ?? .null }
}
