import GatehouseCore
import Glibc
import Synchronization

/// A PostgreSQL server, for several gates on one set of accounts. Transactions are serialisable
/// and tried again when another got in the way; a server that went away is asked again with the
/// next call.
package final class PostgreSQLDatabase: Database {
    private struct Pool {
        var idle: [PostgreSQLConnection] = []
        var count = 0
        var isClosed = false
    }

    private let url: String
    private let pool = Mutex(Pool())

    private static let connectionsMax = 8
    private static let waitMax = Duration.seconds(5)
    private static let connectSeconds = 3
    private static let statementMilliseconds = 10_000
    private static let lockMilliseconds = 5_000
    private static let attemptsMax = 30

    /// Connects once, so that a wrong address stops the start.
    ///
    /// `sslmode` is `verify-full` for servers elsewhere unless the address says otherwise.
    package init(url: String) throws(DatabaseError) {
        self.url = Self.completed(url)
        giveBack(try connect())
    }

    /// The address with the settings that it leaves open.
    static func completed(_ url: String) -> String {
        let rest = url.split(separator: "/", maxSplits: 3).dropFirst().first ?? ""
        let host = rest.split(separator: "@").last ?? ""
        let isLocal =
            ["localhost", "127.", "[::1]", ":"].contains { host.hasPrefix($0) } || host.isEmpty
        var settings: [String] = []
        if !isLocal, !url.contains("sslmode=") { settings.append("sslmode=verify-full") }
        if !url.contains("connect_timeout=") {
            settings.append("connect_timeout=\(connectSeconds)")
        }
        if !url.contains("application_name=") { settings.append("application_name=gatehouse") }
        let sign = url.contains("?") ? "&" : "?"
        return settings.isEmpty ? url : url + sign + settings.joined(separator: "&")
    }

    private func connect() throws(DatabaseError) -> PostgreSQLConnection {
        try PostgreSQLConnection(
            url: url, statementMilliseconds: Self.statementMilliseconds,
            lockMilliseconds: Self.lockMilliseconds)
    }

    private enum Turn: Sendable {
        case use(PostgreSQLConnection)
        case make
        case wait
        case closed
    }

    private func take() throws(DatabaseError) -> PostgreSQLConnection {
        let end = MonotonicTime.now + Self.waitMax
        while true {
            let turn = pool.withLock { pool -> Turn in
                if pool.isClosed { return .closed }
                if let connection = pool.idle.popLast() { return .use(connection) }
                guard pool.count < Self.connectionsMax else { return .wait }
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
        pool.withLock { pool in
            if pool.count == 0 { pool.count = 1 }
            if connection.isUsable, !pool.isClosed {
                pool.idle.append(connection)
            } else {
                pool.count -= 1
            }
        }
    }

    package func read<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    @discardableResult
    package func transaction<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try run("BEGIN ISOLATION LEVEL SERIALIZABLE", body)
    }

    /// Read committed: a snapshot from before the lock would not show what its last holder did.
    package func changeSchema(_ body: (any SQLConnection) throws -> Void) throws {
        try run("BEGIN ISOLATION LEVEL READ COMMITTED") { connection in
            _ = try connection.rows("SELECT 1 AS one FROM pg_advisory_xact_lock(4711902017)")
            try body(connection)
        }
    }

    private func run<Value>(
        _ begin: SQLStatement, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try once(begin, body)
            } catch DatabaseError.conflict where attempt < Self.attemptsMax {
                // Not all at the same moment again.
                usleep(UInt32.random(in: 500...(2_000 * UInt32(attempt))))
            } catch DatabaseError.conflict {
                throw DatabaseError.unavailable("too much at once")
            }
        }
    }

    private func once<Value>(
        _ begin: SQLStatement, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let connection = try begun(begin)
        defer { giveBack(connection) }
        do {
            let value = try body(connection)
            try connection.run("COMMIT")
            return value
        } catch {
            if connection.isUsable { _ = try? connection.run("ROLLBACK") }
            throw error
        }
    }

    /// A connection whose transaction has begun. One that died while it was idle is replaced:
    /// nothing was done on it yet.
    private func begun(_ begin: SQLStatement) throws(DatabaseError) -> PostgreSQLConnection {
        while true {
            let connection = try take()
            do throws(DatabaseError) {
                try connection.run(begin)
                return connection
            } catch {
                let wasUsable = connection.isUsable
                giveBack(connection)
                if wasUsable { throw error }
            }
        }
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
