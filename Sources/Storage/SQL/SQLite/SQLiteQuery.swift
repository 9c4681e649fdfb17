import CSQLite

/// A prepared statement of one SQLite connection.
@safe final class SQLiteQuery {
    private let handle: OpaquePointer
    private var names: [String] = []
    /// How often SQLite compiled it anew, which it does when a table changed.
    private var compilations: Int32 = -1
    /// How many values the last answer held: the next one's room.
    private var expected = 0
    private static let expectedMax = 4_096
    /// Its text, to be told from another of the same shape.
    let statement: SQLStatement
    /// Whether it leaves the file as it is.
    let isReadOnly: Bool

    /// What an answer may hold.
    struct Bounds {
        let rowsMax: Int
        let bytesMax: Int
    }

    /// How a run ended.
    enum Outcome {
        case code(Int32)
        case refused(DatabaseError)
    }

    /// Takes over a prepared statement.
    init(unsafe handle: OpaquePointer, _ statement: SQLStatement) {
        unsafe self.handle = unsafe handle
        self.statement = statement
        isReadOnly = unsafe sqlite3_stmt_readonly(handle) != 0
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs it with the values of a statement of the same text.
    func run(_ statement: SQLStatement, _ bounds: Bounds) -> (rows: [SQLRow], end: Outcome) {
        defer {
            unsafe sqlite3_reset(handle)
            unsafe sqlite3_clear_bindings(handle)
        }
        var index: Int32 = 0
        for part in statement.parts {
            guard case .value(let value) = part else { continue }
            index += 1
            if case .text(let text) = value, text.hasZeroByte {
                return ([], .refused(.refused("text with a zero byte")))
            }
            let code = bind(value, index)
            guard code == SQLITE_OK else { return ([], .code(code)) }
        }
        return fetch(bounds)
    }

    private func fetch(_ bounds: Bounds) -> (rows: [SQLRow], end: Outcome) {
        var values: [SQLValue] = []
        var width: Int32 = 0
        var count = 0
        var bytes = 0
        while true {
            let code = unsafe sqlite3_step(handle)
            guard code == SQLITE_ROW else {
                if count == 0 { return ([], .code(code)) }
                expected = min(values.count, Self.expectedMax)
                return (SQLAnswer(names: names, values: values).rows(), .code(code))
            }
            if count == 0 {
                readNames()
                width = Int32(names.count)
                values.reserveCapacity(max(expected, names.count))
            }
            for column in 0..<width { values.append(value(column, &bytes)) }
            count += 1
            guard count <= bounds.rowsMax, bytes <= bounds.bytesMax else {
                return ([], .refused(.tooLarge))
            }
        }
    }

    private func readNames() {
        let count = unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        guard count != compilations else { return }
        compilations = count
        names = (0..<(unsafe sqlite3_column_count(handle))).map { column in
            unsafe String(cString: sqlite3_column_name(handle, column))
        }
    }

    private func bind(_ value: SQLValue, _ index: Int32) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
        case .double(let number): return unsafe sqlite3_bind_double(handle, index, number)
        case .text(let text):
            return unsafe gh_sqlite3_bind_text(handle, index, text, UInt64(text.utf8.count))
        case .blob(let bytes):
            // An empty array has no address, and no address would be NULL.
            if bytes.isEmpty { return unsafe sqlite3_bind_zeroblob(handle, index, 0) }
            return unsafe gh_sqlite3_bind_blob(handle, index, bytes, UInt64(bytes.count))
        }
    }

    private func value(_ column: Int32, _ bytes: inout Int) -> SQLValue {
        // One look at the column and then at its value, which no other thread touches: without a
        // mutex of the connection SQLite makes no difference between the two.
        let value = unsafe sqlite3_column_value(handle, column)
        switch unsafe sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_value_int64(value))
        case SQLITE_FLOAT: return .double(unsafe sqlite3_value_double(value))
        case SQLITE_TEXT:
            guard let text = unsafe sqlite3_value_text(value) else { return .null }
            let count = Int(unsafe sqlite3_value_bytes(value))
            bytes += count
            let buffer = unsafe UnsafeBufferPointer(start: text, count: count)
            return .text(unsafe String(decoding: buffer, as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(unsafe sqlite3_value_bytes(value))
            guard count > 0, let start = unsafe sqlite3_value_blob(value) else {
                return .blob([])
            }
            bytes += count
            return .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}

extension String {
    /// Whether it holds U+0000, at which C and some functions of databases end a text.
    package var hasZeroByte: Bool {
        unsafe utf8.withContiguousStorageIfAvailable { unsafe $0.contains(0) }
            ?? utf8.contains(0)
    }
}
