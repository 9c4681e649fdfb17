public import GatehouseCore

/// All rows of an answer: one list of values, whatever their number.
final class SQLAnswer: Sendable {
    let names: [String]
    let values: [SQLValue]

    init(names: [String], values: [SQLValue]) {
        self.names = names
        self.values = values
    }

    /// The rows, each a window on the values.
    func rows() -> [SQLRow] {
        guard !names.isEmpty else { return [] }
        var rows: [SQLRow] = []
        rows.reserveCapacity(values.count / names.count)
        var start = 0
        while start < values.count {
            rows.append(SQLRow(answer: self, start: start))
            start += names.count
        }
        return rows
    }
}

/// One row of an answer: columns by name, read as what they must be. Printing it shows the names
/// of its columns alone.
public struct SQLRow: Sendable, CustomStringConvertible, CustomReflectable {
    let answer: SQLAnswer
    let start: Int

    var names: [String] { answer.names }
    /// The values in the order of the columns.
    package var values: ArraySlice<SQLValue> { answer.values[start..<start + names.count] }

    /// The names of the columns.
    public var description: String { "row of " + names.joined(separator: ", ") }
    /// Nothing: values stay out of dumps.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }

    func value(_ name: String) throws(DatabaseError) -> SQLValue {
        let names = answer.names
        for index in names.indices where names[index] == name {
            return answer.values[start + index]
        }
        throw .unexpected("no column \(name)")
    }

    func wrong(_ name: String) -> DatabaseError { .unexpected("column \(name): type") }

    /// Text, or nil for NULL.
    public func optionalText(_ name: String) throws(DatabaseError) -> String? {
        switch try value(name) {
        case .null: return nil
        case .text(let text): return text
        default: throw wrong(name)
        }
    }

    /// A number, or nil for NULL; a whole number is one too.
    public func optionalDouble(_ name: String) throws(DatabaseError) -> Double? {
        switch try value(name) {
        case .null: return nil
        case .double(let number): return number
        case .integer(let number): return Double(number)
        default: throw wrong(name)
        }
    }

    /// A whole number, or nil for NULL.
    public func optionalInteger(_ name: String) throws(DatabaseError) -> Int64? {
        switch try value(name) {
        case .null: return nil
        case .integer(let number): return number
        default: throw wrong(name)
        }
    }

    /// Bytes, or nil for NULL.
    public func optionalBlob(_ name: String) throws(DatabaseError) -> [UInt8]? {
        switch try value(name) {
        case .null: return nil
        case .blob(let bytes): return bytes
        default: throw wrong(name)
        }
    }

    /// A moment, or nil for NULL.
    public func optionalTime(_ name: String) throws(DatabaseError) -> WallTime? {
        try optionalInteger(name).map { WallTime(nanoseconds: $0) }
    }

    /// Text; NULL is an error.
    public func text(_ name: String) throws(DatabaseError) -> String {
        guard let value = try optionalText(name) else { throw wrong(name) }
        return value
    }

    /// A whole number; NULL is an error.
    public func integer(_ name: String) throws(DatabaseError) -> Int64 {
        guard let value = try optionalInteger(name) else { throw wrong(name) }
        return value
    }

    /// A number; NULL is an error.
    public func double(_ name: String) throws(DatabaseError) -> Double {
        guard let value = try optionalDouble(name) else { throw wrong(name) }
        return value
    }

    /// Bytes; NULL is an error.
    public func blob(_ name: String) throws(DatabaseError) -> [UInt8] {
        guard let value = try optionalBlob(name) else { throw wrong(name) }
        return value
    }

    /// A moment; NULL is an error.
    public func time(_ name: String) throws(DatabaseError) -> WallTime {
        WallTime(nanoseconds: try integer(name))
    }

    /// Truth kept as 0 or 1.
    public func bool(_ name: String) throws(DatabaseError) -> Bool { try integer(name) != 0 }
}
