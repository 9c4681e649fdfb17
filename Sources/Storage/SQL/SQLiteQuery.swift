import CSQLite

/// A prepared statement of one SQLite connection.
@safe final class SQLiteQuery {
    private let handle: OpaquePointer
    private let names: [String]

    /// Takes over a prepared statement.
    init(unsafe handle: OpaquePointer) {
        unsafe self.handle = unsafe handle
        names = (0..<(unsafe sqlite3_column_count(handle))).map { column in
            unsafe String(cString: sqlite3_column_name(handle, column))
        }
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs it with these values; all rows, and the code it ended with.
    func run(_ values: [SQLValue]) -> (rows: [SQLRow], code: Int32) {
        defer {
            unsafe sqlite3_reset(handle)
            unsafe sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() {
            let code = bind(value, Int32(index + 1))
            guard code == SQLITE_OK else { return ([], code) }
        }
        var rows: [SQLRow] = []
        while true {
            let code = unsafe sqlite3_step(handle)
            guard code == SQLITE_ROW else { return (rows, code) }
            rows.append(SQLRow(names: names, values: names.indices.map { value(Int32($0)) }))
        }
    }

    private func bind(_ value: SQLValue, _ index: Int32) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
        case .text(let text):
            return unsafe gh_sqlite3_bind_text(handle, index, text, UInt64(text.utf8.count))
        case .blob(let bytes):
            // An empty array has no address, and no address would be NULL.
            if bytes.isEmpty { return unsafe sqlite3_bind_zeroblob(handle, index, 0) }
            return unsafe gh_sqlite3_bind_blob(handle, index, bytes, UInt64(bytes.count))
        }
    }

    private func value(_ column: Int32) -> SQLValue {
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_TEXT:
            guard let text = unsafe sqlite3_column_text(handle, column) else { return .null }
            let count = Int(unsafe sqlite3_column_bytes(handle, column))
            let bytes = unsafe UnsafeBufferPointer(start: text, count: count)
            return .text(unsafe String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(unsafe sqlite3_column_bytes(handle, column))
            guard count > 0, let start = unsafe sqlite3_column_blob(handle, column) else {
                return .blob([])
            }
            return .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}
