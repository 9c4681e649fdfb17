import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

@testable import Gatehouse

/// The database of two gates is killed, halted and started again while both are used.
@Suite(
    .ownThreads, .serialized,
    .enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL is not installed"))
struct ClusterFaultTests {
    /// Clients that never rest, and what they were answered.
    private final class Load: @unchecked Sendable {
        private let isOver = Atomic<Bool>(false)
        private let statuses = Mutex<[String: [Int: Int]]>([:])
        private let threads = DispatchGroup()

        init(_ cluster: TwoGates, _ login: AccountsGate.Answer) {
            let token = login.text("access_token")
            let kinds: [(String, @Sendable (AccountsGate) throws -> Int)] = [
                ("token", { try $0.send("GET", "/api/x", token: token).status }),
                ("database", { try $0.send("GET", "/auth/me", token: token).status }),
                ("sign-in", { try $0.login().status }),
            ]
            for gate in cluster.gates {
                // `@unchecked`: a gate's client opens a connection a call and keeps nothing.
                nonisolated(unsafe) let gate = gate
                for (name, send) in kinds {
                    threads.enter()
                    Thread.detachNewThread { [self] in
                        while !isOver.load(ordering: .relaxed) {
                            let status = (try? unsafe send(gate)) ?? 0
                            statuses.withLock { $0[name, default: [:]][status, default: 0] += 1 }
                        }
                        threads.leave()
                    }
                }
            }
        }

        func take() -> [String: [Int: Int]] {
            statuses.withLock { statuses in
                defer { statuses = [:] }
                return statuses
            }
        }

        func end() {
            isOver.store(true, ordering: .relaxed)
            threads.wait()
        }
    }

    private func isReady(_ gate: AccountsGate) throws -> Bool {
        try gate.send("GET", "/health/ready").status == 200
    }

    @Test(.enabled(if: GateProcess.program != nil, "the gatehouse program is not built"))
    func `keys are whole whenever a rotation is killed, and gates go on signing`() throws {
        let cluster = try TwoGates()
        let login = try cluster.signIn()
        let program = try #require(GateProcess.program)
        let folder = try ScratchFolder()
        let text = """
            hosts: [localhost]
            accounts:
              database: { env: DATABASE_URL }
              seal: { key: { env: SEAL_KEY } }
            routes: [{ path: /a, methods: [GET], access: anyone, respond: { body: a } }]
            """
        try text.write(
            toFile: folder.path + "/gatehouse.yml", atomically: true, encoding: .utf8)
        let environment = [
            "DATABASE_URL": cluster.database,
            "SEAL_KEY": String(decoding: [UInt8](repeating: 7, count: 32), as: UTF8.self),
        ]
        func run(_ arguments: String...) throws -> Tool {
            try Tool("env", arguments, in: folder.path, environment: environment)
        }
        var (killed, done) = (0, 0)
        var known: Set<String> = []
        for step in 0..<24 {
            let life = step % 8 == 7 ? "60" : "0.\(String(format: "%03d", 5 + step * 6))"
            let rotated = try run("timeout", "--signal=KILL", life, program, "key", "rotate")
            if rotated.code == 0 { done += 1 } else { killed += 1 }
            let list = try run(program, "key", "list")
            #expect(list.code == 0, "\(list.error)")
            let states = list.output.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(states.count { $0.count > 1 && $0[1] == "signing" && $0.count < 6 } == 1)
            for state in states { known.insert(String(state[0])) }
            for gate in cluster.gates {
                let token = login.text("access_token")
                #expect(try gate.send("GET", "/api/x", token: token).status == 200)
            }
        }
        print("cluster: \(killed) rotations were killed, \(done) done, \(known.count) keys seen")
        #expect(killed > 3 && done >= 3)
        let keys = try #require(cluster.one.gateway.signingKeys)
        try keys.advance(now: .now)
        #expect(keys.list(now: .now).count { $0.state == .signing } == 1)
    }

    @Test func `answers with 200, 401 or 503 alone while the database is away, and recovers`()
        throws
    {
        let server = try PostgreSQLServer()
        let cluster = try TwoGates(server) { $0.readiness.tolerance = .milliseconds(1_500) }
        let load = Load(cluster, try cluster.signIn())
        defer { load.end() }
        var seen: [String: [Int: Int]] = [:]
        func note(_ phase: String) {
            let counts = load.take()
            for (kind, statuses) in counts {
                for (status, count) in statuses {
                    seen[kind, default: [:]][status, default: 0] += count
                }
            }
            let text = counts.sorted { $0.key < $1.key }.map { kind, statuses in
                "\(kind) \(statuses.sorted { $0.key < $1.key }.map { "\($0.key)×\($0.value)" })"
            }.joined(separator: ", ")
            print("cluster: \(phase): \(text)")
        }
        func expectReady(_ wanted: Bool, _ phase: String) throws {
            for gate in cluster.gates {
                #expect(try eventually { try isReady(gate) == wanted }, "\(phase)")
            }
            note(phase)
        }
        try expectReady(true, "before")
        server.kill()
        try expectReady(false, "killed")
        try server.start()
        try expectReady(true, "started again")
        server.pause()
        try expectReady(false, "halted")
        server.resume()
        try expectReady(true, "goes on")
        // What was begun while it was away is over by now: no failure any more.
        _ = load.take()
        #expect(
            eventually {
                let counts = load.take()
                return counts.count == 3 && counts.values.allSatisfy { Set($0.keys) == [200] }
            })
        load.end()
        note("at the end")
        #expect(seen["token"].map { Set($0.keys) } == [200])
        #expect(Set(seen.values.flatMap(\.keys)).isSubset(of: [200, 401, 503]), "\(seen)")
        #expect(seen["database"]?[503] ?? 0 > 0 && seen["sign-in"]?[503] ?? 0 > 0)
    }
}
