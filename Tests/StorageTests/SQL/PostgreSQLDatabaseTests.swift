import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

@Suite(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
struct PostgreSQLDatabaseTests {
    private func database() throws -> PostgreSQLDatabase {
        let server = try PostgreSQLServer.shared()
        let database = try PostgreSQLDatabase(url: try server.newDatabase())
        try database.transaction { connection in
            try connection.run(
                "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT UNIQUE, data \(.blob))")
        }
        return database
    }

    @Test func `refuses a wrong password without repeating it`() throws {
        let server = try PostgreSQLServer.shared()
        let url = server.address(of: "postgres").replacingOccurrences(
            of: "gatehouse:[^@]*@", with: "gatehouse:hunter2@", options: .regularExpression)
        let error = #expect(throws: DatabaseError.self) { _ = try PostgreSQLDatabase(url: url) }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `binds what is interpolated, and keeps every value as it was`() throws {
        let database = try database()
        let attack = "'; DROP TABLE things; --"
        let bytes: [UInt8] = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        try database.transaction { connection in
            for (id, data) in [(Int64.min, []), (.max, bytes)] as [(Int64, [UInt8])] {
                try connection.run(
                    """
                    INSERT INTO things (id, name, data)
                    VALUES (\(id), \("\(attack)\(id)"), \(data))
                    """
                )
            }
            try connection.run("INSERT INTO things (id) VALUES (\(0))")
        }
        let rows = try database.read { connection in
            try connection.rows("SELECT * FROM things ORDER BY id")
        }
        #expect(rows.count == 3)
        let first = try rows[0].blob("data")
        let last = try rows[2].blob("data")
        let name = try rows[2].text("name")
        let nothing = try rows[1].optionalText("name")
        #expect(first.isEmpty && last == bytes && nothing == nil)
        #expect(name == "\(attack)\(Int64.max)")
        #expect(throws: DatabaseError.constraint) {
            try database.transaction { connection in
                try connection.run("INSERT INTO things (id) VALUES (0)")
            }
        }
    }

    @Test func `readers cannot write, and what fails leaves nothing behind`() throws {
        let database = try database()
        #expect(throws: DatabaseError.readOnly) {
            _ = try database.read { try $0.run("INSERT INTO things (id) VALUES (1)") }
        }
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try database.transaction { connection in
                try connection.run("INSERT INTO things (id) VALUES (1)")
                throw Stop()
            }
        }
        let count = try database.read { connection in
            try connection.row("SELECT COUNT(*) AS n FROM things")?.integer("n")
        }
        #expect(count == 0)
    }

    @Test func `counts exactly under concurrent writers`() async throws {
        let database = try database()
        try database.transaction { try $0.run("INSERT INTO things (id) VALUES (0)") }
        let failed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { @concurrent in
                    (0..<8).count { _ in
                        (try? database.transaction { connection in
                            try connection.run("UPDATE things SET id = id + 1")
                        }) == nil
                    }
                }
            }
            return await group.reduce(0, +)
        }
        let count = try database.read { connection in
            try connection.row("SELECT id FROM things")?.integer("id")
        }
        #expect(count == Int64(64 - failed))
    }

    @Test func `says at once that the server is gone, and goes on when it is back`() throws {
        let server = try PostgreSQLServer()
        let database = try PostgreSQLDatabase(url: try server.newDatabase())
        try database.transaction { connection in
            try connection.run("CREATE TABLE kept (x BIGINT)")
            try connection.run("INSERT INTO kept (x) VALUES (7)")
        }
        server.kill()
        let error = #expect(throws: DatabaseError.self) {
            for _ in 0..<1_000 {
                _ = try database.read { try $0.rows("SELECT x FROM kept") }
            }
        }
        if case .unavailable = error {} else { Issue.record("\(String(describing: error))") }
        #expect(!database.isReachable())
        try server.start()
        let kept = try database.read { connection in
            try connection.row("SELECT x FROM kept")?.integer("x")
        }
        #expect(kept == 7)
    }

    @Test func `migrates once when several programs start at once`() async throws {
        let server = try PostgreSQLServer.shared()
        let url = try server.newDatabase()
        let steps = Migrations([["CREATE TABLE a (x BIGINT)"], ["CREATE TABLE b (x BIGINT)"]])
        let failed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { @concurrent in
                    (try? steps.apply(to: try PostgreSQLDatabase(url: url))) == nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failed == 0)
    }
}
