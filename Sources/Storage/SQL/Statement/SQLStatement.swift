/// An SQL statement whose text is fixed in the program: whatever is interpolated is bound as a
/// value, so that no input can become syntax.
///
/// ```swift
/// let statement: SQLStatement = "SELECT id FROM notes WHERE owner = \(owner)"
/// ```
///
/// Only literals convert: a `String` that was made at run time does not compile. Statements may be
/// embedded in others; names of columns and sort orders come from enumerations (`SQLIdentifier`);
/// lists, `LIKE`, optional conditions and rows for a bulk insert have interpolations of their own.
/// Printing a statement shows its text and never its values.
public struct SQLStatement: ExpressibleByStringInterpolation, Sendable {
    /// The text that literals convert from: known when the program is built.
    public typealias StringLiteralType = StaticString

    /// Types of columns whose names differ between engines.
    public enum ColumnType: Sendable {
        /// Bytes: `BLOB` in SQLite, `BYTEA` in PostgreSQL.
        case blob
        /// A primary key that the database numbers.
        case generatedKey
    }

    enum Part: Sendable {
        case literal(StaticString)
        case raw(String)
        case value(SQLValue)
        case type(ColumnType)
        /// Something that can't be a statement, and why.
        case invalid(StaticString)
    }

    private(set) var parts: [Part]
    /// Mixed from the text alone: statements of one place in the program share it.
    private(set) var shape: UInt64 = 0

    /// A statement without values.
    public init(stringLiteral value: StaticString) {
        parts = []
        append(.literal(value))
    }

    /// A statement with bound values.
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.statement }

    /// A statement whose text was made at run time. Whoever can influence the text owns the
    /// database: this door is for tools that take SQL from their operator, and none of our own
    /// sources may use it (a test reads them).
    public init(dangerouslyRaw text: String) {
        parts = []
        append(.raw(text))
    }

    init() { parts = [] }

    mutating func reserve(_ count: Int) { parts.reserveCapacity(count) }

    mutating func append(_ part: Part) {
        parts.append(part)
        mix(Self.code(part))
    }

    mutating func append(_ statement: SQLStatement) {
        for part in statement.parts { append(part) }
    }

    private mutating func mix(_ word: UInt64) {
        shape = (shape ^ word) &* 0x9E37_79B9_7F4A_7C15
        shape ^= shape >> 29
    }

    private static func code(_ part: Part) -> UInt64 {
        switch part {
        case .literal(let text):
            // A literal's address is its identity; a scalar has none.
            guard text.hasPointerRepresentation else { return UInt64(text.unicodeScalar.value) }
            return UInt64(UInt(bitPattern: unsafe text.utf8Start)) << 8
                ^ UInt64(text.utf8CodeUnitCount)
        case .raw(let text): return UInt64(bitPattern: Int64(text.hashValue))
        case .value: return 1
        case .type(.blob): return 2
        case .type(.generatedKey): return 3
        case .invalid: return 4
        }
    }

    /// Whether the text is the same: literals by place, without reading them.
    func hasTextOf(_ other: SQLStatement) -> Bool {
        guard shape == other.shape, parts.count == other.parts.count else { return false }
        for index in parts.indices {
            guard Self.code(parts[index]) == Self.code(other.parts[index]) else { return false }
            guard case .raw(let text) = parts[index] else { continue }
            guard case .raw(text) = other.parts[index] else { return false }
        }
        return true
    }

    /// The same statement without its values: what a cache keeps.
    var withoutValues: SQLStatement {
        var copy = self
        for index in copy.parts.indices {
            if case .value = copy.parts[index] { copy.parts[index] = .value(.null) }
        }
        return copy
    }

    /// How many values it binds.
    var valueCount: Int {
        parts.reduce(0) { count, part in
            if case .value = part { count + 1 } else { count }
        }
    }
}

extension SQLStatement: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text, with `?` for each value.
    public var description: String { rendered(.sqlite) }
    /// The text, with `?` for each value.
    public var debugDescription: String { description }
    /// Nothing: values stay out of dumps.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}

/// How an engine writes what differs.
enum SQLDialect: Sendable {
    case sqlite
    case postgreSQL
}

extension SQLStatement {
    /// Most values that one statement binds; SQLite's bound, which is the lower one.
    static let valuesMax = 32_766

    /// The text with an engine's placeholders.
    func rendered(_ dialect: SQLDialect) -> String {
        var text = ""
        var count = 0
        for part in parts {
            switch (part, dialect) {
            case (.literal(let literal), _): text += literal.description
            case (.raw(let raw), _): text += raw
            case (.value, .sqlite): text += "?"
            case (.value, .postgreSQL):
                count += 1
                text += "$\(count)"
            case (.type(.blob), .sqlite): text += "BLOB"
            case (.type(.blob), .postgreSQL): text += "BYTEA"
            case (.type(.generatedKey), .sqlite): text += "INTEGER PRIMARY KEY AUTOINCREMENT"
            case (.type(.generatedKey), .postgreSQL):
                text += "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
            case (.invalid, _): text += "<invalid>"
            }
        }
        return text
    }

    /// Refuses what was put together wrongly. Called once for each text, when it is prepared.
    func check() throws(DatabaseError) {
        var count = 0
        for part in parts {
            if case .invalid(let why) = part { throw .refused(why.description) }
            if case .value = part { count += 1 }
        }
        guard count <= Self.valuesMax else {
            throw .refused("more than \(Self.valuesMax) values in one statement")
        }
    }

    /// Whether it only reads, as far as its first word tells.
    var reads: Bool {
        guard case .literal(let first) = parts.first else { return false }
        return first.withUTF8Buffer { buffer in
            let words = unsafe buffer.drop { $0 <= 0x20 }.prefix { $0 > 0x20 }
            let word = unsafe words.map { $0 | 0x20 }
            return ["select", "values", "show", "begin", "pragma"].contains {
                $0.utf8.elementsEqual(word)
            }
        }
    }
}
