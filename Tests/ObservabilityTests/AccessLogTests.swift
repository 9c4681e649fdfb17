import Foundation
import GatehouseCore
import Testing

@testable import GatehouseHTTP
@testable import GatehouseObservability

@Suite struct AccessLogTests {
    private let output = ScriptedOutput()

    private func record(
        _ request: Request, _ summary: ExchangeSummary = .init(),
        query: QueryRedaction = .namesOnly, style: LogStyle = .json
    ) -> String {
        let sink = LogSink(output: output, pace: quick)
        let log = AccessLog(sink: sink, query: query, style: style)
        log.record(request, summary)
        sink.flush(deadline: soon)
        return output.text
    }

    @Test func `lets nothing that a client sends forge a line`() throws {
        let nasty: [UInt8] =
            Array("/a\r\n{\"status\":200}\u{2028}\u{1B}[31m\"".utf8) + [0xFF, 0xC3, 0x28, 0x00]
        for style in [LogStyle.json, .terminal(colour: false)] {
            let request = request(
                "GE\"T\n", nasty + Array("?".utf8) + nasty,
                fields: [(.userAgent, "x\"\n\u{1B}[0m"), (.host, "h\r\n")])
            request.principal = Principal(
                subject: "bob\n\"", issuer: "", expires: WallTime(seconds: 0))
            let text = record(request, style: style)
            #expect(text.utf8.count { $0 == 0x0A } == (style == .json ? 1 : 2))
            for byte in text.utf8 where byte != 0x0A { #expect(byte >= 0x20 && byte != 0x7F) }
            #expect(!text.contains("\u{2028}"))
            guard style == .json else { continue }
            let fields = try #require(object(text))
            #expect(fields["status"] as? Int == 0)
            #expect(
                fields["path"] as? String
                    == "/a\r\n{\"status\":200}\u{2028}\u{1B}[31m\"\u{FFFD}\u{FFFD}(\0")
            #expect(fields["subject"] as? String == "bob\n\"")
        }
    }

