package import GatehouseCore

/// One row of an answer: columns by name, read as what they must be.
package struct SQLRow: Sendable {
    let names: [String]
    let values: [SQLValue]

    private func value(_ name: String) throws(DatabaseError) -> SQLValue {
        guard let index = names.firstIndex(of: name) else { throw .unexpected("no column \(name)") }
        return values[index]
    }

    private func wrong(_ name: String) -> DatabaseError { .unexpected("column \(name): type") }

    /// Text, or nil for NULL.
    package func optionalText(_ name: String) throws(DatabaseError) -> String? {
        switch try value(name) {
        case .null: return nil
        case .text(let text): return text
        default: throw wrong(name)
        }
    }

    /// A whole number, or nil for NULL.
    package func optionalInteger(_ name: String) throws(DatabaseError) -> Int64? {
        switch try value(name) {
        case .null: return nil
        case .integer(let number): return number
        default: throw wrong(name)
        }
    }

    /// Bytes, or nil for NULL.
    package func optionalBlob(_ name: String) throws(DatabaseError) -> [UInt8]? {
        switch try value(name) {
        case .null: return nil
        case .blob(let bytes): return bytes
        default: throw wrong(name)
        }
    }

    /// A moment, or nil for NULL.
    package func optionalTime(_ name: String) throws(DatabaseError) -> WallTime? {
        try optionalInteger(name).map { WallTime(nanoseconds: $0) }
    }

    /// Text; NULL is an error.
    package func text(_ name: String) throws(DatabaseError) -> String {
        guard let value = try optionalText(name) else { throw wrong(name) }
        return value
    }

    /// A whole number; NULL is an error.
    package func integer(_ name: String) throws(DatabaseError) -> Int64 {
        guard let value = try optionalInteger(name) else { throw wrong(name) }
        return value
    }

    /// Bytes; NULL is an error.
    package func blob(_ name: String) throws(DatabaseError) -> [UInt8] {
        guard let value = try optionalBlob(name) else { throw wrong(name) }
        return value
    }

    /// A moment; NULL is an error.
    package func time(_ name: String) throws(DatabaseError) -> WallTime {
        WallTime(nanoseconds: try integer(name))
    }

    /// Truth kept as 0 or 1.
    package func bool(_ name: String) throws(DatabaseError) -> Bool { try integer(name) != 0 }
}
