import Foundation
import GatehouseCore
import Glibc
import Synchronization
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

    private func token(_ answer: String) -> String? {
        answer.range(of: #"gr1_[A-Za-z0-9_-]+"#, options: .regularExpression)
            .map { String(answer[$0]) }
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
        refresh = token(login) ?? ""
        var others: [String] = []
        for index in 1..<5 {
            let answer = try post(first.ports[0], "/auth/login", credentials(index))
            others.append(try #require(token(answer)))
        }
        // Work is under way when the process dies: nobody waits for these answers.
        let refreshing = try others.map { token in
            let client = try RawClient(port: first.ports[0])
            let body = #"{"refresh_token":"\#(token)"}"#
            client.send(
                "POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            return client
        }
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
        withExtendedLifetime((hanging, refreshing)) {}
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
        // Rotated or not, the token whose answer was lost is good once more, and ends no session.
        for token in others {
            let again = try post(
                second.ports[0], "/auth/refresh", #"{"refresh_token":"\#(token)"}"#)
            #expect(again.hasPrefix("HTTP/1.1 200"), "\(again)")
        }
        // Each of the others is there whole or not at all.
        for index in 6..<12 {
            let answer = try post(second.ports[0], "/auth/login", credentials(index))
            let isWhole = answer.hasPrefix("HTTP/1.1 200")
            let isAbsent = answer.contains("credentials-invalid")
            #expect(isWhole || isAbsent, "\(index): \(answer)")
        }
    }

    @Test func `changes roles whole or not at all when the command is killed`() throws {
        let program = try #require(GateProcess.program)
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(Self.configuration.utf8).write(to: folder.appendingPathComponent("gatehouse.yml"))
        func shownRoles() throws -> String {
            let shown = try Tool(
                "env", [program, "user", "show", "a@example.com"], in: folder.path)
            #expect(shown.code == 0, "\(shown.error)")
            let line = shown.output.split(separator: "\n").first { $0.contains("role") }
            return String(line ?? "")
        }
        let added = try Tool(
            "env", [program, "user", "add", "a@example.com", "--roles", "one-0,two-0"],
            in: folder.path)
        #expect(added.code == 0, "\(added.error)")
        var (kept, killed) = (0, 0)
        let seconds = [
            "0.001", "0.01", "0.02", "0.03", "0.04", "0.045", "0.05", "0.055", "0.06", "0.07",
            "0.1",
            "60",
        ]
        for (index, life) in seconds.enumerated() {
            let before = try shownRoles()
            let roles = ["one-\(index + 1)", "two-\(index + 1)"]
            let wanted = roles.joined(separator: ", ")
            let tool = try Tool(
                "timeout",
                [
                    "--signal=KILL", life, program, "user", "role", "a@example.com", "--roles",
                    roles.joined(separator: ","),
                ], in: folder.path)
            let after = try shownRoles()
            #expect(after == before || after.contains(wanted), "\(before) \(after)")
            if tool.code == 0 {
                kept += 1
                #expect(after.contains(wanted), "an acknowledged change is lost: \(after)")
            } else {
                killed += 1
            }
        }
        #expect(kept > 0 && killed > 0, "\(kept) \(killed)")
    }

    @Test(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
    func `says so while the database is away, and goes on when it is back`() throws {
        let server = try PostgreSQLServer()
        let url = try server.newDatabase()
        let gate = try AccountsGate { $0.accounts?.database = url }
        try gate.register()
        let token = try gate.login().text("access_token")
        // Others go on signing in while the server dies and comes back.
        let statuses = Mutex<[Int]>([])
        let isOver = Atomic<Bool>(false)
        let load = DispatchGroup()
        let port = gate.port
        let body = #"{"email":"alice@example.com","password":"\#(AccountsGate.password)"}"#
        for _ in 0..<3 {
            load.enter()
            Thread.detachNewThread {
                defer { load.leave() }
                while !isOver.load(ordering: .relaxed) {
                    let status = (try? post(port, "/auth/login", body))?.status ?? 0
                    statuses.withLock { $0.append(status) }
                }
            }
        }
        defer {
            isOver.store(true, ordering: .relaxed)
            load.wait()
            let seen = Set(statuses.withLock { $0 })
            #expect(seen.isSuperset(of: [200, 503]) && seen.isSubset(of: [200, 503]), "\(seen)")
        }
        #expect(eventually { statuses.withLock { $0.contains(200) } })
        server.kill()
        #expect(
            try eventually {
                let away = try gate.login()
                return away.status == 503 && away.code == "unavailable"
                    && away.field("Retry-After") == ["2"]
            })
        #expect(eventually { statuses.withLock { $0.contains(503) } })
        // Tokens that are out go on: they are checked in memory.
        #expect(try gate.send("GET", "/api/x", token: token).status == 200)
        try server.start()
        #expect(try eventually { try gate.login().status == 200 })
    }
}
