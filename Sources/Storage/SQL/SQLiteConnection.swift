import CSQLite
import Glibc

/// One SQLite connection. Used by one thread at a time: under its database's lock.
@safe final class SQLiteConnection: SQLConnection, @unchecked Sendable {
    private var handle: OpaquePointer?
    /// Prepared statements by their text, least recently made first.
    private var prepared: [String: SQLiteQuery] = [:]
    private var order: [String] = []

    /// Most prepared statements that are kept.
    private static let preparedMax = 128
    /// How long a connection waits for another process's lock.
    private static let busyMilliseconds: Int32 = 10_000

    init(path: String, isReadOnly: Bool) throws(DatabaseError) {
        let flags =
            (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
            | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
        let code = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let failure = failure(code)
            unsafe sqlite3_close_v2(handle)
            throw failure
        }
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, Self.busyMilliseconds)
    }

    deinit { close() }

    func close() {
        prepared.removeAll()
        order.removeAll()
        unsafe sqlite3_close_v2(handle)
        unsafe handle = nil
    }

    func rows(_ statement: SQLStatement) throws(DatabaseError) -> [SQLRow] {
        let (text, values) = statement.rendered(blobType: "BLOB") { _ in "?" }
        let (rows, code) = try prepare(text).run(values)
        guard code == SQLITE_DONE else { throw failure(code) }
        return rows
    }

    @discardableResult
    func run(_ statement: SQLStatement) throws(DatabaseError) -> Int {
        guard unsafe handle != nil else { throw .unavailable("closed") }
        let before = unsafe sqlite3_total_changes(handle)
        _ = try rows(statement)
        return Int(unsafe sqlite3_total_changes(handle) - before)
    }

    private func prepare(_ text: String) throws(DatabaseError) -> SQLiteQuery {
        if let found = prepared[text] { return found }
        guard unsafe handle != nil else { throw .unavailable("closed") }
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(handle, text, -1, &statement, nil)
        guard code == SQLITE_OK, let statement = unsafe statement else { throw failure(code) }
        if order.count >= Self.preparedMax { prepared[order.removeFirst()] = nil }
        let query = unsafe SQLiteQuery(unsafe: statement)
        prepared[text] = query
        order.append(text)
        return query
    }

    /// Copies the whole database into another file while it is in use.
    func backUp(to other: SQLiteConnection) throws(DatabaseError) {
        guard let backup = unsafe sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw .unavailable("backup")
        }
        let code = unsafe sqlite3_backup_step(backup, -1)
        let end = unsafe sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else { throw failure(code) }
    }

    /// An error without anything of the statement's values: SQLite's texts name columns only.
    private func failure(_ code: Int32) -> DatabaseError {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: return .constraint
        case SQLITE_FULL: return .full
        case SQLITE_READONLY: return .readOnly
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM:
            return .unavailable("SQLite \(code): \(unsafe String(cString: sqlite3_errstr(code)))")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return .corrupt(unsafe String(cString: sqlite3_errstr(code)))
        default:
            let text = unsafe handle == nil ? "closed" : String(cString: sqlite3_errmsg(handle))
            return .unexpected("SQLite \(code): \(text)")
        }
    }
}
