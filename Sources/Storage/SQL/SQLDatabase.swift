public import GatehouseCore

/// An SQL database: an embedded SQLite file, or a PostgreSQL server.
///
/// ```swift
/// let db = try await SQLDatabase.sqlite("notes.db")
/// let notes = try await db.query(
///     "SELECT id, title FROM notes WHERE owner = \(owner)", as: Note.self)
/// ```
///
/// Whatever is interpolated is bound. Calls suspend and never block: each connection has a thread
/// of its own. Every wait, queue and answer is bounded (`SQLLimits`). Cancelling the task ends the
/// statement. Errors (`DatabaseError`) never hold values.
public final class SQLDatabase: Sendable {
    private let lanes: Lanes<any EngineConnection>
    private let limits: SQLLimits

    /// Databases whose transaction the running task is inside of.
    @TaskLocal private static var open: Set<ObjectIdentifier> = []

    private init(
        _ limits: SQLLimits,
        _ connect: @escaping @Sendable (Interruption) throws(DatabaseError) -> any EngineConnection
    ) {
        lanes = Lanes(
            limits,
            LaneKind(connect: connect, isUsable: { $0.isUsable }, close: { $0.close() }))
        self.limits = limits
    }

    deinit { lanes.close() }

    /// Opens or makes a SQLite file, which its owner alone may read, in a folder where its owner
    /// alone may write, and looks for damage. Every commit reaches the disk before it is
    /// acknowledged; readers do not wait for writers.
    public static func sqlite(
        _ path: String, limits: SQLLimits = SQLLimits()
    ) async throws(DatabaseError) -> SQLDatabase {
        let gate = SQLiteGate()
        let database = SQLDatabase(limits) { interruption throws(DatabaseError) in
            try SQLiteFile.writer(path, limits: limits, interruption: interruption, gate: gate)
        }
        var whole = limits
        whole.statementMax = .seconds(3_600)
        let checkLimits = whole
        try await database.lanes.run { connection in
            Result { () throws(DatabaseError) in
                try SQLiteFile.claim(path)
                _ = try connection.open()
                try SQLiteFile.check(path, limits: checkLimits)
            }
        }
        return database
    }

    /// Connects to a PostgreSQL server by its address: `postgres://user:password@host/database`.
    ///
    /// To other machines `sslmode` is `verify-full`, against the system's authorities, and
    /// passwords are proved by SCRAM with channel binding only, unless the address says otherwise.
    public static func postgreSQL(
        _ address: Redacted<String>, limits: SQLLimits = SQLLimits()
    ) async throws(DatabaseError) -> SQLDatabase {
        let address = try PostgreSQLAddress(address.dangerouslyRevealed)
        let database = SQLDatabase(limits) { interruption throws(DatabaseError) in
            try PostgreSQLConnection(address, limits: limits, interruption: interruption)
        }
        try await database.lanes.run { connection in
            Result { () throws(DatabaseError) in _ = try connection.open() }
        }
        return database
    }

    // MARK: Statements

    /// The rows of an answer.
    public func query(_ statement: SQLStatement) async throws(DatabaseError) -> [SQLRow] {
        try await single { connection throws(DatabaseError) in try connection.rows(statement) }
    }

    /// The rows of an answer as values; coding keys are the names of the columns.
    public func query<Value: Decodable & Sendable>(
        _ statement: SQLStatement, as type: Value.Type
    ) async throws(DatabaseError) -> [Value] {
        try await query(statement).map { row throws(DatabaseError) in try row.decoded() }
    }

    /// Runs a statement by itself; the number of rows that it changed.
    @discardableResult
    public func execute(_ statement: SQLStatement) async throws(DatabaseError) -> Int {
        try await single { connection throws(DatabaseError) in try connection.run(statement) }
    }

    private func single<Value: Sendable>(
        _ body: @escaping @Sendable (any EngineConnection) throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        try checkNesting()
        var retry = ConflictRetry()
        while true {
            do throws(DatabaseError) {
                return try await lanes.run { lane in
                    Result { () throws(DatabaseError) in try body(try lane.open()) }
                }
            } catch {
                guard error == .conflict else { throw error }
                try await Self.pause(&retry)
            }
        }
    }

