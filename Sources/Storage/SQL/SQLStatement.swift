package import GatehouseCore

/// A value for a statement: bound, never written into its text.
package enum SQLValue: Hashable, Sendable {
    /// NULL.
    case null
    /// A whole number; truth values are 0 and 1, moments are nanoseconds since 1970.
    case integer(Int64)
    /// UTF-8 text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

/// An SQL statement whose text is fixed in the program: whatever is interpolated is bound as a
/// value, so that no input can become syntax.
///
/// ```swift
/// let statement: SQLStatement = "SELECT id FROM accounts WHERE email_index = \(index)"
/// ```
///
/// Statements may be embedded in others; text that was made at run time may not.
package struct SQLStatement: ExpressibleByStringInterpolation, Sendable {
    /// Types whose names differ between engines.
    package enum ColumnType: Sendable {
        /// Bytes: `BLOB` in SQLite, `BYTEA` in PostgreSQL.
        case blob
    }

    enum Part: Sendable {
        case text(String)
        case value(SQLValue)
        case type(ColumnType)
    }

    let parts: [Part]

    package init(stringLiteral value: String) { parts = [.text(value)] }

    package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    /// Collects literal text and bound values.
    package struct StringInterpolation: StringInterpolationProtocol {
        var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(2 * interpolationCount + 1)
        }

        package mutating func appendLiteral(_ literal: String) { parts.append(.text(literal)) }

        private mutating func bind(_ value: SQLValue?) { parts.append(.value(value ?? .null)) }

        package mutating func appendInterpolation(_ value: Int64?) {
            bind(value.map { .integer($0) })
        }
        package mutating func appendInterpolation(_ value: Int) { bind(.integer(Int64(value))) }
        package mutating func appendInterpolation(_ value: Bool) { bind(.integer(value ? 1 : 0)) }
        package mutating func appendInterpolation(_ value: String?) {
            bind(value.map { .text($0) })
        }
        package mutating func appendInterpolation(_ value: [UInt8]?) {
            bind(value.map { .blob($0) })
        }
        package mutating func appendInterpolation(_ value: WallTime?) {
            bind(value.map { .integer($0.nanoseconds) })
        }
        package mutating func appendInterpolation(_ type: ColumnType) { parts.append(.type(type)) }
        package mutating func appendInterpolation(_ statement: SQLStatement) {
            parts.append(contentsOf: statement.parts)
        }
    }

    /// The text with an engine's placeholders, and the values in their order.
    func rendered(
        blobType: String, placeholder: (Int) -> String
    ) -> (text: String, values: [SQLValue]) {
        var text = ""
        var values: [SQLValue] = []
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .type(.blob): text += blobType
            case .value(let value):
                values.append(value)
                text += placeholder(values.count)
            }
        }
        return (text, values)
    }
}
