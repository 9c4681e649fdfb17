import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseHTTP
@testable import GatehouseObservability

/// A strict reader of the Prometheus text format 0.0.4; it refuses what a scraper might forgive.
private struct Exposition {
    struct Broken: Error { let line: String }

    var samples: [String: Double] = [:]
    var types: [String: String] = [:]

    init(_ bytes: [UInt8]) throws {
        guard bytes.last == 0x0A, let text = String(validating: bytes, as: UTF8.self) else {
            throw Broken(line: "no line end, or no UTF-8")
        }
        var family = ""
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                family = words[2]
                guard types[family] == nil else { throw Broken(line: String(line)) }
                types[family] = "?"
            } else if line.hasPrefix("# TYPE ") {
                guard words[2] == family, types[family] == "?" else {
                    throw Broken(line: String(line))
                }
                types[family] = words[3]
            } else {
                try sample(String(line), family)
            }
        }
    }

    private mutating func sample(_ line: String, _ family: String) throws {
        var reader = Reader(rest: Substring(line))
        let full = reader.word()
        var key = full
        if reader.rest.first == "{" {
            repeat {
                reader.rest.removeFirst()
                let (label, value) = try reader.label()
                key += (key == full ? "{" : ",") + "\(label)=\"\(value)\""
            } while reader.rest.first == ","
            try reader.expect("}")
            key += "}"
        }
        try reader.expect(" ")
        guard reader.rest.allSatisfy({ $0.isNumber || $0 == "." || $0 == "-" }),
            let value = Double(reader.rest)
        else { throw Broken(line: line) }
        var name = full
        if types[family] == "histogram" {
            for suffix in ["_bucket", "_sum", "_count"] where name == family + suffix {
                name = family
            }
        }
        if types[family] == "counter", !name.hasSuffix("_total") { throw Broken(line: line) }
        guard name == family, samples[key] == nil else { throw Broken(line: line) }
        samples[key] = value
    }
}

/// Takes a sample line apart.
private struct Reader {
    var rest: Substring

    mutating func word() -> String {
        let part = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest.removeFirst(part.count)
        return String(part)
    }

    mutating func expect(_ character: Character) throws {
        guard rest.first == character else { throw Exposition.Broken(line: String(rest)) }
        rest.removeFirst()
    }

    mutating func label() throws -> (String, String) {
        let name = word()
        try expect("=")
        try expect("\"")
        var value = ""
        while let character = rest.first, character != "\"" {
            value.append(rest.removeFirst())
            guard character == "\\" else { continue }
            guard let next = rest.first, "\"\\n".contains(next), !name.isEmpty else {
                throw Exposition.Broken(line: String(rest))
            }
            value.append(rest.removeFirst())
        }
        try expect("\"")
        return (name, value)
    }
}

@Suite struct MetricsTests {
    private let labels = MetricLabels(
        routes: ["items", "weird \"\\\n name", "items"], policies: ["default", "writes"],
        upstreams: [
            .init(name: "api", servers: ["http://127.0.0.1:3000", "http://127.0.0.1:3001"])
        ])

    private func metrics() -> Metrics {
        Metrics(
            version: "1.2.3", loops: 2, labels: labels,
            startedAt: WallTime(nanoseconds: 1_500_000_000))
    }

