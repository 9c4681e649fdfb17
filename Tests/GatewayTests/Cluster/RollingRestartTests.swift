import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

/// Two gates behind haproxy, restarted in turn while clients ask without a pause.
@Suite(
    .ownThreads, .serialized,
    .enabled(
        if: GateProcess.program != nil && Tool.areInstalled("haproxy"),
        "the gatehouse program is not built, or haproxy is not installed"))
struct RollingRestartTests {
    private static func balancer(_ port: Int, _ gates: [Int]) -> String {
        """
        defaults
            mode http
            timeout connect 2s
            timeout client 20s
            timeout server 20s
            retries 3
            option redispatch
        frontend clients
            bind 127.0.0.1:\(port)
            http-request return status 200 content-type text/plain lf-string %[nbsrv(gates)] if { path /alive }
            default_backend gates
        backend gates
            balance roundrobin
            option httpchk GET /health/ready
            http-check send hdr Host localhost
            default-server send-proxy-v2 check-send-proxy check inter 100ms fall 1 rise 1
        \(gates.enumerated().map { "    server g\($0) 127.0.0.1:\($1)" }.joined(separator: "\n"))

        """
    }

    private static func gate(_ port: Int) -> String {
        """
        data: ./data
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:\(port)", protocol: http, proxy-protocol: true }]
        admin: { enabled: false }
        log: { access: off, level: error }
        limits: []
        server: { loops: 1 }
        floods: { connections-per-second: 1000000, connections-burst: 1000000 }
        timeouts: { drain-delay: 1s, drain: 10s }
        input: { content-types: ["*/*"] }
        upstreams: { echo: { servers: ["builtin:echo"] } }
        routes:
          - { path: /fixed, methods: [GET], access: anyone, respond: { body: fixed } }
          - { path: /echo, methods: [GET, POST], access: anyone, upstream: echo }

        """
    }

    private final class Clients: Sendable {
        private let isOver = Atomic<Bool>(false)
        private let answers = Mutex<[Int: Int]>([:])
        private let failures = Mutex<[String]>([])
        private let threads = DispatchGroup()

        init(_ count: Int, port: UInt16) {
            for index in 0..<count {
                threads.enter()
                Thread.detachNewThread { [self] in
                    ask(port, index)
                    threads.leave()
                }
            }
        }

        private func ask(_ port: UInt16, _ index: Int) {
            let body = String(repeating: "b", count: 2_000)
            let requests = [
                FaultGate.request("/fixed"), FaultGate.request("/echo"),
                FaultGate.request(
                    "/echo", "Content-Type: text/plain", "Content-Length: \(body.utf8.count)",
                    method: "POST") + body,
            ]
            var client: RawClient?
            var turn = index
            while !isOver.load(ordering: .relaxed) {
                turn += 1
                // Some clients keep their connection, others open one a request.
                if index % 2 == 0 { client = nil }
                let used = client ?? (try? RawClient(port: port))
                client = used
                used?.send(requests[turn % requests.count])
                let answer = used?.response() ?? ""
                let status = answer.status ?? 0
                answers.withLock { $0[status, default: 0] += 1 }
                if status != 200 { failures.withLock { $0.append(String(answer.prefix(200))) } }
                if status == 0 || answer.lowercased().contains("connection: close") { client = nil }
            }
        }

        var count: Int { answers.withLock { $0.values.reduce(0, +) } }

        func end() -> (answers: [Int: Int], failures: [String]) {
            isOver.store(true, ordering: .relaxed)
            threads.wait()
            return (answers.withLock { $0 }, failures.withLock { $0 })
        }
    }

    @Test func `no request is lost while two gates restart in turn`() throws {
        let ports = try (0..<3).map { _ in try RedisServer.freePort() }
        let folders = try (0..<2).map { _ in try FaultGate.newFolder() }
        defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
        var gates = try (0..<2).map { try GateProcess(Self.gate(ports[$0 + 1]), in: folders[$0]) }
        for gate in gates { try #require(gate.isServing(), "\(gate.log)") }
        let scratch = try ScratchFolder()
        let file = scratch.path + "/haproxy.cfg"
        try Self.balancer(ports[0], Array(ports[1...])).write(
            toFile: file, atomically: true, encoding: .utf8)
        let balancer = try StartedProgram("/usr/sbin/haproxy", ["-db", "-f", file])
        let port = UInt16(ports[0])
        func alive(_ wanted: String) -> Bool {
            eventually {
                guard let client = try? RawClient(port: port) else { return false }
                client.send(FaultGate.request("/alive"))
                return client.response().afterHead == wanted
            }
        }
        try #require(alive("2"), "\(balancer.error)")
        let clients = Clients(6, port: port)
        #expect(eventually { clients.count > 500 })
        var restarts = 0
        for _ in 0..<2 {
            for index in gates.indices {
                gates[index].signal(SIGTERM)
                #expect(gates[index].exitCode() == 0)
                let before = clients.count
                gates[index] = try GateProcess(Self.gate(ports[index + 1]), in: folders[index])
                try #require(gates[index].isServing(), "\(gates[index].log)")
                #expect(alive("2"))
                #expect(eventually { clients.count > before + 500 })
                restarts += 1
            }
        }
        let (answers, failures) = clients.end()
        print(
            "rolling restart: \(restarts) restarts, \(answers[200] ?? 0) requests answered, "
                + "\(failures.count) lost")
        #expect(failures == [] && answers[200] ?? 0 > 2_000)
    }
}
