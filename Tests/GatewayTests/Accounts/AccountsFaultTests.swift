import Foundation
import GatehouseCore
import Glibc
import TestSupport
import Testing

@testable import Gatehouse

/// Accounts when the process is killed: what was acknowledged is there, nothing is half done.
@Suite(
    .serialized, .enabled(if: GateProcess.program != nil, "the gatehouse program is not built"))
struct AccountsFaultTests {
    private static let configuration = """
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0", protocol: http }]
        admin: { enabled: false }
        log: { access: off, level: error }
        server: { loops: 1 }
        limits: []
        accounts: { confirm-email: false }
        routes: [{ path: /fixed, methods: [GET], access: anyone, respond: { body: fixed } }]
        """

    private func post(_ port: UInt16, _ path: String, _ body: String) throws -> String {
        let client = try RawClient(port: port)
        client.send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return client.response()
    }

    private func credentials(_ index: Int) -> String {
        #"{"email":"user\#(index)@example.com","password":"nine quiet engines"}"#
    }

    @Test func `keeps what it acknowledged after kill -9 in the middle of work`() throws {
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try GateProcess(Self.configuration, in: folder)
        try #require(first.isServing())
        var acknowledged: [Int] = []
        var refresh = ""
        for index in 0..<6 {
            let answer = try post(first.ports[0], "/auth/register", credentials(index))
            if answer.hasPrefix("HTTP/1.1 202") { acknowledged.append(index) }
        }
        let login = try post(first.ports[0], "/auth/login", credentials(0))
        if let range = login.range(of: #"gr1_[A-Za-z0-9_-]+"#, options: .regularExpression) {
            refresh = String(login[range])
        }
        // Work is under way when the process dies: nobody waits for these answers.
        let hanging = try (6..<12).map { index in
            let client = try RawClient(port: first.ports[0])
            let body = credentials(index)
            client.send(
                "POST /auth/register HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            return client
        }
        first.signal(SIGKILL)
        #expect(first.exitCode() == SIGKILL)
        withExtendedLifetime(hanging) {}
        #expect(acknowledged.count == 6 && !refresh.isEmpty)

        let second = try GateProcess(Self.configuration, in: folder)
        try #require(second.isServing())
        for index in acknowledged {
            let answer = try post(second.ports[0], "/auth/login", credentials(index))
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(index): \(answer)")
        }
        let renewed = try post(
            second.ports[0], "/auth/refresh", #"{"refresh_token":"\#(refresh)"}"#)
        #expect(renewed.hasPrefix("HTTP/1.1 200"), "\(renewed)")
        // Each of the others is there whole or not at all.
        for index in 6..<12 {
            let answer = try post(second.ports[0], "/auth/login", credentials(index))
            let isWhole = answer.hasPrefix("HTTP/1.1 200")
            let isAbsent = answer.contains("credentials-invalid")
            #expect(isWhole || isAbsent, "\(index): \(answer)")
        }
    }

    @Test(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
    func `says so while the database is away, and goes on when it is back`() throws {
        let server = try PostgreSQLServer()
        let url = try server.newDatabase()
        let gate = try AccountsGate { $0.accounts?.database = url }
        try gate.register()
        let token = try gate.login().text("access_token")
        server.kill()
        #expect(
            try eventually {
                let away = try gate.login()
                return away.status == 503 && away.code == "unavailable"
                    && away.field("Retry-After") == ["2"]
            })
        // Tokens that are out go on: they are checked in memory.
        #expect(try gate.send("GET", "/api/x", token: token).status == 200)
        try server.start()
        #expect(try eventually { try gate.login().status == 200 })
    }
}
