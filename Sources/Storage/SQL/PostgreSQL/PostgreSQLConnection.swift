import GatehouseCore

/// One connection to a PostgreSQL server. Used by one thread at a time: whoever took it from its
/// pool, or the thread that made it.
final class PostgreSQLConnection: EngineConnection, @unchecked Sendable {
    private let link: PostgreSQLLink
    private let limits: SQLLimits
    private var isClosed = false
    private var isInTransaction = false
    private(set) var failure: DatabaseError?
    private var statements = PostgreSQLStatements()

    /// How long the server goes on by itself after our own clock ended a statement or transaction.
    private static let serverSlack = Duration.seconds(1)

    /// Connects; the server, too, ends statements, waits for locks and idle transactions that take
    /// longer than the limits.
    init(
        _ address: PostgreSQLAddress, limits: SQLLimits, interruption: Interruption
    ) throws(DatabaseError) {
        self.limits = limits
        let end = MonotonicTime.now + limits.connectMax
        link = try PostgreSQLLink(address, interruption: interruption, until: end)
        let statement = Self.milliseconds(limits.statementMax + Self.serverSlack)
        let lock = Self.milliseconds(limits.lockMax)
        let idle = Self.milliseconds(limits.transactionMax + Self.serverSlack)
        _ = try rows(
            """
            SELECT set_config('statement_timeout', \(statement), false),
                set_config('lock_timeout', \(lock), false),
                set_config('idle_in_transaction_session_timeout', \(idle), false),
                set_config('standard_conforming_strings', 'on', false),
                set_config('bytea_output', 'hex', false),
                set_config('extra_float_digits', '1', false)
            """)
    }

    private static func milliseconds(_ duration: Duration) -> String {
        "\(max(1, duration.nanoseconds / 1_000_000))"
    }

    var interruption: Interruption { link.interruption }
    var isUsable: Bool { !isClosed && link.isUsable }
    func close() { isClosed = true }

    // MARK: Statements

    func rows(_ statement: SQLStatement) throws(DatabaseError) -> [SQLRow] {
        try checked(statement).rows
    }

    @discardableResult
    func run(_ statement: SQLStatement) throws(DatabaseError) -> Int {
        try checked(statement).changed
    }

    private struct Answer {
        var rows: [SQLRow] = []
        var changed = 0
    }

    /// Rows while they come.
    private struct Rows {
        var names: [String] = []
        var values: [SQLValue] = []
        var count = 0
        var bytes = 0

        /// Takes one more; false when there are too many.
        mutating func add(_ row: PostgreSQLAnswer, _ limits: SQLLimits) -> Bool {
            if count == 0 { names = row.names }
            row.values(into: &values, bytes: &bytes)
            count += 1
            return count <= limits.rowsMax && bytes <= limits.answerBytesMax
        }
    }

    private func checked(_ statement: SQLStatement) throws(DatabaseError) -> Answer {
        if let failure { throw failure }
        do throws(DatabaseError) { return try execute(statement) } catch {
            if isInTransaction { failure = error }
            throw error
        }
    }

    private func execute(_ statement: SQLStatement) throws(DatabaseError) -> Answer {
        if isClosed { throw .unavailable("closed") }
        if interruption.isCancelled { throw .cancelled }
        let parameters = try PostgreSQLParameters(statement)
        let end = MonotonicTime.now + limits.statementMax
        let known = try statements.find(statement)
        var rows = Rows()
        let row = { (one: PostgreSQLAnswer) -> Bool in rows.add(one, self.limits) }
        let outcome: PostgreSQLLink.End
        if let name = try prepared(known, until: end) {
            outcome = link.run(prepared: name, parameters, until: end, row)
        } else {
            outcome = link.run(known.text, parameters, until: end, row)
        }
        switch outcome {
        case .done(_, let changed):
            let found = SQLAnswer(names: rows.names, values: rows.values)
            return Answer(rows: found.rows(), changed: changed)
        case .failed(let failure): throw explained(failure)
        case .lost(let error): throw lost(error, statement)
        }
    }

    /// The name of the prepared statement; nil the first time, when preparing would only cost a
    /// round trip.
    private func prepared(
        _ known: PostgreSQLStatements.Known, until end: MonotonicTime
    ) throws(DatabaseError) -> String? {
        switch known.state {
        case .new: return nil
        case .prepared(let name): return name
        case .seen:
            let (name, evicted) = statements.name(for: known)
            if let evicted {
                let nothing = try PostgreSQLParameters(SQLStatement())
                _ = link.run("DEALLOCATE \(evicted)", nothing, until: end) { _ in true }
            }
            switch link.prepare(known.text, as: name, until: end) {
            case .done: return name
            case .failed(let failure):
                isClosed = true
                throw failure.error
            case .lost(let error): throw error
            }
        }
    }

    private func explained(_ failure: PostgreSQLFailure) -> DatabaseError {
        guard failure.asksToPrepareAgain, statements.hasPrepared else { return failure.error }
        // Simplest is a new connection, and the work again.
        isClosed = true
        return .conflict
    }

    /// A line that broke outside a transaction, after a statement that may write was sent, leaves
    /// its outcome open.
    private func lost(_ error: DatabaseError, _ statement: SQLStatement) -> DatabaseError {
        guard !isInTransaction, !statement.reads, error != .tooLarge else { return error }
        if case .refused = error { return error }
        return .commitUnknown
    }

    // MARK: Transactions

    func begin(_ mode: TransactionMode) throws(DatabaseError) {
        failure = nil
        switch mode {
        case .read: try run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        case .write: try run("BEGIN ISOLATION LEVEL SERIALIZABLE")
        case .schema:
            // Read committed: a snapshot from before the lock would not show what its last holder
            // did.
            try run("BEGIN ISOLATION LEVEL READ COMMITTED")
        }
        isInTransaction = true
        guard mode == .schema else { return }
        do throws(DatabaseError) {
            _ = try rows("SELECT 1 AS one FROM pg_advisory_xact_lock(4711902017)")
        } catch {
            rollback()
            throw error
        }
    }

    func commit() throws(DatabaseError) {
        defer {
            isInTransaction = false
            failure = nil
        }
        guard link.isInTransaction else { throw .unexpected("a statement ended the transaction") }
        if interruption.isCancelled {
            rollback()
            throw .cancelled
        }
        // From here on the outcome is the server's: no cancellation any more.
        interruption.begin(0)
        guard link.isUsable else { throw .unavailable("the connection to PostgreSQL broke") }
        let nothing = try PostgreSQLParameters(SQLStatement())
        let end = MonotonicTime.now + limits.statementMax
        switch link.run("COMMIT", nothing, until: end, { _ in true }) {
        case .done("COMMIT", _): return
        // The server's word for a commit of a transaction in which a statement failed.
        case .done: throw .unexpected("the transaction was rolled back")
        case .failed(let failure) where failure.endsConnection: throw .commitUnknown
        case .failed(let failure): throw failure.error
        case .lost: throw .commitUnknown
        }
    }

    func rollback() {
        isInTransaction = false
        failure = nil
        guard isUsable, link.isInTransaction else { return }
        interruption.begin(0)
        _ = try? run("ROLLBACK")
        // A line whose transaction can't be ended is ended itself.
        if link.isInTransaction { close() }
    }
}
