import Foundation
import Gatehouse
import GatehouseCore
import GatehouseIdentity
import Glibc
import TestSupport
import Testing

/// Heap allocations per request, counted in the real program by a preloaded counter.
///
/// The bounds are for debug builds, which allocate where the optimiser would not; `bound` is the
/// figure seen plus a little room. `docs/BENCHMARKS.md` has the release's figures.
@Suite(.enabled(if: Tool.areInstalled("cc"), "no C compiler"), .serialized)
struct AllocationTests {
    private static let requests = 2_000

    @Test(arguments: [
        ("W1 health", "/health/live", false, 20.0), ("W2 fixed answer", "/api/fixed", true, 36.0),
        ("W6 proxied", "/api/items/42", true, 62.0),
    ])
    func `a request costs few allocations`(
        _ name: String, _ path: String, _ signedIn: Bool, _ bound: Double
    ) throws {
        let scratch = try ScratchFolder()
        let library = try compile(in: scratch)
        let upstream = try TestUpstream()
        try scratch.write(TokenMaker.secret, "token.secret")
        _ = unsafe chmod(scratch.path + "/token.secret", 0o600)
        try scratch.write(configuration(upstream.port), "gatehouse.yml")
        let program = try #require(StartedProgram.built("gatehouse"))
        let gate = try StartedProgram(
            program, ["run", "--config", scratch.path + "/gatehouse.yml"], in: scratch.path,
            environment: [
                "LD_PRELOAD": library, "ALLOCATIONS": scratch.path + "/count",
            ])
        let port = try gate.port(of: "http")
        let token = signedIn ? try TokenMaker.token("user", roles: ["admin"]) : nil
        let client = try RawClient(port: port)
        let request =
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example.com\r\n"
            + (token.map { "Authorization: Bearer \($0)\r\n" } ?? "") + "\r\n"
        try ask(client, request, times: 200)
        let before = try count(scratch)
        try ask(client, request, times: Self.requests)
        let each = Double(try count(scratch) - before) / Double(Self.requests)
        print("allocations per request, \(name), debug build: \(each)")
        #expect(each <= bound, "\(name): \(each) allocations per request")
    }

    private func ask(_ client: RawClient, _ request: String, times: Int) throws {
        for _ in 0..<times {
            client.send(request)
            let answer = try #require(client.message())
            #expect(String(decoding: answer.head.prefix(12), as: UTF8.self) == "HTTP/1.1 200")
        }
    }

    private func count(_ scratch: ScratchFolder) throws -> Int {
        let data = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/count"))
        return Int(data.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private func compile(in scratch: ScratchFolder) throws -> String {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("allocations.c").path
        let library = scratch.path + "/allocations.so"
        let answer = try Tool("cc", ["-O2", "-shared", "-fPIC", source, "-o", library])
        #expect(answer.code == 0, "\(answer.error)")
        return library
    }

    private func configuration(_ upstream: UInt16) -> String {
        """
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0", protocol: http }]
        upstreams: { api: { servers: ["http://127.0.0.1:\(upstream)"] } }
        routes:
          - { path: "/api/items/{id}", methods: [GET], access: { roles: [admin] }, upstream: api }
          - path: /api/fixed
            methods: [GET]
            access: { roles: [admin] }
            respond: { status: 200, type: application/json, body: '{"fixed":true}' }
        limits: [{ name: default, key: address, algorithm: gcra, quota: 1000000, window: 1s }]
        cors: { origins: [https://app.example.com], credentials: true }
        \(TokenMaker.issuer)
        connections: { requests-max: 1000000 }
        admin: { enabled: false }
        log: { access: off }
        server: { loops: 1 }
        """
    }
}
