import Foundation
import GatehouseCore
import Synchronization
import Testing

@testable import GatehouseObservability

/// A logger whose lines a test reads, at a time that the test sets.
private final class Log {
    let output = ScriptedOutput()
    let logger: Logger
    let sink: LogSink
    final class Time: Sendable { let now = Mutex(MonotonicTime(nanoseconds: 0)) }
    let time = Time()

    init(level: LogLevel = .info, style: LogStyle = .json, flood: LogFloodLimit = .init()) {
        let time = time
        sink = LogSink(output: output, pace: quick)
        logger = Logger(
            sink: sink, level: level, style: style, flood: flood,
            clock: .init(
                wall: { WallTime(nanoseconds: 784_111_777_125_000_000) },
                monotonic: { time.now.withLock { $0 } }))
    }

    func pass(_ duration: Duration) { time.now.withLock { $0 = $0 + duration } }

    var lines: [String] {
        sink.flush(deadline: soon)
        return output.lines
    }
    var text: String {
        sink.flush(deadline: soon)
        return output.text
    }
}

private struct Broken: Error, CustomStringConvertible {
    let description: String
}

@Suite struct LoggerTests {
    @Test func `lets no value forge a line, a field or a terminal command`() throws {
        let nasty = [
            "a\r\n{\"level\":\"info\"}", "a\u{2028}b\u{2029}c\u{85}d", "\u{1B}[2J\u{1B}]0;x\u{7}",
            "\",\"level\":\"debug\",\"x\":\"", "\\", "\u{202E}gnp.exe", "\u{0}\u{7F}\u{9B}31m",
            "\u{200B}\u{FEFF}",
        ]
        for style in [LogStyle.json, .terminal(colour: false)] {
            let log = Log(style: style)
            for text in nasty {
                log.logger.info("test.event", ["value": .text(text), text: "name"])
            }
            #expect(log.lines.count == nasty.count)
            for scalar in log.text.unicodeScalars where scalar != "\n" {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
                #expect(
                    !["\u{2028}", "\u{2029}", "\u{202E}", "\u{200B}", "\u{FEFF}"].contains(scalar))
            }
            guard style == .json else { continue }
            for (line, text) in zip(log.lines, nasty) {
                let fields = try #require(object(line))
                #expect(fields["value"] as? String == text)
                #expect(fields["level"] as? String == "info")
                #expect(fields.count == 5)
            }
        }
    }

    @Test func `hides values under secret names at any depth, falsy ones too`() throws {
        let log = Log()
        log.logger.info(
            "test.event",
            [
                "Password": "", "otp": 0, "isToken": false, "cookie": .null, "pin": .list([]),
                "user": .object([
                    "name": "bob",
                    "accessToken": .text("hunter2"),
                    "list": .list([
                        .object(["client_secret": .object(["a": .text("hunter2")])]),
                        .text("Bearer hunter2"), .int(0),
                    ]),
                ]),
            ])
        let line = try #require(log.lines.first)
        #expect(!line.contains("hunter2"))
        let fields = try #require(object(line))
        for name in ["Password", "otp", "isToken", "cookie", "pin"] {
            #expect(fields[name] as? String == "[redacted]", "\(name)")
        }
        let user = try #require(fields["user"] as? [String: Any])
        #expect(user["name"] as? String == "bob")
        let list = try #require(user["list"] as? [Any])
        #expect(list[1] as? String == "Bearer [redacted]")
        #expect(list[2] as? Int == 0)
    }

    @Test func `takes secrets out of errors and text`() throws {
        let log = Log()
        let error = Broken(description: "cannot open postgres://u:hunter2@db/x: refused")
        log.logger.error(
            "store.failed", ["error": .error(error), "message": .text("token=hunter2")])
        let fields = try #require(object(log.lines[0]))
        #expect(fields["error"] as? String == "cannot open postgres://[redacted]@db/x: refused")
        #expect(fields["message"] as? String == "token=[redacted]")
    }

    @Test func `bounds depth and number of values`() throws {
        let log = Log()
        var deep = LogValue.int(1)
        for _ in 0..<50 { deep = .list([deep]) }
        let many = LogValue.list((0..<1_000).map { .int($0) })
        log.logger.info("test.event", ["deep": deep, "many": many])
        let fields = try #require(object(log.lines[0]))
        #expect((fields["many"] as? [Any])?.count == LogValue.elementsMax + 1)
        #expect(log.lines[0].contains("…"))
    }

    @Test func `writes nothing below its level`() {
        let log = Log(level: .warn)
        log.logger.info("test.quiet")
        log.logger.debug("test.quiet")
        log.logger.warn("test.loud")
        #expect(log.lines.count == 1)
    }

    @Test func `writes a line with every kind of value`() {
        let log = Log()
        log.logger.warn(
            "upstream.down",
            [
                "upstream": "api", "tries": 3, "retry": true,
                "took": .duration(.microseconds(1_250)),
                "until": .time(WallTime(seconds: 0)), "from": .address(IPAddress(v4: 0x7F00_0001)),
                "gone": .null, "hidden": .redacted,
            ])
        #expect(
            log.lines[0]
                == #"{"time":"1994-11-06T08:49:37.125Z","level":"warn","event":"upstream.down","#
                + #""upstream":"api","tries":3,"retry":true,"took":1.250,"#
                + #""until":"1970-01-01T00:00:00.000Z","from":"127.0.0.1","gone":null,"#
                + #""hidden":"[redacted]"}"#)
    }

    @Test func `writes short lines at a terminal, in colour unless that is unwanted`() {
        let log = Log(style: .terminal(colour: true))
        log.logger.warn("upstream.down", ["upstream": "api", "why": .text("no route")])
        #expect(
            log.lines[0].hasSuffix(
                " \u{1B}[33mwarn\u{1B}[0m upstream.down upstream=api why=\"no route\""))
        #expect(LogStyle.automatic(isTerminal: false) { _ in nil } == .json)
        #expect(LogStyle.automatic(isTerminal: true) { _ in nil } == .terminal(colour: true))
        #expect(
            LogStyle.automatic(isTerminal: true) { $0 == "NO_COLOR" ? "1" : nil }
                == .terminal(colour: false))
        #expect(
            LogStyle.automatic(isTerminal: true) { $0 == "TERM" ? "dumb" : nil }
                == .terminal(colour: false))
    }

    @Test func `turns a flood of one event into a count, exactly`() throws {
        let log = Log(flood: .init(lines: 3, window: .seconds(10)))
        for _ in 0..<100 { log.logger.warn("upstream.down") }
        log.logger.warn("upstream.up")
        #expect(log.lines.count == 4)
        log.pass(.seconds(9))
        log.logger.tick()
        #expect(log.lines.count == 4)
        log.pass(.seconds(1))
        log.logger.tick()
        let summary = try #require(object(log.lines[4]))
        #expect(summary["event"] as? String == "log.repeated")
        #expect(summary["of"] as? String == "upstream.down")
        #expect(summary["suppressed"] as? Int == 97)
        log.logger.warn("upstream.down")
        #expect(log.lines.count == 6)
    }

    @Test func `tells of a flood before it ends`() throws {
        let log = Log(flood: .init(lines: 1))
        for _ in 0..<5 { log.logger.info("test.event") }
        #expect(log.logger.flush(deadline: soon))
        #expect(log.lines.count == 2)
        #expect(object(log.lines[1])?["suppressed"] as? Int == 4)
    }
}
