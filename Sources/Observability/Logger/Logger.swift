package import GatehouseCore

/// Writes events: what the gate does, and what happens to it. One line each, by way of a `LogSink`.
///
/// The event's name is fixed text and every value is escaped, so that nothing that a client sends
/// can forge a line or a field. A flood of one event becomes a count (`log.repeated`).
package struct Logger: Sendable {
    /// The clocks of a logger; tests bring their own.
    package struct Clock: Sendable {
        package var wall: @Sendable () -> WallTime
        package var monotonic: @Sendable () -> MonotonicTime

        package init(
            wall: @escaping @Sendable () -> WallTime = { .now },
            monotonic: @escaping @Sendable () -> MonotonicTime = { .now }
        ) {
            self.wall = wall
            self.monotonic = monotonic
        }
    }

    private let sink: LogSink
    /// Lines below this level are not written.
    package let level: LogLevel
    private let style: LogStyle
    private let clock: Clock
    private let throttle: LogThrottle

    /// Logs to `sink` from `level` on.
    package init(
        sink: LogSink, level: LogLevel = .info, style: LogStyle? = nil,
        flood: LogFloodLimit = .init(), clock: Clock = .init()
    ) {
        self.sink = sink
        self.level = level
        self.style = style ?? .automatic(isTerminal: sink.isTerminal)
        self.clock = clock
        throttle = LogThrottle(flood)
    }

    /// Writes one event.
    package func log(_ level: LogLevel, _ event: StaticString, _ fields: LogFields = [:]) {
        guard level >= self.level else { return }
        let name = event.description
        if admits(name) { write(level, name, fields) }
    }

    package func debug(_ event: StaticString, _ fields: LogFields = [:]) {
        log(.debug, event, fields)
    }
    package func info(_ event: StaticString, _ fields: LogFields = [:]) {
        log(.info, event, fields)
    }
    package func warn(_ event: StaticString, _ fields: LogFields = [:]) {
        log(.warn, event, fields)
    }
    package func error(_ event: StaticString, _ fields: LogFields = [:]) {
        log(.error, event, fields)
    }
    package func critical(_ event: StaticString, _ fields: LogFields = [:]) {
        log(.critical, event, fields)
    }

    /// Tells of floods that are over; call it now and then (a timer of the loop will do).
    package func tick() { summarise(at: clock.monotonic(), all: false) }

    /// Tells of all floods and waits until everything is written, at most until `deadline`.
    @discardableResult
    package func flush(deadline: MonotonicTime) -> Bool {
        summarise(at: clock.monotonic(), all: true)
        return sink.flush(deadline: deadline)
    }

    /// Whether a line of this event may be written now; asked before its fields are gathered, so
    /// that a flood costs little.
    func admits(_ event: String) -> Bool {
        let now = clock.monotonic()
        summarise(at: now, all: false)
        return throttle.admits(event, at: now)
    }

    /// Writes one event that was admitted.
    func write(_ level: LogLevel, _ event: String, _ fields: LogFields) {
        sink.append(line(level, event, fields))
    }

    private func summarise(at now: MonotonicTime, all: Bool) {
        for (event, count) in throttle.takeSummaries(at: now, all: all) {
            let fields: LogFields = ["of": .public(event), "suppressed": .int(count)]
            sink.append(line(.warn, "log.repeated", fields))
        }
    }

    private func line(_ level: LogLevel, _ event: String, _ fields: LogFields) -> [UInt8] {
        var scratch = RedactionScratch()
        let time = clock.wall()
        switch style {
        case .json: return json(level, event, fields, time, &scratch)
        case .terminal(let colour):
            var line: [UInt8] = []
            TerminalLine.clock(time, to: &line)
            TerminalLine.level(level, colour: colour, to: &line)
            line.append(contentsOf: event.utf8)
            TerminalLine.fields(fields, to: &line, using: &scratch)
            line.append(0x0A)
            return line
        }
    }

    private func json(
        _ level: LogLevel, _ event: String, _ fields: LogFields, _ time: WallTime,
        _ scratch: inout RedactionScratch
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("time")
        json.string(time.timestamp)
        json.key("level")
        json.string(level.text)
        json.key("event")
        json.string(event)
        json.members(fields, using: &scratch)
        json.endObject()
        var line = json.finish()
        line.append(0x0A)
        return line
    }
}
