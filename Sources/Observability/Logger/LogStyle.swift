import GatehouseCore
import Glibc

/// How lines look.
package enum LogStyle: Equatable, Sendable {
    /// One JSON object a line: for machines.
    case json
    /// Short lines, for a person at a terminal.
    case terminal(colour: Bool)

    /// People get colour at a terminal, unless `NO_COLOR` is set or the terminal is dumb; all
    /// others get JSON.
    package static func automatic(
        isTerminal: Bool, environment: (String) -> String? = LogStyle.environment
    ) -> LogStyle {
        guard isTerminal else { return .json }
        let isPlain = environment("NO_COLOR")?.isEmpty == false || environment("TERM") == "dumb"
        return .terminal(colour: !isPlain)
    }

    /// The process's environment.
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}

/// Lines for people: `12:01:02 warn upstream.down upstream=api`.
enum TerminalLine {
    /// Appends the local time of day.
    static func clock(_ time: WallTime, to output: inout [UInt8]) {
        var seconds = time_t(time.seconds)
        var local = unsafe tm()
        unsafe localtime_r(&seconds, &local)
        unsafe output.append(padded: Int(local.tm_hour), width: 2)
        output.append(0x3A)
        unsafe output.append(padded: Int(local.tm_min), width: 2)
        output.append(0x3A)
        unsafe output.append(padded: Int(local.tm_sec), width: 2)
        output.append(0x20)
    }

    /// Appends the level's word in its colour.
    static func level(_ level: LogLevel, colour: Bool, to output: inout [UInt8]) {
        if colour { output.append(begin(level)) }
        output.append(level.text)
        if colour { output.append("\u{1B}[0m") }
        output.append(0x20)
    }

    /// Appends `name=value` for every field; anything that is not a plain word is written as JSON,
    /// so that no escape sequence reaches the terminal.
    static func fields(
        _ fields: LogFields, to output: inout [UInt8], using scratch: inout RedactionScratch
    ) {
        for (name, value) in fields.items.prefix(LogValue.elementsMax) {
            output.append(0x20)
            word(render(.text(name), &scratch), to: &output)
            output.append(0x3D)
            let shown = SecretNames.contains(name) ? LogValue.redacted : value
            word(render(shown, &scratch), to: &output)
        }
    }

    private static func render(_ value: LogValue, _ scratch: inout RedactionScratch) -> [UInt8] {
        var json = JSONWriter()
        json.value(value, using: &scratch)
        return json.finish()
    }

    /// Appends JSON, without the quotes around a string that is one plain word.
    private static func word(_ json: [UInt8], to output: inout [UInt8]) {
        let inner = json.dropFirst().dropLast()
        if json.first == 0x22, !inner.isEmpty, inner.allSatisfy(\.isPlainWord) {
            output.append(contentsOf: inner)
        } else {
            output.append(contentsOf: json)
        }
    }

    private static func begin(_ level: LogLevel) -> StaticString {
        switch level {
        case .debug: "\u{1B}[2m"
        case .info: "\u{1B}[36m"
        case .warn: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        case .critical: "\u{1B}[1;31m"
        }
    }
}

extension UInt8 {
    /// Whether the byte needs no quotes around its word.
    fileprivate var isPlainWord: Bool {
        isAlphanumeric || "-._:/+@[]".utf8.contains(self)
    }
}
