import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

/// What waits, runs or grows has an end, on both engines.
@Suite struct SQLBoundsTests {
    @Test(arguments: SQLEngine.available)
    func `ends a statement that takes too long, and goes on`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture { $0.statementMax = .milliseconds(200) }
        let db = fixture.database
        await #expect(throws: DatabaseError.unavailable("a statement took too long")) {
            _ = try await db.query(engine.endless)
        }
        #expect(await db.isReachable())
    }

    @Test(arguments: SQLEngine.available)
    func `ends the statement of a task that is cancelled`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture { $0.statementMax = .seconds(60) }
        let db = fixture.database
        for inside in [false, true] {
            let task = Task {
                if inside {
                    try await db.transaction { _ = try await $0.query(engine.endless) }
                } else {
                    _ = try await db.query(engine.endless)
                }
            }
            // Cancelled at once, it may not have reached the database: both are fine.
            try await db.execute("CREATE TABLE IF NOT EXISTS t (x BIGINT)")
            task.cancel()
            let error = await #expect(throws: DatabaseError.self) { try await task.value }
            #expect(error == .cancelled)
        }
        #expect(await db.isReachable())
    }

    @Test(arguments: SQLEngine.available)
    func `cancels what waits for a connection, and what waits too long is refused`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await engine.fixture {
            $0.connectionsMax = 1
            $0.waitMax = .milliseconds(300)
            $0.waitingMax = 1
            $0.statementMax = .seconds(60)
        }
        let db = fixture.database
        let holder = Task {
            try await db.transaction { _ = try await $0.query(engine.endless) }
        }
        // Refused for a full queue, or late: never served while the one connection is held.
        await #expect(throws: DatabaseError.self) {
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { _ = try await db.query(engine.endless) } }
                try await group.next()
            }
        }
        let waiter = Task { try await db.execute("CREATE TABLE t (x BIGINT)") }
        waiter.cancel()
        await #expect(throws: DatabaseError.self) { try await waiter.value }
        holder.cancel()
        await #expect(throws: DatabaseError.cancelled) { try await holder.value }
        #expect(await db.isReachable())
    }

    @Test(arguments: SQLEngine.available)
    func `rolls back a transaction that stays open too long`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture()
        try await fixture.database.execute("CREATE TABLE t (x BIGINT)")
        let short = try await fixture.open { $0.transactionMax = .milliseconds(200) }
        let gate = AsyncStream<Void>.makeStream()
        let held = Task {
            try await short.transaction { transaction in
                try await transaction.execute("INSERT INTO t (x) VALUES (1)")
                for await _ in gate.stream {}
                try await transaction.execute("INSERT INTO t (x) VALUES (2)")
            }
        }
        // Waits for the lock that the other holds, and gets it although its body still waits.
        for x in 3...4 {
            try await fixture.database.transaction {
                try await $0.execute("INSERT INTO t (x) VALUES (\(x))")
            }
        }
        let free = try await fixture.open { $0.transactionMax = .milliseconds(1) }
        await #expect(throws: DatabaseError.unavailable("the transaction took too long")) {
            try await free.transaction { transaction in
                while true { try await transaction.execute("UPDATE t SET x = x") }
            }
        }
        gate.continuation.finish()
        _ = await held.result
        let rows = try await fixture.database.query("SELECT x FROM t ORDER BY x", as: Int.self)
        // On PostgreSQL nobody waits for an insertion: then the first may still be in time.
        #expect(rows == [3, 4] || rows == [1, 2, 3, 4])
    }

    @Test(arguments: SQLEngine.available)
    func `refuses an answer with too many rows or bytes`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture {
            $0.rowsMax = 100
            $0.answerBytesMax = 10_000
        }
        let db = fixture.database
        try await db.execute("CREATE TABLE t (x BIGINT, y TEXT)")
        let text = String(repeating: "a", count: 900)
        let rows = (0..<101).map { SQLTuple($0, $0 < 12 ? text : nil) }
        try await db.execute("INSERT INTO t (x, y) VALUES \(rows: rows)")
        await #expect(throws: DatabaseError.tooLarge) { _ = try await db.query("SELECT x FROM t") }
        await #expect(throws: DatabaseError.tooLarge) {
            _ = try await db.query("SELECT y FROM t WHERE x < 12")
        }
        #expect(try await db.query("SELECT x FROM t WHERE x < 100").count == 100)
    }

    @Test(arguments: SQLEngine.available)
    func `keeps a bounded number of prepared statements`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture()
        for round in 0..<3 {
            try fixture.blocking().read { connection in
                for index in 0..<300 {
                    let padding = SQLStatement(dangerouslyRaw: String(repeating: " ", count: index))
                    for _ in 0..<2 {
                        let row = try connection.row(
                            "SELECT CAST(\(round) AS BIGINT) AS n\(padding)")
                        let found = try row?.integer("n")
                        #expect(found == Int64(round))
                    }
                }
            }
        }
    }

    @Test(arguments: SQLEngine.available)
    func `goes on when the schema changes under a prepared statement`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let db = fixture.database
        try await db.execute("CREATE TABLE t (x BIGINT)")
        try await db.execute("INSERT INTO t (x) VALUES (1)")
        func names() async throws -> [String] {
            try await db.transaction { transaction in
                try await transaction.query("SELECT * FROM t")[0].names
            }
        }
        for _ in 0..<3 { #expect(try await names() == ["x"]) }
        let other = try await fixture.open()
        try await other.execute("ALTER TABLE t ADD COLUMN y BIGINT")
        #expect(try await names() == ["x", "y"])
    }

    @Test(arguments: SQLEngine.available)
    func `can be closed, dropped and cancelled at any moment`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture()
        try await fixture.database.execute("CREATE TABLE t (x BIGINT)")
        let other = DatabaseError.self
        for round in 0..<20 {
            let db = try await fixture.open { $0.connectionsMax = 2 }
            await withTaskGroup { group in
                for index in 0..<16 {
                    group.addTask {
                        let task = Task {
                            if index.isMultiple(of: 2) {
                                _ = try await db.query("SELECT x FROM t")
                            } else {
                                try await db.transaction {
                                    try await $0.execute("INSERT INTO t (x) VALUES (\(round))")
                                }
                            }
                        }
                        if index.isMultiple(of: 3) { task.cancel() }
                        if index == 11 { db.close() }
                        // Done or refused, and answered once: twice would stop the program.
                        if case .failure(let error) = await task.result {
                            #expect(type(of: error) == other)
                        }
                    }
                }
            }
        }
        #expect(await fixture.database.isReachable())
    }

    @Test(arguments: SQLEngine.available)
    func `answers with an error after it was closed`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture()
        let db = fixture.database
        db.close()
        await #expect(throws: DatabaseError.unavailable("closed")) {
            _ = try await db.query("SELECT 1 AS one")
        }
        #expect(await db.isReachable() == false)
    }

    @Test func `refuses a folder where others may write, and a file that others may read`()
        async throws
    {
        let folder = try ScratchFolder()
        for mode in [0o777, 0o770, 0o702, 0o1777] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: folder.path)
            await #expect(throws: DatabaseError.self) {
                _ = try await SQLDatabase.sqlite(folder.path + "/a.db")
            }
            #expect(throws: DatabaseError.self) {
                _ = try SQLiteDatabase(path: folder.path + "/a.db")
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        _ = try await SQLDatabase.sqlite(folder.path + "/a.db")
    }
}
