import CSQLite
import GatehouseCore

/// One SQLite connection. Used by one thread at a time: under its database's lock, or on the
/// thread that made it.
@safe final class SQLiteConnection: EngineConnection, @unchecked Sendable {
    private var handle: OpaquePointer?
    private let clock: SQLiteClock
    private let limits: SQLLimits
    private let gate: SQLiteGate?
    private let isReadOnly: Bool
    private var isWriting = false
    private var isInTransaction = false
    private(set) var failure: DatabaseError?
    /// Prepared statements by the shape of their text, least recently made first.
    private var prepared: [UInt64: SQLiteQuery] = [:]
    private var order: [UInt64] = []

    /// Most prepared statements that are kept.
    private static let preparedMax = 128

    /// Opens a file.
    /// - Parameter gate: shared by the connections of one process that write.
    init(
        path: String, isReadOnly: Bool, limits: SQLLimits, interruption: Interruption,
        gate: SQLiteGate? = nil
    ) throws(DatabaseError) {
        clock = SQLiteClock(interruption, limits)
        self.limits = limits
        self.gate = gate
        self.isReadOnly = isReadOnly
        let flags =
            (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
            | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
        let code = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let failure = error(code)
            unsafe sqlite3_close_v2(handle)
            throw failure
        }
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe clock.watch(unsafe: handle)
    }

    deinit { close() }

    var interruption: Interruption { clock.interruption }
    var isUsable: Bool { unsafe handle != nil }

    func close() {
        prepared.removeAll()
        order.removeAll()
        unsafe sqlite3_close_v2(handle)
        unsafe handle = nil
        if isWriting { leaveGate() }
    }

    // MARK: Statements

    func rows(_ statement: SQLStatement) throws(DatabaseError) -> [SQLRow] {
        if let failure { throw failure }
        do throws(DatabaseError) { return try execute(statement) } catch {
            if isInTransaction { failure = error }
            throw error
        }
    }

    @discardableResult
    func run(_ statement: SQLStatement) throws(DatabaseError) -> Int {
        guard unsafe handle != nil else { throw .unavailable("closed") }
        let before = unsafe sqlite3_total_changes(handle)
        _ = try rows(statement)
        return Int(unsafe sqlite3_total_changes(handle) - before)
    }

    private func execute(_ statement: SQLStatement) throws(DatabaseError) -> [SQLRow] {
        clock.start()
        if interruption.isCancelled { throw .cancelled }
        let query = try prepare(statement)
        if !query.isReadOnly, !isWriting, let gate {
            try gate.enter(interruption, until: .now + limits.lockMax)
            defer { gate.leave() }
            return try run(query, statement)
        }
        return try run(query, statement)
    }

    private func run(
        _ query: SQLiteQuery, _ statement: SQLStatement
    ) throws(DatabaseError) -> [SQLRow] {
        let (rows, end) = query.run(
            statement, .init(rowsMax: limits.rowsMax, bytesMax: limits.answerBytesMax))
        switch end {
        case .code(SQLITE_DONE): return rows
        case .code(let code): throw error(code)
        case .refused(let error): throw error
        }
    }

    private func prepare(_ statement: SQLStatement) throws(DatabaseError) -> SQLiteQuery {
        let known = prepared[statement.shape]
        if let known, known.statement.hasTextOf(statement) { return known }
        guard unsafe handle != nil else { throw .unavailable("closed") }
        try statement.check()
        let text = statement.rendered(.sqlite)
        // `prepare` ends at a zero byte and would run what stands before it.
        guard !text.hasZeroByte else { throw .refused("a statement with a zero byte") }
        var made: OpaquePointer?
        let (code, isWhole) = unsafe text.withCString { start in
            var rest: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v2(handle, start, -1, &made, &rest)
            return (code, unsafe Self.isOver(rest))
        }
        guard code == SQLITE_OK else { throw error(code, isPreparing: true) }
        guard let made = unsafe made else { throw .unexpected("an empty statement") }
        let query = unsafe SQLiteQuery(unsafe: made, statement.withoutValues)
        // SQLite runs the first of several statements and forgets the others.
        guard isWhole else { throw .refused("several statements in one") }
        // Two texts of one shape: the one that is kept stays.
        if known == nil { keep(query) }
        return query
    }

