import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

@testable import GatehouseStorage

/// What clients see of a server that hangs, dies or lies, and what is there afterwards.
@Suite(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
struct PostgreSQLFaultTests {
    private var limits: SQLLimits {
        var limits = SQLLimits()
        limits.statementMax = .milliseconds(500)
        limits.connectMax = .milliseconds(500)
        return limits
    }

    @Test func `a server that hangs gives an error, and serves again when it goes on`()
        async throws
    {
        let server = try PostgreSQLServer()
        let address = try server.newDatabase()
        let blocking = try PostgreSQLDatabase(url: address, limits: limits)
        let db = try await SQLDatabase.postgreSQL(Redacted(address), limits: limits)
        try await db.execute("CREATE TABLE t (x BIGINT)")
        server.pause()
        await #expect(throws: DatabaseError.self) { _ = try await db.query("SELECT x FROM t") }
        // The broken line is gone: this one hangs while it connects.
        await #expect(throws: DatabaseError.unavailable("connecting to PostgreSQL took too long")) {
            _ = try await db.query("SELECT x FROM t")
        }
        #expect(throws: DatabaseError.self) {
            try blocking.transaction { try $0.run("INSERT INTO t (x) VALUES (1)") }
        }
        #expect(!blocking.isReachable())
        server.resume()
        #expect(eventually { blocking.isReachable() })
        #expect(await db.isReachable())
    }

    @Test func `a connection that the server ended while it was idle is replaced unseen`()
        async throws
    {
        let server = try PostgreSQLServer.shared()
        let address = try server.newDatabase()
        let blocking = try PostgreSQLDatabase(url: address)
        let db = try await SQLDatabase.postgreSQL(Redacted(address))
        for _ in 0..<3 {
            let ended = try server.run(
                """
                SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                WHERE datname = '\(address.split(separator: "/").last ?? "")'
                """, in: "postgres")
            #expect(ended == "2")
            try await db.execute("CREATE TABLE IF NOT EXISTS t (x BIGINT)")
            try blocking.transaction { try $0.run("INSERT INTO t (x) VALUES (1)") }
        }
    }

    @Test func `a commit whose answer is lost is reported as unknown`() async throws {
        let server = try PostgreSQLServer()
        let address = try server.newDatabase()
        let db = try await SQLDatabase.postgreSQL(Redacted(address), limits: limits)
        try await db.execute("CREATE TABLE t (x BIGINT)")
        let attempts = Mutex(0)
        await #expect(throws: DatabaseError.commitUnknown) {
            try await db.transaction { transaction in
                attempts.withLock { $0 += 1 }
                try await transaction.execute("INSERT INTO t (x) VALUES (1)")
                server.pause()
            }
        }
        #expect(attempts.withLock { $0 } == 1)
        server.resume()
        let blocking = try PostgreSQLDatabase(url: address, limits: SQLLimits())
        let error = #expect(throws: DatabaseError.self) {
            try blocking.transaction { connection in
                try connection.run("INSERT INTO t (x) VALUES (2)")
                server.kill()
            }
        }
        // Seen dead before the commit was sent, or not.
        #expect(error != .constraint && error != .conflict)
    }

    @Test func `a conflict that the body made its own is tried again, and not for ever`() throws {
        struct Mine: Error {}
        let server = try PostgreSQLServer.shared()
        let address = try server.newDatabase()
        let database = try PostgreSQLDatabase(url: address)
        try database.transaction { try $0.run("CREATE TABLE t (x BIGINT)") }
        try database.transaction { try $0.run("INSERT INTO t (x) VALUES (0)") }
        let other = try PostgreSQLDatabase(url: address)
        var attempts = 0
        try database.transaction { connection in
            attempts += 1
            let x = try connection.row("SELECT x FROM t")?.integer("x") ?? 0
            if attempts <= 2 {
                try other.transaction { try $0.run("UPDATE t SET x = x + 10") }
            }
            do { try connection.run("UPDATE t SET x = \(x + 1)") } catch { throw Mine() }
        }
        #expect(attempts == 3)
        let x = try database.read { try $0.row("SELECT x FROM t")?.integer("x") }
        #expect(x == 21)
        attempts = 0
        #expect(throws: DatabaseError.unavailable("too much at once")) {
            try database.transaction { connection in
                attempts += 1
                _ = try connection.rows("SELECT x FROM t")
                try other.transaction { try $0.run("UPDATE t SET x = x + 10") }
                do { try connection.run("UPDATE t SET x = 1") } catch { throw Mine() }
            }
        }
        #expect(attempts == 30)
    }

    @Test func `what was acknowledged is there after the server was killed under load`()
        async throws
    {
        let server = try PostgreSQLServer()
        let address = try server.newDatabase()
        let db = try await SQLDatabase.postgreSQL(Redacted(address), limits: SQLLimits())
        try await db.execute("CREATE TABLE t (x BIGINT PRIMARY KEY)")
        let tally = Tally()
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for index in 0..<100_000 {
                        let x = worker * 100_000 + index
                        do {
                            if index.isMultiple(of: 2) {
                                try await db.execute("INSERT INTO t (x) VALUES (\(x))")
                            } else {
                                try await db.transaction {
                                    try await $0.execute("INSERT INTO t (x) VALUES (\(x))")
                                }
                            }
                            tally.acknowledged.withLock { _ = $0.insert(x) }
                        } catch DatabaseError.commitUnknown {
                            return tally.unknown.withLock { _ = $0.insert(x) }
                        } catch { return }
                    }
                }
            }
            group.addTask { @concurrent in
                // A busy machine gets a few times as long for the least of them.
                let count = { tally.acknowledged.withLock { $0.count } }
                _ =
                    eventually { count() > 200 } || eventually { count() > 10 }
                    || eventually { count() > 10 }
                server.kill()
            }
            await group.waitForAll()
        }
        #expect(await db.isReachable() == false)
        try server.start()
        let found = Set(try await db.query("SELECT x FROM t", as: Int.self))
        let sure = tally.acknowledged.withLock { $0 }
        #expect(sure.count > 10)
        #expect(sure.subtracting(found).isEmpty)
        #expect(found.subtracting(sure).isSubset(of: tally.unknown.withLock { $0 }))
        print(
            "postgresql killed: \(sure.count) acknowledged, \(found.count) found, "
                + "\(tally.unknown.withLock { $0.count }) unknown")
    }
}

/// What became of each row.
private final class Tally: Sendable {
    let acknowledged = Mutex<Set<Int>>([])
    let unknown = Mutex<Set<Int>>([])
}