    @Test func `shows no secret from path, query, fields or detail`() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIyIjoxfQ.hunter2"
        let request = request(
            "GET",
            "/reset/\(jwt)/%65yJhbGciOiJIUzI1NiJ9.hunter2?token=hunter2&to%6ben=hunter2&hunter2",
            fields: [
                (.userAgent, "curl token=hunter2"), (.host, "bob:hunter2@example.com"),
                (.authorization, "Bearer hunter2"), (.cookie, "sid=hunter2"),
                (.referer, "https://x/?code=hunter2"),
            ])
        var summary = ExchangeSummary()
        summary.detail = "upstream https://u:hunter2@api said password=hunter2"
        summary.code = .upstreamInvalid
        summary.status = 502
        let text = record(request, summary)
        #expect(!text.contains(jwt))
        #expect(!text.contains("hunter2"), "\(text)")
    }

    @Test func `writes one JSON object with everything that is known`() throws {
        let request = request(
            "POST", "/items/7?page=2&q=shoes",
            fields: [(.host, "api.example.com"), (.userAgent, "curl/8")])
        request.trace.traceID = RequestID(high: 1, low: 2)
        request.peer = IPAddress(v4: 0x0A00_0001)
        request.route = Route(
            name: "items", methods: [.post], pattern: "/items/{id}", access: .anyone, index: 0)
        request.principal = Principal(
            subject: "alice", issuer: "test", expires: WallTime(seconds: 0))
        var summary = ExchangeSummary()
        summary.status = 429
        summary.code = .rateLimited
        summary.detail = "writes"
        summary.bytesReceived = 12
        summary.bytesSent = 345
        summary.nanoseconds = 1_234_567
        summary.isAborted = true
        let text = record(request, summary, query: try QueryRedaction(safe: ["page"]))
        #expect(
            text == #"{"time":"1994-11-06T08:49:37.125Z","level":"warn","event":"request","#
                + #""request_id":"0123456789abcdef0000000000000007","#
                + #""trace_id":"00000000000000010000000000000002","client":"198.51.100.7","#
                + #""peer":"10.0.0.1","tls":true,"method":"POST","host":"api.example.com","#
                + #""path":"/items/7","query":"page=2&q=[redacted]","user_agent":"curl/8","#
                + #""route":"items","subject":"alice","status":429,"code":"rate-limited","#
                + #""detail":"writes","bytes_in":12,"bytes_out":345,"duration_ms":1.234,"#
                + #""aborted":true}"# + "\n")
    }

    @Test func `writes a line for a request that never became one`() throws {
        let request = Request()
        request.head.path = ByteRange(start: 10, count: 20)
        request.head.buffer = Buffer(capacity: 16)
        var summary = ExchangeSummary()
        summary.status = 400
        summary.code = .malformedRequest
        summary.detail = "bare-lf"
        let fields = try #require(object(record(request, summary)))
        #expect(fields["path"] == nil && fields["method"] == nil)
        #expect(fields["detail"] as? String == "bare-lf")
    }

    @Test func `bounds every field`() throws {
        let long = String(repeating: "x", count: 60_000)
        let request = request(long, "/" + long, fields: [(.userAgent, "y")])
        var summary = ExchangeSummary()
        summary.detail = long
        let text = record(request, summary)
        #expect(text.utf8.count < 2_500)
        #expect(object(text) != nil)
    }

    @Test func `remembers texts without mixing them up`() throws {
        let sink = LogSink(output: output, pace: quick)
        let log = AccessLog(sink: sink, style: .json)
        let storage = LoopStorage()
        var agents: [String] = []
        for round in 0..<3 {
            for index in 0..<100 {
                let agent = "agent \(index % 40) of \(round % 2) \"token=hunter2\""
                agents.append(agent)
                let request = request("GET", "/", fields: [(.userAgent, agent), (.host, agent)])
                request.loopStorage = storage
                log.record(request, ExchangeSummary())
            }
        }
        sink.flush(deadline: soon)
        for (line, agent) in zip(output.lines, agents) {
            let shown = agent.replacingOccurrences(of: "hunter2", with: "[redacted]")
            #expect(object(line)?["user_agent"] as? String == shown)
            #expect(object(line)?["host"] as? String == shown)
        }
        #expect(output.lines.count == agents.count)
    }

    @Test func `writes times that go back and cross a second`() throws {
        let sink = LogSink(output: output, pace: quick)
        let log = AccessLog(sink: sink, style: .json)
        let request = request("GET", "/")
        request.loopStorage = LoopStorage()
        for milliseconds: Int64 in [999, 1_000, 1_001, 999, 61_001, -1] {
            request.receivedAt = WallTime(nanoseconds: milliseconds * 1_000_000)
            log.record(request, ExchangeSummary())
        }
        sink.flush(deadline: soon)
        let times = output.lines.map { object($0)?["time"] as? String }
        #expect(
            times == [
                "1970-01-01T00:00:00.999Z", "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.001Z",
                "1970-01-01T00:00:00.999Z", "1970-01-01T00:01:01.001Z", "1969-12-31T23:59:59.999Z",
            ])
    }

    @Test func `writes a short line at a terminal`() {
        var summary = ExchangeSummary()
        summary.status = 200
        summary.nanoseconds = 412_000
        let text = record(request("GET", "/items?page=2"), summary, style: .terminal(colour: false))
        #expect(
            text.hasSuffix(" info GET /items?page=[redacted] 200 ms=0.412 client=198.51.100.7\n"))
    }

    @Test(arguments: [
        (IPAddress(high: 0, low: 0), "::"), (IPAddress(high: 0, low: 1), "::1"),
        (IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), "2001:db8::1"),
        (
            IPAddress(high: 0x2001_0DB8_0000_0001, low: 0x0001_0001_0001_0001),
            "2001:db8:0:1:1:1:1:1"
        ),
        (IPAddress(high: 0x2001_0000_0000_0001, low: 0x0000_0000_0000_0001), "2001:0:0:1::1"),
        (IPAddress(high: 0xFE80_0000_0000_0000, low: 0), "fe80::"),
        (IPAddress(v4: 0xC000_0201), "192.0.2.1"),
    ])
    func `writes addresses as RFC 5952 has them`(address: IPAddress, text: String) {
        #expect(address.logText == text)
    }
}
