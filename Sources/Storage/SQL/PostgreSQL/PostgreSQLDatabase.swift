import GatehouseCore
import Glibc
import Synchronization

/// A PostgreSQL server in blocking form, for several gates on one set of accounts. Transactions
/// are serialisable and tried again when another got in the way; a server that went away is asked
/// again with the next call.
package final class PostgreSQLDatabase: Database {
    private struct Pool {
        var idle: [PostgreSQLConnection] = []
        var count = 0
        var isClosed = false
    }

    private let address: PostgreSQLAddress
    private let limits: SQLLimits
    private let pool = Mutex(Pool())
    private let nesting = NestingGuard()

    private static let limits: SQLLimits = {
        var limits = SQLLimits()
        limits.transactionMax = .seconds(60)
        limits.rowsMax = 1_000_000
        return limits
    }()

    /// Connects once, so that a wrong address stops the start.
    ///
    /// `sslmode` is `verify-full` for servers elsewhere unless the address says otherwise.
    package convenience init(url: String) throws(DatabaseError) {
        try self.init(url: url, limits: Self.limits)
    }

    init(url: String, limits: SQLLimits) throws(DatabaseError) {
        address = try PostgreSQLAddress(url)
        self.limits = limits
        let connection = try connect()
        pool.withLock { $0.count = 1 }
        giveBack(connection)
    }

    private func connect() throws(DatabaseError) -> PostgreSQLConnection {
        try PostgreSQLConnection(address, limits: limits, interruption: Interruption())
    }

    private enum Turn: Sendable {
        case use(PostgreSQLConnection)
        case make
        case wait
        case closed
    }

    private func take() throws(DatabaseError) -> PostgreSQLConnection {
        let end = MonotonicTime.now + limits.waitMax
        while true {
            let turn = pool.withLock { pool -> Turn in
                if pool.isClosed { return .closed }
                if let connection = pool.idle.popLast() { return .use(connection) }
                guard pool.count < limits.connectionsMax else { return .wait }
                pool.count += 1
                return .make
            }
            switch turn {
            case .closed: throw .unavailable("closed")
            case .use(let connection):
                if connection.isUsable { return connection }
                drop()
            case .make:
                do throws(DatabaseError) { return try connect() } catch {
                    drop()
                    throw error
                }
            case .wait:
                guard MonotonicTime.now < end else {
                    throw .unavailable("all connections are in use")
                }
                usleep(2_000)
            }
        }
    }

    private func drop() { pool.withLock { $0.count -= 1 } }

    private func giveBack(_ connection: PostgreSQLConnection) {
        let isUsable = connection.isUsable
        pool.withLock { pool in
            if isUsable, !pool.isClosed {
                pool.idle.append(connection)
            } else {
                pool.count -= 1
            }
        }
    }

    package func read<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try run(.read, body)
    }

    @discardableResult
    package func transaction<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try run(.write, body)
    }

    package func changeSchema(_ body: (any SQLConnection) throws -> Void) throws {
        try run(.schema, body)
    }

    private func run<Value>(
        _ mode: TransactionMode, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try nesting {
            var retry = ConflictRetry()
            while true {
                do { return try once(mode, body) } catch DatabaseError.conflict {
                    usleep(UInt32(try retry.pause().nanoseconds / 1_000))
                }
            }
        }
    }

    /// A connection that died while it was idle is replaced: nothing was done on it yet.
    private func once<Value>(
        _ mode: TransactionMode, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let connection = try take()
        defer { giveBack(connection) }
        return try connection.attempt(mode, body)
    }

    package func isReachable() -> Bool {
        (try? read { connection in try connection.row("SELECT 1 AS one") != nil }) ?? false
    }

    package func close() {
        pool.withLock { pool in
            pool.isClosed = true
            pool.count -= pool.idle.count
            pool.idle.removeAll()
        }
    }
}
