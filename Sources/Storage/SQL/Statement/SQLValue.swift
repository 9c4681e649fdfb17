public import GatehouseCore

/// A value for a statement: bound, never written into its text. Scalars alone: there is no case
/// for an object or a list, so that a JSON document can't stand where one value is expected.
public enum SQLValue: Hashable, Sendable {
    /// NULL.
    case null
    /// A whole number; truth values are 0 and 1, moments are nanoseconds since 1970.
    case integer(Int64)
    /// A binary floating-point number.
    case double(Double)
    /// UTF-8 text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

/// What may be interpolated into a statement: one value of a column.
///
/// Dictionaries and arrays do not conform (bytes do): `WHERE password = \(body)` with a decoded
/// JSON object in `body` does not compile. An enumeration with raw values conforms by naming the
/// protocol.
public protocol SQLScalar: Sendable {
    /// The value to bind.
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLScalar {
    /// Itself.
    public var sqlValue: SQLValue { self }
}

extension SQLScalar where Self: RawRepresentable, RawValue: SQLScalar {
    /// The raw value.
    public var sqlValue: SQLValue { rawValue.sqlValue }
}

extension Int: SQLScalar {
    /// A whole number.
    public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Int64: SQLScalar {
    /// A whole number.
    public var sqlValue: SQLValue { .integer(self) }
}

extension Int32: SQLScalar {
    /// A whole number.
    public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension UInt32: SQLScalar {
    /// A whole number.
    public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Double: SQLScalar {
    /// A floating-point number.
    public var sqlValue: SQLValue { .double(self) }
}

extension Bool: SQLScalar {
    /// 0 or 1.
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension String: SQLScalar {
    /// Text.
    public var sqlValue: SQLValue { .text(self) }
}

extension Substring: SQLScalar {
    /// Text.
    public var sqlValue: SQLValue { .text(String(self)) }
}

extension [UInt8]: SQLScalar {
    /// Bytes.
    public var sqlValue: SQLValue { .blob(self) }
}

extension WallTime: SQLScalar {
    /// Nanoseconds since 1970.
    public var sqlValue: SQLValue { .integer(nanoseconds) }
}