    private func checkNesting() throws(DatabaseError) {
        // A second connection would wait for what the first one holds.
        guard !Self.open.contains(ObjectIdentifier(self)) else { throw .nested }
    }

    private static func pause(_ retry: inout ConflictRetry) async throws(DatabaseError) {
        let pause = try retry.pause()
        do { try await Task.sleep(for: pause) } catch { throw .cancelled }
    }

    // MARK: Transactions

    /// Runs `body` in a transaction: what it returns is committed, what it throws leaves nothing
    /// behind. A failed statement undoes the whole transaction, even if `body` catches its error.
    ///
    /// Transactions behave as if one ran after the other (serialisable). One that met another is
    /// run again, so that `body` must do nothing but talk to the database. The database itself
    /// can't be used inside `body`: the transaction is its connection.
    /// - Throws: what `body` throws, or `DatabaseError`; `commitUnknown` when the connection broke
    ///   during the commit.
    @discardableResult
    public func transaction<Value: Sendable>(
        _ body: (SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try await run(.write, body)
    }

    /// Runs `body` in a transaction that sees one state of the data and cannot write.
    public func snapshot<Value: Sendable>(
        _ body: (SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try await run(.read, body)
    }

    private func run<Value: Sendable>(
        _ mode: TransactionMode, _ body: (SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try checkNesting()
        var retry = ConflictRetry()
        while true {
            do { return try await once(mode, body) } catch DatabaseError.conflict {
                try await Self.pause(&retry)
            }
        }
    }

    private func once<Value: Sendable>(
        _ mode: TransactionMode, _ body: (SQLTransaction) async throws -> Value
    ) async throws -> Value {
        let lease = try await lease(mode)
        let value: Value
        do {
            let inside = Self.open.union([ObjectIdentifier(self)])
            value = try await Self.$open.withValue(inside) {
                try await body(SQLTransaction(lease))
            }
            if Task.isCancelled { throw DatabaseError.cancelled }
        } catch {
            // Rolled back by now if the lease is over: its clock ran out.
            let cause = try? await lease.run(isLast: true, endsWhenCancelled: false) { connection in
                let cause = connection.failure
                connection.rollback()
                return .success(cause)
            }
            throw cause == .conflict ? DatabaseError.conflict : error
        }
        try await lease.run(isLast: true, endsWhenCancelled: false) { connection in
            Result { () throws(DatabaseError) in try connection.finish() }
        }
        return value
    }

    /// A thread with a transaction that has begun.
    private func lease(_ mode: TransactionMode) async throws(DatabaseError) -> SQLLease {
        let transactionMax = limits.transactionMax
        return try await lanes.hand { lane, answer in
            let end = MonotonicTime.now + transactionMax
            let begun = Result { () throws(DatabaseError) in
                let connection = try lane.open()
                try connection.begin(mode)
                return connection
            }
            switch begun {
            case .failure(let error): answer(.failure(error))
            case .success(let connection):
                let lease = SQLLease(lane.interruption.bell)
                lane.interruption.begin(0)
                answer(.success(lease))
                lease.serve(connection, until: end)
            }
        }
    }

    // MARK: The whole

    /// Brings the schema up to date, in one transaction that no other program's overlaps.
    /// - Throws: `newerSchema`, `changedMigration`, or what a step failed with.
    public func migrate(_ migrations: Migrations) async throws(DatabaseError) {
        try await single { connection throws(DatabaseError) in
            try connection.begin(.schema)
            do throws(DatabaseError) { try migrations.apply(on: connection) } catch {
                connection.rollback()
                throw error
            }
            try connection.finish()
        }
    }

    /// Whether the database answers at this moment.
    public func isReachable() async -> Bool {
        (try? await query("SELECT 1 AS one")) != nil
    }

    /// Refuses further calls and closes connections as they become free.
    public func close() { lanes.close() }
}
