/// Names of columns or tables: an enumeration with text as its raw value, so that a name from a
/// request is one of the cases or nothing.
///
/// ```swift
/// enum NoteColumn: String, SQLIdentifier { case id, title, made }
/// guard let column = NoteColumn(rawValue: query["sort"]) else { throw … }
/// try await db.query("SELECT * FROM notes ORDER BY \(order: [.ascending(column)])")
/// ```
public protocol SQLIdentifier: RawRepresentable, CaseIterable, Sendable
where RawValue == String {}

/// A column to sort by, and the direction.
public struct SQLOrder<Name: SQLIdentifier>: Sendable {
    let name: Name
    let isDescending: Bool

    /// Smallest first.
    public static func ascending(_ name: Name) -> SQLOrder {
        SQLOrder(name: name, isDescending: false)
    }

    /// Largest first.
    public static func descending(_ name: Name) -> SQLOrder {
        SQLOrder(name: name, isDescending: true)
    }
}

/// A pattern for `LIKE`; `%`, `_` and `\` in the text stand for themselves. SQLite takes capital
/// and small letters of ASCII for the same, PostgreSQL does not. At most 50,000 bytes.
public enum SQLPattern: Sendable {
    /// Begins with the text.
    case prefix(String)
    /// Ends with the text.
    case suffix(String)
    /// Holds the text.
    case contains(String)

    /// SQLite's bound.
    static let bytesMax = 50_000

    var text: String {
        switch self {
        case .prefix(let text): Self.escaped(text) + "%"
        case .suffix(let text): "%" + Self.escaped(text)
        case .contains(let text): "%" + Self.escaped(text) + "%"
        }
    }

    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "\\")
            {
                bytes.append(UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The values of one row of a bulk insert: `SQLTuple(note.id, note.title)`.
public struct SQLTuple: Sendable {
    let values: [SQLValue]

    /// Values in the order of the columns; nil is NULL.
    public init<each Value: SQLScalar>(_ value: repeat (each Value)?) {
        var values: [SQLValue] = []
        for value in repeat each value { values.append(value?.sqlValue ?? .null) }
        self.values = values
    }
}

extension SQLStatement {
    /// Conditions that must all hold; those that are nil are left out, and none at all is true.
    ///
    /// ```swift
    /// let wanted = SQLStatement.all([
    ///     owner.map { "owner = \($0)" }, term.map { "title LIKE \(like: .contains($0))" },
    /// ])
    /// try await db.query("SELECT * FROM notes WHERE \(wanted)")
    /// ```
    public static func all(_ conditions: [SQLStatement?]) -> SQLStatement {
        joined(conditions, by: " AND ", empty: "1 = 1")
    }

    /// Conditions of which one must hold; those that are nil are left out, and none at all is
    /// false.
    public static func any(_ conditions: [SQLStatement?]) -> SQLStatement {
        joined(conditions, by: " OR ", empty: "1 = 0")
    }

    /// Assignments and other parts with commas between them; those that are nil are left out, and
    /// none at all is refused when the statement runs.
    public static func list(_ parts: [SQLStatement?]) -> SQLStatement {
        var whole = SQLStatement()
        for part in parts {
            guard let part else { continue }
            if !whole.parts.isEmpty { whole.append(.literal(", ")) }
            whole.append(part)
        }
        if whole.parts.isEmpty { whole.append(.invalid("a list of no parts")) }
        return whole
    }

    private static func joined(
        _ conditions: [SQLStatement?], by word: StaticString, empty: StaticString
    ) -> SQLStatement {
        var whole = SQLStatement()
        whole.append(.literal("("))
        for condition in conditions {
            guard let condition else { continue }
            whole.append(.literal(whole.parts.count > 1 ? word : ""))
            whole.append(.literal("("))
            whole.append(condition)
            whole.append(.literal(")"))
        }
        if whole.parts.count == 1 { whole.append(.literal(empty)) }
        whole.append(.literal(")"))
        return whole
    }
}
