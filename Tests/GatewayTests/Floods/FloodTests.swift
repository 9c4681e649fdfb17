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
    private static let script = Tool.root + "/Tests/GatewayTests/Floods/flood.py"

    /// What `flood.py` prints.
    struct Report: Decodable {
        struct Series: Decodable {
            var tries: Int
            var good: Int
            var p50_ms: Double
            var p99_ms: Double
            var max_ms: Double
            var errors: [String: Int]
        }
        struct Probe: Decodable {
            var fresh: Series
            var kept: Series
        }
        struct Attack: Decodable {
            var tries: Int
            var failed: Int?
            var refused: Int?
            var exit: Int?
        }
        var probe: Probe
        var attack: Attack
    }

    static let small = """
        connections: { max: 400, per-client: 40 }
        timeouts: { header: 2s, body-rate-min: 1KiB/s, write: 1s, idle: 2s, handshake: 2s }
        """

    private func gate(_ extra: String, tls: Bool = false) throws -> FaultGate {
        let upstream = try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                if head.hasPrefix("POST") { continue }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
                for _ in 0..<500 { peer.send(String(repeating: "x", count: 100_000)) }
            }
        }
        let listener = tls ? "listeners: [{ address: \"127.0.0.1:0\" }]\n" : ""
        return try FaultGate(
            FaultGate.configuration(servers: [upstream.port], extra: listener + extra))
    }

    private func flood(_ attack: String, _ gate: FaultGate, _ more: String...) throws -> Report {
        let tool = try Tool(
            "python3", [Self.script, attack, "--port", "\(gate.port)"] + more, seconds: 60)
        guard let line = tool.output.split(separator: "\n").last else {
            throw PostgreSQLServer.Failure(description: tool.error)
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(line.utf8))
        show(attack + (more.contains("--sources") ? ", many addresses" : ""), report)
        return report
    }

    private func show(_ name: String, _ report: Report) {
        func text(_ series: Report.Series) -> String {
            "\(series.good) of \(series.tries), p50 \(series.p50_ms) ms, p99 \(series.p99_ms) ms, "
                + "most \(series.max_ms) ms \(series.errors.isEmpty ? "" : "\(series.errors)")"
        }
        print("flood \(name): \(report.attack.tries) tries of the attacker")
        print("  new connections: \(text(report.probe.fresh))")
        print("  kept connection: \(text(report.probe.kept))")
    }

    private func expectServed(_ report: Report) {
        for series in [report.probe.fresh, report.probe.kept] {
            #expect(series.tries > 0 && series.good == series.tries)
        }
        #expect(report.attack.tries > 100)
    }

    private func refused(_ gate: FaultGate, _ reason: String) throws -> Int {
        try gate.metric("gatehouse_connections_refused_total{reason=\"\(reason)\"}") ?? -1
    }

    private func cut(_ gate: FaultGate, _ reason: String) throws -> Int {
        try gate.metric("gatehouse_connections_cut_total{reason=\"\(reason)\"}") ?? -1
    }

    @Test(.enabled(if: hasSlowHTTPTest, "slowhttptest is not installed"))
    func `slow headers hold nobody up`() throws {
        let gate = try gate(Self.small + "\nfloods: { connections-burst: 200 }")
        expectServed(try flood("slow-headers", gate))
        #expect(try cut(gate, "head") > 0)
        #expect(try refused(gate, "too-many-for-client") > 0)
    }

    @Test(.enabled(if: hasSlowHTTPTest, "slowhttptest is not installed"))
    func `slow bodies hold nobody up`() throws {
        let gate = try gate(Self.small)
        expectServed(try flood("slow-body", gate, "--path", "/a", "--seconds", "7"))
        #expect(try cut(gate, "body") > 0)
    }

    @Test(.enabled(if: hasSlowHTTPTest, "slowhttptest is not installed"))
    func `slow readers hold nobody up`() throws {
        let gate = try gate(Self.small)
        expectServed(try flood("slow-read", gate, "--path", "/a", "--seconds", "4"))
        #expect(try cut(gate, "reading") > 0)
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `a flood of connections holds nobody up`() throws {
        let gate = try gate(
            Self.small + "\nfloods: { connections-per-second: 20, connections-burst: 60 }")
        expectServed(try flood("connections", gate, "--kept", "20"))
        #expect(try refused(gate, "connection-rate") > 0)
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `an address that floods with handshakes gets few, and holds nobody up`() throws {
        let gate = try gate(
            "floods: { handshakes-per-second: 5, handshakes-burst: 20 }",
            tls: true)
        expectServed(try handshakes(gate))
        #expect(try refused(gate, "handshake-rate") > 0)
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `handshakes of many addresses wait, and those who are in do not`() throws {
        let gate = try gate("connections: { max: 10000 }", tls: true)
        expectServed(try handshakes(gate, "--sources", "200", "--kept", "2000"))
    }

    private func handshakes(_ gate: FaultGate, _ more: String...) throws -> Report {
        let authority = gate.folder.path + "/data/tls/authority.pem"
        let tls = ["--tls", "--authority", authority] + more
        let tool = try Tool(
            "python3", [Self.script, "handshakes", "--port", "\(gate.port)"] + tls, seconds: 60)
        let line = tool.output.split(separator: "\n").last ?? ""
        let report = try JSONDecoder().decode(Report.self, from: Data(line.utf8))
        show("handshakes " + more.joined(separator: " "), report)
        return report
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func `a flood of broken requests bars its address alone`() throws {
        let gate = try gate("floods: { bad-requests-max: 50 }")
        expectServed(try flood("garbage", gate))
        #expect(try gate.metric("gatehouse_clients_barred_total") == 1)
        #expect(try refused(gate, "bad-requests") > 0)
    }
}