    @Test func `adds up what the loops counted`() throws {
        let metrics = metrics()
        for index in 0..<2 {
            let loop = metrics.loop(index)
            loop.countRequest(route: 0, status: 200, nanoseconds: 300_000)
            loop.countRequest(route: 2, status: 404, nanoseconds: 20_000_000_000, isAborted: true)
            loop.countRequest(route: nil, status: 0, nanoseconds: 0)
            loop.countRequest(route: 99, status: 999, nanoseconds: -5)
            loop.countRefusal(.rateLimited)
            loop.countBytes(received: 10, sent: 20)
            loop.connectionAccepted()
            loop.limitRefused(policy: 1)
            loop.limitRefused(policy: 7)
            loop.upstreamAnswered(0, status: 503, nanoseconds: 100_000)
            loop.upstreamFailed(0, .timeout)
            loop.handshakeFailed()
            loop.handshakeDone(resumed: index == 0)
            loop.connectionRefused(.handshakeRate)
            loop.connectionCut(.reading)
            loop.clientBarred()
            loop.lag(.milliseconds(20))
            loop.pressure(512)
        }
        metrics.loop(0).connectionClosed()
        let samples = try Exposition(metrics.render()).samples
        #expect(samples[#"gatehouse_http_requests_total{route="items",class="2xx"}"#] == 2)
        #expect(samples[#"gatehouse_http_requests_total{route="items",class="4xx"}"#] == 2)
        #expect(samples[#"gatehouse_http_requests_total{route="(none)",class="5xx"}"#] == 4)
        #expect(samples[#"gatehouse_http_requests_aborted_total{route="items"}"#] == 2)
        let duration = "http_server_request_duration_seconds"
        #expect(samples[duration + #"_bucket{route="items",le="0.00025"}"#] == 0)
        #expect(samples[duration + #"_bucket{route="items",le="0.0005"}"#] == 2)
        #expect(samples[duration + #"_bucket{route="items",le="10"}"#] == 2)
        #expect(samples[duration + #"_bucket{route="items",le="+Inf"}"#] == 4)
        #expect(samples[duration + #"_count{route="items"}"#] == 4)
        #expect(samples[duration + #"_sum{route="items"}"#] == 40.0006)
        #expect(samples[#"gatehouse_refusals_total{code="rate-limited"}"#] == 2)
        #expect(samples["gatehouse_http_sent_bytes_total"] == 40)
        #expect(samples["gatehouse_connections_open"] == 1)
        #expect(samples[#"gatehouse_tls_handshakes_total{result="failed"}"#] == 2)
        #expect(samples[#"gatehouse_tls_handshakes_total{result="ok"}"#] == 2)
        #expect(samples["gatehouse_tls_handshakes_resumed_total"] == 1)
        #expect(samples[#"gatehouse_connections_refused_total{reason="handshake-rate"}"#] == 2)
        #expect(samples[#"gatehouse_connections_refused_total{reason="bad-requests"}"#] == 0)
        #expect(samples[#"gatehouse_connections_cut_total{reason="reading"}"#] == 2)
        #expect(samples["gatehouse_clients_barred_total"] == 2)
        #expect(samples[#"gatehouse_loop_lag_seconds{loop="1"}"#] == 0.02)
        #expect(samples[#"gatehouse_loop_shedding_ratio{loop="0"}"#] == 0.5)
        #expect(samples[#"gatehouse_rate_limit_refusals_total{policy="writes"}"#] == 2)
        #expect(samples[#"gatehouse_upstream_requests_total{upstream="api",class="5xx"}"#] == 2)
        #expect(samples[#"gatehouse_upstream_errors_total{upstream="api",reason="timeout"}"#] == 2)
    }

    @Test func `names series by the configuration alone, each once, well escaped`() throws {
        let metrics = metrics()
        let before = try Exposition(metrics.render()).samples
        let loop = metrics.loop(0)
        for index in 0..<500 {
            let request = request("GET", "/\(index)")
            var summary = ExchangeSummary()
            summary.status = 200 + index % 400
            summary.code = Rejection.Code.allCases[index % Rejection.Code.allCases.count]
            loop.record(request, summary)
        }
        let after = try Exposition(metrics.render()).samples
        #expect(before.keys.sorted() == after.keys.sorted())
        let weird = #"gatehouse_http_requests_total{route="weird \"\\\n name",class="2xx"}"#
        #expect(after[weird] == 0)
    }

