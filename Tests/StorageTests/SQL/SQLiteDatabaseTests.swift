import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

@testable import GatehouseStorage

@Suite struct SQLiteDatabaseTests {
    private let folder: ScratchFolder
    private let database: SQLiteDatabase

    init() throws {
        folder = try ScratchFolder()
        database = try SQLiteDatabase(path: folder.path + "/test.db")
        try database.transaction { connection in
            try connection.run(
                "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT UNIQUE, data \(.blob))")
        }
    }

    @Test func `refuses a file that others can read`() throws {
        let path = folder.path + "/open.db"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: DatabaseError.self) { _ = try SQLiteDatabase(path: path) }
    }

    @Test func `refuses a file that is no database, and a damaged one`() throws {
        let path = folder.path + "/noise.db"
        try folder.write(String(repeating: "no database ", count: 500), "noise.db")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: DatabaseError.self) { _ = try SQLiteDatabase(path: path) }
    }

    @Test func `binds what is interpolated, whatever it says`() throws {
        let attack = "'; DROP TABLE things; --"
        try database.transaction { connection in
            try connection.run("INSERT INTO things (id, name) VALUES (\(1), \(attack))")
        }
        let name = try database.read { connection in
            try connection.row("SELECT name FROM things WHERE name = \(attack)")?.text("name")
        }
        #expect(name == attack)
    }

    @Test func `keeps every value as it was`() throws {
        let bytes: [UInt8] = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        let texts = ["", "a'b", "żółw 🐢"]
        try database.transaction { connection in
            for (id, number) in [Int64.min, -1, .max].enumerated() {
                try connection.run(
                    """
                    INSERT INTO things (id, name, data)
                    VALUES (\(number), \(texts[id]), \(id == 0 ? [] : bytes))
                    """
                )
            }
        }
        try database.read { connection in
            let rows = try connection.rows("SELECT * FROM things ORDER BY id")
            let numbers = try rows.map { try $0.integer("id") }
            let names = try rows.map { try $0.text("name") }
            let sizes = try rows.map { try $0.blob("data").count }
            #expect(numbers == [.min, -1, .max])
            #expect(names == texts)
            #expect(sizes == [0, 70_000, 70_000])
            #expect(throws: DatabaseError.self) { try rows[0].text("id") }
            #expect(throws: DatabaseError.self) { try rows[0].text("missing") }
        }
    }

    @Test func `leaves nothing behind of a transaction that fails`() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try database.transaction { connection in
                try connection.run("INSERT INTO things (id, name) VALUES (1, 'one')")
                throw Stop()
            }
        }
        #expect(throws: DatabaseError.constraint) {
            try database.transaction { connection in
                try connection.run("INSERT INTO things (id, name) VALUES (1, 'one')")
                try connection.run("INSERT INTO things (id, name) VALUES (2, 'one')")
            }
        }
        let count = try database.read { connection in
            try connection.row("SELECT COUNT(*) AS n FROM things")?.integer("n")
        }
        #expect(count == 0)
    }

    @Test func `readers cannot write`() throws {
        #expect(throws: DatabaseError.readOnly) {
            _ = try database.read { try $0.run("INSERT INTO things (id) VALUES (1)") }
        }
    }

    @Test func `counts exactly under concurrent writers`() async throws {
        try database.transaction { try $0.run("INSERT INTO things (id, name) VALUES (0, 'n')") }
        let database = database
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { @concurrent in
                    for _ in 0..<8 {
                        _ = try? database.transaction { connection in
                            try connection.run("UPDATE things SET id = id + 1")
                        }
                    }
                }
            }
        }
        let count = try database.read { try $0.row("SELECT id FROM things")?.integer("id") }
        #expect(count == 64)
    }

    @Test func `keeps a bounded number of prepared statements`() throws {
        try database.read { connection in
            for index in 0..<300 {
                let padding = SQLStatement(dangerouslyRaw: String(repeating: " ", count: index))
                let one = try connection.row("SELECT 1 AS one\(padding)")?.integer("one")
                #expect(one == 1)
            }
        }
    }

    @Test func `migrates once, whole, and never backwards`() throws {
        let first: [SQLStatement] = ["CREATE TABLE a (x BIGINT)"]
        try Migrations([first]).apply(to: database)
        try Migrations([first]).apply(to: database)
        #expect(throws: (any Error).self) {
            try Migrations([first, ["CREATE TABLE b (x BIGINT)", "CREATE NONSENSE"]])
                .apply(to: database)
        }
        let left = try database.read { connection in
            try connection.rows("SELECT name FROM sqlite_master WHERE name = 'b'").count
        }
        #expect(left == 0)
        try Migrations([first, ["CREATE TABLE b (x BIGINT)"]]).apply(to: database)
        #expect(throws: DatabaseError.newerSchema(found: 2, known: 1)) {
            try Migrations([first]).apply(to: database)
        }
    }

    @Test func `backs up into a checked file of its owner`() throws {
        try database.transaction { try $0.run("INSERT INTO things (id, name) VALUES (7, 'seven')") }
        let target = folder.path + "/copy.db"
        try database.backUp(to: target)
        let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let copy = try SQLiteDatabase(path: target)
        #expect(try copy.integrityProblems().isEmpty)
        let name = try copy.read {
            try $0.row("SELECT name FROM things WHERE id = 7")?.text("name")
        }
        #expect(name == "seven")
        #expect(throws: DatabaseError.self) { try database.backUp(to: target) }
    }

    @Test func `answers with an error after it was closed`() throws {
        database.close()
        #expect(!database.isReachable())
        #expect(throws: DatabaseError.self) {
            try database.transaction { connection in try connection.run("SELECT 1") }
        }
    }
}
