import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseStorage

@Suite struct PostgreSQLAddressTests {
    private func settings(
        _ address: String, _ environment: [String: String] = [:]
    ) throws -> [String: String] {
        try PostgreSQLAddress(address) { environment[$0] }.settings.dangerouslyRevealed
    }

    @Test(arguments: [
        "postgres://u:p@db.example.com/x", "postgres://localhost.evil.com/x",
        "postgres://127.evil.com/x", "postgres://127.0.0.1.evil.com/x", "postgres://1270.0.0.1/x",
        "postgres://[::1].evil.com/x",
        "host=localhost,evil.com dbname=x", "postgres:///x?host=evil.com", "dbname=x host=evil.com",
        "postgres://localhost/x?hostaddr=192.0.2.1", "postgres://0.0.0.0/x",
        "postgres://LOCALHOST/x",
        "postgres://evil.com/x?application_name=sslmode=disable",
    ])
    func `asks every server elsewhere for a checked certificate and a proof without the password`(
        _ address: String
    ) throws {
        guard let found = try? settings(address) else { return }
        #expect(found["sslmode"] == "verify-full")
        #expect(found["channel_binding"] == "require")
        #expect(found["gssencmode"] == "disable")
    }

    @Test(arguments: [
        "postgres://u:p@127.0.0.1:5432/x", "postgres://localhost/x", "postgres://[::1]/x",
        "postgres:///x", "postgres:///x?host=/run/postgresql", "host=127.8.9.1",
        "postgres://db.example.com/x?hostaddr=127.0.0.1",
    ])
    func `asks this machine for none`(_ address: String) throws {
        #expect(try settings(address)["sslmode"] == nil)
    }

    @Test func `follows what the address and the environment say`() throws {
        #expect(try settings("postgres://evil.com/x?sslmode=require")["sslmode"] == "require")
        #expect(try settings("postgres:///x", ["PGHOST": "evil.com"])["sslmode"] == "verify-full")
        #expect(throws: DatabaseError.self) { try settings("service=x") }
        #expect(throws: DatabaseError.self) { try settings("postgres:///x", ["PGSERVICE": "x"]) }
        let error = #expect(throws: DatabaseError.self) {
            try settings("postgres://u:hunter2@host:port:port/%zz")
        }
        #expect(error?.description.contains("hunter2") == false)
    }
}

/// A real server with TLS. It listens on loopback; `0.0.0.0` leads there and counts as elsewhere.
@Suite(
    .enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"),
    .enabled(if: Tool.areInstalled("openssl"), "openssl is not installed"))
struct PostgreSQLTLSTests {
    private func address(_ server: PostgreSQLServer, _ query: String = "") -> String {
        server.address(of: "postgres").replacingOccurrences(of: "@127.0.0.1:", with: "@0.0.0.0:")
            + query
    }

    private func open(_ address: String) async throws -> SQLDatabase {
        try await SQLDatabase.postgreSQL(Redacted(address))
    }

    @Test func `refuses a server without TLS, and a certificate that nobody vouches for`()
        async throws
    {
        let plain = try PostgreSQLServer.shared()
        await #expect(throws: DatabaseError.self) { _ = try await open(address(plain)) }
        let keys = try ServerCertificate(names: "IP:0.0.0.0")
        let other = try ServerCertificate(names: "DNS:elsewhere.example")
        let server = try PostgreSQLServer(certificates: keys.folder.path)
        await #expect(throws: DatabaseError.self) { _ = try await open(address(server)) }
        await #expect(throws: DatabaseError.self) {
            _ = try await open(address(server, "?sslrootcert=\(other.authority)"))
        }
        let misnamed = try PostgreSQLServer(certificates: other.folder.path)
        await #expect(throws: DatabaseError.self) {
            _ = try await open(address(misnamed, "?sslrootcert=\(other.authority)"))
        }
        let db = try await open(address(server, "?sslrootcert=\(keys.authority)"))
        let isEncrypted = try await db.query(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", as: Bool.self)
        #expect(isEncrypted == [true])
    }

    @Test(arguments: ["md5", "password"])
    func `refuses to send a password in clear or as MD5`(_ method: String) async throws {
        let keys = try ServerCertificate(names: "IP:0.0.0.0")
        let server = try PostgreSQLServer(method: method, certificates: keys.folder.path)
        let error = await #expect(throws: DatabaseError.self) {
            _ = try await open(address(server, "?sslrootcert=\(keys.authority)"))
        }
        #expect(error?.description.contains("channel binding") == true)
    }
}