    @Test func `tells about the process, logs, certificates and health`() throws {
        let metrics = metrics()
        let sink = LogSink(output: ScriptedOutput(), capacity: .bytes(4), pace: quick)
        sink.append(Array("too long\n".utf8))
        metrics.watch("access", sink)
        metrics.setCertificates([("api.example.com", WallTime(seconds: 2_000_000_000))])
        metrics.setHealthy(false, upstream: 0, server: 1)
        metrics.setHealthy(false, upstream: 5, server: 0)
        let exposition = try Exposition(metrics.render())
        let samples = exposition.samples
        #expect(samples[#"gatehouse_log_dropped_lines_total{log="access"}"#] == 1)
        let expiry = "gatehouse_tls_certificate_expiry_timestamp_seconds"
        #expect(samples[expiry + #"{certificate="api.example.com"}"#] == 2_000_000_000)
        let healthy = #"gatehouse_upstream_healthy{upstream="api",server="http://127.0.0.1:300"#
        #expect(samples[healthy + #"0"}"#] == 1)
        #expect(samples[healthy + #"1"}"#] == 0)
        #expect(samples[#"gatehouse_build_info{version="1.2.3"}"#] == 1)
        #expect(samples["process_start_time_seconds"] == 1.5)
        #expect(try #require(samples["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(samples["process_open_fds"]) >= 3)
        #expect(try #require(samples["process_cpu_seconds_total"]) > 0)
        #expect(exposition.types["http_server_request_duration_seconds"] == "histogram")
    }

    @Test func `goes on counting connections when the configuration changes`() throws {
        let metrics = metrics()
        let old = metrics.loop(0)
        old.connectionAccepted()
        old.countRequest(route: 0, status: 200, nanoseconds: 1)
        metrics.reconfigure(MetricLabels(routes: ["new"]))
        metrics.loop(0).connectionAccepted()
        old.connectionClosed()
        let samples = try Exposition(metrics.render()).samples
        #expect(samples["gatehouse_connections_open"] == 1)
        #expect(samples["gatehouse_connections_accepted_total"] == 2)
        #expect(samples[#"gatehouse_http_requests_total{route="new",class="2xx"}"#] == 0)
        #expect(samples[#"gatehouse_http_requests_total{route="items",class="2xx"}"#] == nil)
    }

    private func neverGoesBack(_ metrics: Metrics, scrapes: Int) -> Bool {
        let key = #"http_server_request_duration_seconds_count{route="items"}"#
        var counts: [Double] = []
        for _ in 0..<scrapes {
            counts.append((try? Exposition(metrics.render()).samples[key]) ?? -1)
        }
        return counts == counts.sorted() && counts.allSatisfy { $0 >= 0 }
    }

    @Test func `reads while loops write, and never backwards`() throws {
        let metrics = metrics()
        let count = 100_000
        DispatchQueue.concurrentPerform(iterations: 3) { thread in
            if thread < 2 {
                let loop = metrics.loop(thread)
                for _ in 0..<count { loop.countRequest(route: 0, status: 200, nanoseconds: 1) }
            } else {
                #expect(neverGoesBack(metrics, scrapes: 20))
            }
        }
        let samples = try Exposition(metrics.render()).samples
        #expect(samples[#"gatehouse_http_requests_total{route="items",class="2xx"}"#] == 200_000)
    }

    @Test(
        .enabled(
            if: Tool.hasPythonPackage("prometheus_client"),
            "prometheus_client is not installed in .venv"))
    func `is read by Prometheus's own parser`() throws {
        let folder = Folder()
        try Data(metrics().render()).write(to: URL(fileURLWithPath: folder.file("text")))
        let script =
            "import sys; from prometheus_client.parser import text_string_to_metric_families as p;"
            + "n = sum(len(f.samples) for f in p(open(sys.argv[1]).read())); assert n > 100"
        let tool = try Tool(python: ["-c", script, folder.file("text")])
        #expect(tool.code == 0, "\(tool.error)")
    }
}
