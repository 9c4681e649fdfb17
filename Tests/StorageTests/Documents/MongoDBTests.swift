import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseDocuments
import GatehouseStorage

@Suite struct MongoDBAddressTests {
    private func read(_ address: String) throws -> MongoDBAddress {
        try MongoDBAddress(address, limits: SQLLimits())
    }

    @Test(arguments: [
        "mongodb://h/?tlsInsecure=true", "mongodb://h/?tlsAllowInvalidCertificates=true",
        "mongodb://h/?tls=true&tlsAllowInvalidHostnames=true", "postgres://h/x", "",
        "mongodb://u:p@localhost/?authMechanism=PLAIN",
    ])
    func `refuses addresses that check nothing, or send passwords in clear`(
        _ address: String
    ) {
        let error = #expect(throws: DatabaseError.self) { try read(address) }
        #expect(error?.description.contains("u:p") == false)
    }

    @Test func `asks servers elsewhere for TLS, and users for SCRAM-SHA-256`() throws {
        for host in ["db.example.com", "localhost.evil.com", "127.evil.com", "localhost,evil.com"] {
            #expect(try read("mongodb://\(host)/").usesTLS)
        }
        #expect(try !read("mongodb://localhost/").usesTLS)
        #expect(try !read("mongodb://127.0.0.1,[::1]/").usesTLS)
        #expect(try !read("mongodb://db.example.com/?tls=false").usesTLS)
        #expect(try read("mongodb://u:p@localhost/").mechanism == "SCRAM-SHA-256")
        #expect(try read("mongodb://localhost/").mechanism == nil)
    }
}

/// Against a real server of the protocol, with authentication.
@Suite(.serialized, .enabled(if: MongoDBServer.isInstalled, "SecantusDB is not installed"))
struct MongoDBTests {
    private static let server = Result { try MongoDBServer() }

    private func accounts(
        _ name: StaticString, limits: SQLLimits = SQLLimits()
    ) async throws -> DocumentCollection<Account> {
        let server = try Self.server.get()
        let db = try await DocumentDatabase.mongoDB(
            Redacted(server.address()), "tests", limits: limits)
        return db.collection(Account.self, name)
    }

    @Test func `refuses a wrong password and a missing one, without repeating it`() async throws {
        let server = try Self.server.get()
        for address in [
            "mongodb://gatehouse:hunter2@127.0.0.1:\(server.port)/?authSource=admin",
            "mongodb://127.0.0.1:\(server.port)/",
        ] {
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await DocumentDatabase.mongoDB(Redacted(address), "tests")
            }
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func `says in bounded time that no server is there`() async throws {
        var limits = SQLLimits()
        limits.connectMax = .milliseconds(300)
        await #expect(throws: DatabaseError.unavailable("no MongoDB server answers")) {
            _ = try await DocumentDatabase.mongoDB(
                Redacted("mongodb://127.0.0.1:1/"), "tests", limits: limits)
        }
    }