    private func keep(_ query: SQLiteQuery) {
        if order.count >= Self.preparedMax { prepared[order.removeFirst()] = nil }
        prepared[query.statement.shape] = query
        order.append(query.statement.shape)
    }

    private static func isOver(_ rest: UnsafePointer<CChar>?) -> Bool {
        guard var rest = unsafe rest else { return true }
        while unsafe rest.pointee != 0 {
            // White space and semicolons.
            guard unsafe rest.pointee <= 0x20 || rest.pointee == 0x3B else { return false }
            unsafe rest += 1
        }
        return true
    }

    // MARK: Transactions

    func begin(_ mode: TransactionMode) throws(DatabaseError) {
        failure = nil
        if mode == .read {
            if !isReadOnly { try run("PRAGMA query_only = ON") }
            do throws(DatabaseError) { try run("BEGIN") } catch {
                end()
                throw error
            }
        } else {
            if let gate {
                try gate.enter(interruption, until: .now + limits.lockMax)
                isWriting = true
            }
            do throws(DatabaseError) { try run("BEGIN IMMEDIATE") } catch {
                leaveGate()
                throw error
            }
        }
        isInTransaction = true
    }

    func commit() throws(DatabaseError) {
        guard unsafe sqlite3_get_autocommit(handle) == 0 else {
            rollback()
            throw .unexpected("a statement ended the transaction")
        }
        do throws(DatabaseError) { try run("COMMIT") } catch {
            rollback()
            throw error
        }
        end()
    }

    func rollback() {
        failure = nil
        isInTransaction = false
        // A transaction that SQLite ended by itself has nothing left to roll back.
        if unsafe handle != nil, unsafe sqlite3_get_autocommit(handle) == 0 {
            interruption.begin(0)
            _ = try? run("ROLLBACK")
        }
        end()
    }

    private func end() {
        isInTransaction = false
        failure = nil
        if !isWriting, !isReadOnly, unsafe handle != nil { _ = try? run("PRAGMA query_only = OFF") }
        leaveGate()
    }

    private func leaveGate() {
        guard isWriting else { return }
        isWriting = false
        gate?.leave()
    }

    // MARK: The whole file

    /// Copies the whole database into another file while it is in use.
    func backUp(to other: SQLiteConnection) throws(DatabaseError) {
        guard let backup = unsafe sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw .unavailable("backup")
        }
        let code = unsafe sqlite3_backup_step(backup, -1)
        let end = unsafe sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else { throw error(code) }
    }

    /// An error without anything of the statement's values. SQLite's own text is taken for a
    /// statement that does not compile, before any value is bound: later ones may quote values.
    private func error(_ code: Int32, isPreparing: Bool = false) -> DatabaseError {
        if interruption.isCancelled { return .cancelled }
        if code == SQLITE_BUSY | 2 << 8 { return .conflict }
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: return .constraint
        case SQLITE_FULL: return .full
        case SQLITE_READONLY: return .readOnly
        case SQLITE_TOOBIG: return .refused("a value that is too large")
        case SQLITE_INTERRUPT: return .unavailable("a statement took too long")
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM:
            return .unavailable("SQLite \(code): \(unsafe String(cString: sqlite3_errstr(code)))")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return .corrupt(unsafe String(cString: sqlite3_errstr(code)))
        default:
            let text =
                unsafe isPreparing && handle != nil
                ? String(cString: sqlite3_errmsg(handle)) : String(cString: sqlite3_errstr(code))
            return .unexpected("SQLite \(code): \(text)")
        }
    }
}
