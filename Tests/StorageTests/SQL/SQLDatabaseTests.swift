import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

@testable import GatehouseStorage

private enum Column: String, SQLIdentifier { case id, name, score }
private struct Stop: Error {}

private struct Thing: Decodable, Equatable {
    enum Kind: String, Decodable { case small, large }
    let id: Int
    let name: String?
    let kind: Kind
    let isOpen: Bool
    let score: Double
    let data: [UInt8]
}

/// One body of tests for both engines.
@Suite struct SQLDatabaseTests {
    private func things(
        _ engine: SQLEngine, _ change: (inout SQLLimits) -> Void = { _ in }
    ) async throws -> SQLEngine.Fixture {
        let fixture = try await engine.fixture(change)
        try await fixture.database.execute(
            "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT UNIQUE, score BIGINT)")
        return fixture
    }

    @Test(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
    func `runs against PostgreSQL too`() { #expect(SQLEngine.available.count == 2) }

    @Test(arguments: SQLEngine.available)
    func `refuses text with a zero byte, several statements, and none`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await things(engine)
        let db = fixture.database
        await #expect(throws: DatabaseError.refused("text with a zero byte")) {
            try await db.execute("INSERT INTO things (id, name) VALUES (1, \("admin\0x"))")
        }
        await #expect(throws: DatabaseError.self) {
            try await db.execute("DELETE FROM things; DELETE FROM things")
        }
        await #expect(throws: DatabaseError.self) {
            _ = try await db.query("SELECT 1 AS one; DROP TABLE things")
        }
        #expect(try await db.query("SELECT id FROM things").isEmpty)
    }

    @Test(arguments: SQLEngine.available)
    func `keeps every value as it was`(_ engine: SQLEngine) async throws {
        let fixture = try await engine.fixture()
        let db = fixture.database
        try await db.execute(
            """
            CREATE TABLE things (
                id BIGINT PRIMARY KEY, name TEXT, kind TEXT NOT NULL, "isOpen" BIGINT NOT NULL,
                score DOUBLE PRECISION NOT NULL, data \(.blob) NOT NULL)
            """)
        let all = [
            Thing(
                id: .min, name: nil, kind: .small, isOpen: true, score: .leastNonzeroMagnitude,
                data: []),
            Thing(id: -1, name: "", kind: .large, isOpen: false, score: -0.1, data: [0, 255, 0]),
            Thing(
                id: .max, name: "żółw 🐢 \u{202E}'\"\\%_", kind: .large, isOpen: true, score: 1e300,
                data: (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }),
        ]
        let rows = all.map {
            SQLTuple($0.id, $0.name, $0.kind.rawValue, $0.isOpen, $0.score, $0.data)
        }
        let changed = try await db.execute(
            "INSERT INTO things (id, name, kind, \"isOpen\", score, data) VALUES \(rows: rows)")
        #expect(changed == 3)
        #expect(try await db.query("SELECT * FROM things ORDER BY id", as: Thing.self) == all)
        #expect(try await db.query("SELECT id FROM things ORDER BY id", as: Int.self).count == 3)
        let row = try #require(try await db.query("SELECT * FROM things ORDER BY id").last)
        #expect(throws: DatabaseError.self) { try row.text("id") }
        #expect(throws: DatabaseError.self) { try row.text("missing") }
        #expect(throws: DatabaseError.self) { _ = try row.decoded(as: [String: [Int]].self) }
        await #expect(throws: DatabaseError.self) {
            _ = try await db.query("SELECT name AS id FROM things WHERE id > 0", as: Int.self)
        }
        await #expect(throws: DatabaseError.self) {
            _ = try await db.query("SELECT id FROM things WHERE id > 0", as: Int8.self)
        }
    }

    @Test(arguments: SQLEngine.available)
    func `takes an injection corpus as plain values`(_ engine: SQLEngine) async throws {
        let fixture = try await things(engine)
        let db = fixture.database
        let attacks = InjectionCorpus.texts
        for (id, attack) in attacks.enumerated() {
            try await db.execute("INSERT INTO things (id, name) VALUES (\(id), \(attack))")
        }
        for (id, attack) in attacks.enumerated() {
            let found = try await db.query(
                "SELECT id FROM things WHERE name = \(attack)", as: Int.self)
            #expect(found == [id])
            guard attack.utf8.count < SQLPattern.bytesMax / 2 else { continue }
            let prefixed = try await db.query(
                "SELECT id FROM things WHERE name LIKE \(like: .prefix(attack)) ORDER BY id",
                as: Int.self)
            #expect(prefixed.contains(id))
        }
        let listed = try await db.query(
            "SELECT id FROM things WHERE \(Column.name, in: attacks)", as: Int.self)
        #expect(listed.count == attacks.count)
        let wild = try await db.query(
            "SELECT name FROM things WHERE name LIKE \(like: .prefix("%"))", as: String.self)
        #expect(wild.count == attacks.count { $0.hasPrefix("%") })
        let tables = try await db.query("SELECT COUNT(*) AS n FROM things", as: Int.self)
        #expect(tables == [attacks.count])
        print("sql injection corpus on \(engine.rawValue): \(attacks.count) texts, as values")
    }

    @Test(arguments: SQLEngine.available)
    func `tells constraints apart, and never what was bound`(_ engine: SQLEngine) async throws {
        let fixture = try await things(engine)
        let db = fixture.database
        let secret = "hunter2"
        try await db.execute("INSERT INTO things (id, name) VALUES (1, \(secret))")
        var errors: [any Error] = []
        let failing: [SQLStatement] = [
            "INSERT INTO things (id, name) VALUES (2, \(secret))",
            "SELECT * FROM nothing WHERE a = \(secret)",
            "SELECT CAST(\(secret) AS BIGINT) AS n, nonsense(\(secret)) AS m",
            "INSERT INTO things (id, name) VALUES (3, \(secret + "\0"))",
        ]
        for statement in failing {
            do { try await db.execute(statement) } catch { errors.append(error) }
        }
        #expect(errors.count == failing.count)
        #expect(errors.first as? DatabaseError == .constraint)
        for error in errors {
            #expect(!"\(error) \(String(reflecting: error))".contains(secret))
        }
    }

    @Test(arguments: SQLEngine.available)
    func `leaves nothing behind of a transaction that fails, whatever its body made of it`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await things(engine)
        let db = fixture.database
        await #expect(throws: Stop.self) {
            try await db.transaction { transaction in
                try await transaction.execute("INSERT INTO things (id) VALUES (1)")
                throw Stop()
            }
        }
        await #expect(throws: DatabaseError.constraint) {
            try await db.transaction { transaction in
                try await transaction.execute("INSERT INTO things (id) VALUES (1)")
                _ = try? await transaction.execute("INSERT INTO things (id) VALUES (1)")
                _ = try? await transaction.execute("INSERT INTO things (id) VALUES (2)")
            }
        }
        let blocking = try fixture.blocking()
        #expect(throws: DatabaseError.constraint) {
            try blocking.transaction { connection in
                try connection.run("INSERT INTO things (id) VALUES (1)")
                _ = try? connection.run("INSERT INTO things (id) VALUES (1)")
            }
        }
        // A statement that ends the transaction itself.
        for _ in 0..<2 {
            await #expect(throws: DatabaseError.self) {
                try await db.transaction { try await $0.execute("ROLLBACK") }
            }
        }
        #expect(try await db.query("SELECT id FROM things").isEmpty)
        await #expect(throws: DatabaseError.readOnly) {
            try await db.snapshot { try await $0.execute("INSERT INTO things (id) VALUES (1)") }
        }
        try await db.transaction { try await $0.execute("INSERT INTO things (id) VALUES (9)") }
        #expect(try await db.query("SELECT id FROM things", as: Int.self) == [9])
    }

    @Test(arguments: SQLEngine.available)
    func `refuses a transaction inside another, and one that is over`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await things(engine)
        let db = fixture.database
        await #expect(throws: DatabaseError.nested) {
            try await db.transaction { _ in try await db.transaction { _ in } }
        }
        await #expect(throws: DatabaseError.nested) {
            try await db.transaction { _ in try await db.query("SELECT 1 AS one") }
        }
        let kept = Mutex<SQLTransaction?>(nil)
        try await db.transaction { transaction in kept.withLock { $0 = transaction } }
        await #expect(throws: DatabaseError.self) {
            try await kept.withLock { $0 }?.execute("INSERT INTO things (id) VALUES (1)")
        }
        let blocking = try fixture.blocking()
        #expect(throws: DatabaseError.nested) {
            try blocking.transaction { _ in try blocking.transaction { _ in } }
        }
        #expect(throws: DatabaseError.nested) {
            try blocking.read { _ in try blocking.read { _ in try blocking.read { _ in } } }
        }
        #expect(blocking.isReachable())
    }

    @Test(arguments: SQLEngine.available)
    func `counts 64 concurrent increments exactly`(_ engine: SQLEngine) async throws {
        let fixture = try await things(engine) {
            $0.waitMax = .seconds(120)
            $0.statementMax = .seconds(120)
            $0.lockMax = .seconds(120)
            $0.transactionMax = .seconds(120)
        }
        let db = fixture.database
        try await db.execute("INSERT INTO things (id, score) VALUES (1, 0), (2, 0)")
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    try await db.transaction { transaction in
                        let scores = try await transaction.query(
                            "SELECT score FROM things WHERE id = 1", as: Int.self)
                        try await transaction.execute(
                            "UPDATE things SET score = \(scores[0] + 1) WHERE id = 1")
                    }
                }
                group.addTask {
                    try await db.execute("UPDATE things SET score = score + 1 WHERE id = 2")
                }
            }
            try await group.waitForAll()
        }
        let scores = try await db.query("SELECT score FROM things ORDER BY id", as: Int.self)
        #expect(scores == [64, 64])
    }

    @Test(arguments: SQLEngine.available)
    func `migrates once, whole, never backwards, and notices a step that changed`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let db = fixture.database
        let first: [SQLStatement] = ["CREATE TABLE a (x \(.generatedKey), y BIGINT)"]
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                let other = try await fixture.open()
                group.addTask { try await other.migrate(Migrations("notes", [first])) }
            }
            try await group.waitForAll()
        }
        await #expect(throws: DatabaseError.self) {
            try await db.migrate(
                Migrations("notes", [first, ["CREATE TABLE b (x BIGINT)", "CREATE NONSENSE"]]))
        }
        await #expect(throws: DatabaseError.self) { _ = try await db.query("SELECT * FROM b") }
        try await db.migrate(Migrations("notes", [first, ["CREATE TABLE b (x BIGINT)"]]))
        try await db.migrate(Migrations("others", [["CREATE TABLE c (x BIGINT)"]]))
        await #expect(throws: DatabaseError.newerSchema(found: 2, known: 1)) {
            try await db.migrate(Migrations("notes", [first]))
        }
        await #expect(throws: DatabaseError.changedMigration(step: 2)) {
            try await db.migrate(Migrations("notes", [first, ["CREATE TABLE b (x TEXT)"]]))
        }
        try await db.execute("INSERT INTO a (y) VALUES (1), (2)")
        #expect(try await db.query("SELECT x FROM a ORDER BY x", as: Int.self) == [1, 2])
    }

    @Test(arguments: SQLEngine.available)
    func `takes over what was noted before migrations had checksums`(
        _ engine: SQLEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let db = fixture.database
        try await db.execute(
            "CREATE TABLE gatehouse_schema (step BIGINT PRIMARY KEY, applied BIGINT NOT NULL)")
        try await db.execute("INSERT INTO gatehouse_schema (step, applied) VALUES (1, 5)")
        let blocking = try fixture.blocking()
        let steps: [[SQLStatement]] = [["CREATE NONSENSE"], ["CREATE TABLE b (x BIGINT)"]]
        try Migrations(steps).apply(to: blocking)
        try Migrations(steps).apply(to: blocking)
        #expect(throws: DatabaseError.newerSchema(found: 2, known: 1)) {
            try Migrations([["CREATE NONSENSE"]]).apply(to: blocking)
        }
    }
}