    /// A connection that was idle for long is tried first: then nothing was sent, and the error
    /// says so instead.
    @Test func `a server that hangs gives an error, and a write's outcome is unknown`()
        async throws
    {
        let server = try MongoDBServer()
        var limits = SQLLimits()
        limits.connectionsMax = 1
        limits.connectMax = .milliseconds(500)
        limits.statementMax = .milliseconds(500)
        let db = try await DocumentDatabase.mongoDB(
            Redacted(server.address()), "tests", limits: limits)
        let accounts = db.collection(Account.self, "hanging")
        try await accounts.insert(Account(id: "a", email: "", visits: 0))
        server.pause()
        let failure = await #expect(throws: DatabaseError.self) {
            try await accounts.insert(Account(id: "b", email: "", visits: 0))
        }
        #expect(
            failure == .commitUnknown || failure == .unavailable("no MongoDB server answers"))
        await #expect(throws: DatabaseError.self) {
            _ = try await accounts.find(where: .everything)
        }
        server.resume()
        #expect(await db.isReachable())
        #expect(try await accounts.count(where: \.id == "a") == 1)
        withExtendedLifetime(server) {}
    }

    @Test func `speaks TLS with a checked certificate alone`() async throws {
        let keys = try ServerCertificate(names: "IP:127.0.0.1,DNS:localhost")
        let other = try ServerCertificate(names: "IP:127.0.0.1,DNS:localhost")
        let server = try MongoDBServer(certificate: keys)
        var limits = SQLLimits()
        limits.connectMax = .seconds(2)
        for query in [
            "", "&tls=true", "&tls=true&tlsCAFile=\(other.authority)",
        ] {
            await #expect(throws: DatabaseError.self) {
                _ = try await DocumentDatabase.mongoDB(
                    Redacted(server.address(query)), "tests", limits: limits)
            }
        }
        let db = try await DocumentDatabase.mongoDB(
            Redacted(server.address("&tls=true&tlsCAFile=\(keys.authority)")), "tests",
            limits: limits)
        #expect(await db.isReachable())
        let collection = db.collection(Account.self, "tls")
        try await collection.insert(Account(id: "a", email: "b", visits: 1))
        #expect(try await collection.count(where: .everything) == 1)
        withExtendedLifetime(server) {}
    }

    @Test func `takes attacks as plain values`() async throws {
        let accounts = try await accounts("attacks")
        let texts = Array(InjectionCorpus.texts.prefix(100)) + DocumentTests.attacks
        try await accounts.insert(
            texts.enumerated().map { Account(id: "\($0)", email: $1, visits: 0) })
        for (index, text) in texts.enumerated() {
            let found = try await accounts.find(where: \.email == text)
            #expect(found.map(\.id) == ["\(index)"])
        }
        let listed = try await accounts.count(where: .field(\.email, in: texts))
        #expect(listed == texts.count)
        print("mongodb: \(texts.count) attacks, as values")
    }

    @Test func `refuses what is there already, without its values`() async throws {
        let accounts = try await accounts("twice")
        try await accounts.insert(Account(id: "hunter2", email: "x", visits: 0))
        let error = await #expect(throws: DatabaseError.self) {
            try await accounts.insert(Account(id: "hunter2", email: "x", visits: 0))
        }
        #expect(error == .constraint)
        await #expect(throws: DatabaseError.self) { try await accounts.insert([]) }
        await #expect(throws: DatabaseError.self) {
            try await accounts.update(where: .everything, [])
        }
    }

    @Test func `finds, changes, counts, sums and deletes`() async throws {
        let accounts = try await accounts("all")
        let extra = try Document([("theme", .text("dark"))])
        let all = (0..<20).map { index in
            Account(
                id: "\(index)", email: "\(index % 3)", visits: index, tags: ["t\(index % 2)"],
                score: index == 7 ? nil : Double(index) / 2, address: .init(city: "c"),
                extra: index == 3 ? extra : nil)
        }
        try await accounts.insert(all)
        #expect(
            try await accounts.find(where: \.visits < 5, order: [.descending(\.visits)], skip: 1)
                == all[..<4].reversed())
        #expect(try await accounts.first(where: \.id == "3")?.extra == extra)
        #expect(try await accounts.find(where: .everything, limit: 2).count == 2)
        #expect(try await accounts.count(where: .list(\.tags, contains: "t1")) == 10)
        #expect(try await accounts.count(where: \.visits >= 18 || \.visits == 0) == 3)
        #expect(try await accounts.count(where: !(\.visits >= 18)) == 18)
        #expect(try await accounts.count(where: \.address?.city == "c") == 20)
        let changed = try await accounts.update(
            where: \.email == "0",
            [.increment(\.visits, by: 100), .append(\.tags, "new"), .set(\.isOpen, false)],
            all: true)
        #expect(changed == 7)
        #expect(
            try await accounts.count(where: .list(\.tags, contains: "new") && \.isOpen == false)
                == 7)
        #expect(try await accounts.update(where: \.id == "nobody", [.set(\.email, "x")]) == 0)
        struct Sum: Decodable, Sendable, Equatable {
            let id: String
            let n: Int
            let visits: Int
            enum CodingKeys: String, CodingKey { case id = "_id", n, visits }
        }
        let sums = try await accounts.aggregate(
            [
                .match(\.visits < 100),
                .group(.by(\.email).count(as: "n").sum(\.visits, as: "visits")),
            ], as: Sum.self)
        #expect(
            Set(sums.map(\.id)) == ["1", "2"] && sums.map(\.n).reduce(0, +) == 13
                && sums.map(\.visits).reduce(0, +) == 127)
        #expect(try await accounts.delete(where: \.visits >= 100) == 1)
        #expect(try await accounts.delete(where: \.visits >= 100, all: true) == 6)
        #expect(try await accounts.count(where: .everything) == 13)
    }

    @Test func `refuses an answer with too many documents`() async throws {
        var limits = SQLLimits()
        limits.rowsMax = 5
        let accounts = try await accounts("bounds", limits: limits)
        try await accounts.insert((0..<6).map { Account(id: "\($0)", email: "", visits: 0) })
        await #expect(throws: DatabaseError.tooLarge) {
            _ = try await accounts.find(where: .everything)
        }
        #expect(try await accounts.find(where: .everything, limit: 5).count == 5)
    }

    @Test func `counts 64 concurrent increments exactly`() async throws {
        var limits = SQLLimits()
        limits.waitMax = .seconds(120)
        let accounts = try await accounts("increments", limits: limits)
        try await accounts.insert(Account(id: "n", email: "", visits: 0))
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    try await accounts.update(where: \.id == "n", [.increment(\.visits, by: 1)])
                }
            }
            try await group.waitForAll()
        }
        #expect(try await accounts.first(where: \.id == "n")?.visits == 64)
    }
}
