import Foundation
import Gatehouse
import GatehouseCore
import TestSupport
import Testing

/// Attacks on a small gate of one loop from 127.0.0.1, while 127.0.0.2 asks: all of its requests
/// are answered. What they took is printed, and stands in docs/RESILIENCE.md.
@Suite(.serialized) struct FloodTests {
    static let hasPython = Tool.areInstalled("python3")
    static let hasSlowHTTPTest = hasPython && Tool.areInstalled("slowhttptest")
    fileprivate static let script = Tool.root + "/Tests/GatewayTests/Floods/flood.py"

    /// What `flood.py` prints.
    struct Report: Decodable, Sendable {
        struct Series: Decodable, Sendable, CustomStringConvertible {
            var tries: Int
            var good: Int
            var p50_ms: Double
            var p99_ms: Double
            var max_ms: Double
            var errors: [String: Int]

            var description: String {
                "\(good) of \(tries), p50 \(p50_ms) ms, p99 \(p99_ms) ms, most \(max_ms) ms"
                    + (errors.isEmpty ? "" : " \(errors)")
            }
        }
        struct Probe: Decodable, Sendable {
            var fresh: Series
            var kept: Series
        }
        struct Attack: Decodable, Sendable {
            var tries: Int
            var failed: Int?
            var refused: Int?
            var exit: Int?
        }
        var probe: Probe
        var attack: Attack?

        init(_ arguments: [String]) throws {
            let tool = try Tool("python3", [FloodTests.script] + arguments, seconds: 60)
            guard let line = tool.output.split(separator: "\n").last else {
                throw PostgreSQLServer.Failure(description: tool.error)
            }
            self = try JSONDecoder().decode(Report.self, from: Data(line.utf8))
        }

        /// What the other client saw, for docs/RESILIENCE.md.
        func show(_ name: String) {
            print("flood \(name): \(attack?.tries ?? 0) tries of the attacker")
            print("  new connections: \(probe.fresh)")
            print("  kept connection: \(probe.kept)")
        }
    }

    static let small = """
        connections: { max: 400, per-client: 40 }
        timeouts: { header: 2s, body-rate-min: 1KiB/s, write: 1s, handshake: 2s }
        """
    /// A machine that tests keep busy makes its loops late: what is shed then is another test.
    private static let patient = "lag-target: 60s"

    private func gate(_ extra: String, tls: Bool = false) throws -> FaultGate {
        let piece = String(repeating: "x", count: 1_000_000)
        let upstream = try ScriptedUpstream { peer, _ in
            guard let head = peer.head() else { return }
            if head.hasPrefix("POST") {
                while peer.head() != nil {}
                return
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")
            for _ in 0..<20 { peer.send(piece) }
        }
        let listener = tls ? "listeners: [{ address: \"127.0.0.1:0\" }]\n" : ""
        return try FaultGate(
            FaultGate.configuration(servers: [upstream.port], extra: listener + extra))
    }

    private func flood(_ attack: String, _ gate: FaultGate, _ more: String...) throws -> Report {
        let report = try Report([attack, "--port", "\(gate.port)"] + more)
        report.show(([attack] + more).joined(separator: " "))
        return report
    }

    private func expectServed(_ report: Report) {
        for series in [report.probe.fresh, report.probe.kept] {
            #expect(series.tries > 0 && series.good == series.tries)
        }
        #expect(report.attack?.tries ?? 0 > 100)
    }

    private func refused(_ gate: FaultGate, _ reason: String) throws -> Int {
        try gate.metric("gatehouse_connections_refused_total{reason=\"\(reason)\"}") ?? -1
    }

    private func cut(_ gate: FaultGate, _ reason: String) throws -> Int {
        try gate.metric("gatehouse_connections_cut_total{reason=\"\(reason)\"}") ?? -1
    }

    @Test(.enabled(if: hasSlowHTTPTest, "slowhttptest is not installed"))
    func `slow headers hold nobody up`() throws {
        let gate = try gate(Self.small + "\nfloods: { connections-burst: 200, \(Self.patient) }")
        expectServed(try flood("slow-headers", gate))
        #expect(try cut(gate, "head") > 0)
        #expect(try refused(gate, "too-many-for-client") > 0)
    }

    @Test(.enabled(if: hasSlowHTTPTest, "slowhttptest is not installed"))
    func `slow bodies hold nobody up`() throws {
        let gate = try gate(Self.small + "\nfloods: { \(Self.patient) }")
        expectServed(try flood("slow-body", gate, "--path", "/a", "--seconds", "7"))
        #expect(try cut(gate, "body") > 0)
    }

    @Test(.enabled(if: hasSlowHTTPTest, "slowhttptest is not installed"))
    func `slow readers hold nobody up`() throws {
        let gate = try gate(Self.small + "\nfloods: { \(Self.patient) }")
        expectServed(try flood("slow-read", gate, "--path", "/a", "--seconds", "4"))
        #expect(try cut(gate, "reading") > 0)
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `a flood of connections holds nobody up`() throws {
        let gate = try gate(
            Self.small + "\nfloods: { \(Self.patient) }")
        expectServed(try flood("connections", gate, "--kept", "20"))
        #expect(try refused(gate, "connection-rate") > 0)
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `an address that floods with handshakes gets few, and holds nobody up`() throws {
        let gate = try gate(
            "floods: { \(Self.patient) }",
            tls: true)
        expectServed(try handshakes(gate))
        #expect(try refused(gate, "handshake-rate") > 0)
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `handshakes of many addresses wait, and those who are in do not`() throws {
        let gate = try gate("floods: { \(Self.patient) }", tls: true)
        expectServed(try handshakes(gate, "--sources", "200", "--kept", "2000"))
    }

    private func handshakes(_ gate: FaultGate, _ more: String...) throws -> Report {
        let authority = gate.folder.path + "/data/tls/authority.pem"
        let report = try Report(
            ["handshakes", "--port", "\(gate.port)", "--tls", "--authority", authority] + more)
        report.show((["handshakes"] + more).joined(separator: " "))
        return report
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `a flood of broken requests bars its address alone`() throws {
        let gate = try gate("floods: { bad-requests-max: 50, \(Self.patient) }")
        expectServed(try flood("garbage", gate))
        #expect(try gate.metric("gatehouse_clients_barred_total") == 1)
        #expect(try refused(gate, "bad-requests") > 0)
    }
}
