import Foundation
import GatehouseCore
import Testing

@testable import GatehouseHTTP
@testable import GatehouseObservability

private let vocabulary =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/logging/owasp_vocabulary.json"

@Suite struct SecurityEventTests {
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: vocabulary), "needs the conformance data"))
    func `uses no event name that the OWASP vocabulary lacks`() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: vocabulary))
        let names = try JSONDecoder().decode([String].self, from: data)
        #expect(names.count > 0)
        for event in SecurityEvent.allCases {
            #expect(names.contains(event.rawValue), "\(event.rawValue)")
        }
        print("owasp vocabulary: \(SecurityEvent.allCases.count) of \(names.count) events in use")
    }

    @Test func `writes who, what, from where and with which end`() throws {
        let output = ScriptedOutput()
        let sink = LogSink(output: output, pace: quick)
        let logger = Logger(sink: sink, level: .critical, style: .json)
        let request = request("DELETE", "/notes/1?token=hunter2")
        request.principal = Principal(
            subject: "alice", issuer: "test", expires: WallTime(seconds: 0))
        var summary = ExchangeSummary()
        summary.status = 403
        summary.code = .forbidden
        summary.detail = "needs role admin; password=hunter2"
        logger.security(request, summary)
        sink.flush(deadline: soon)
        let fields = try #require(object(output.lines[0]))
        #expect(fields["event"] as? String == "authz_fail")
        #expect(fields["level"] as? String == "critical")
        #expect(fields["category"] as? String == "security")
        #expect(fields["outcome"] as? String == "refused")
        #expect(fields["actor"] as? String == "alice")
        #expect(fields["client"] as? String == "198.51.100.7")
        #expect(fields["request_id"] as? String == request.id.description)
        #expect(fields["path"] as? String == "/notes/1")
        #expect(fields["code"] as? String == "forbidden")
        #expect(!output.text.contains("hunter2"))
    }

    @Test func `writes security events whatever the level, and none for ordinary failures`() {
        let output = ScriptedOutput()
        let sink = LogSink(output: output, pace: quick)
        let logger = Logger(sink: sink, level: .critical, style: .json)
        logger.security(.sysStartup, outcome: .noted)
        var summary = ExchangeSummary()
        for code in [Rejection.Code.noRoute, .upstreamTimeout, .tokenMissing] {
            summary.code = code
            logger.security(request("GET", "/"), summary)
        }
        summary.code = .rateLimited
        logger.security(request("GET", "/"), summary)
        sink.flush(deadline: soon)
        let events = output.lines.map { object($0)?["event"] as? String }
        #expect(events == ["sys_startup", "excess_rate_limit_exceeded"])
    }
}
