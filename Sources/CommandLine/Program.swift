import Gatehouse

/// The `gatehouse` program: finds the command, reads its arguments, runs it.
struct Program {
    static let version = "0.1.0"
    let arguments: [String]
    private let terminal = Terminal()

    init(arguments: [String]) { self.arguments = arguments }

    /// The exit code.
    func run() -> Int32 { dispatch().rawValue }

    private func dispatch() -> ExitCode {
        guard let first = arguments.first else {
            terminal.complain(Help.overview(terminal.error))
            return .usage
        }
        switch first {
        case "--version", "-V", "version":
            terminal.say("gatehouse \(Self.version)\n")
            return .success
        case "--help", "-h": return help(for: nil)
        case "help": return help(for: arguments.dropFirst().first)
        default: return command(first)
        }
    }

    private func command(_ name: String) -> ExitCode {
        guard let command = Command.all.first(where: { $0.name == name }) else {
            return unknown(name)
        }
        do throws(UsageError) {
            let parsed = try ArgumentParser.parse(arguments.dropFirst(), for: command)
            if parsed.switches.contains(Command.help.name) { return help(for: name) }
            return command.run(parsed, terminal)
        } catch {
            let hint = error.hint ?? "`gatehouse \(name) --help` shows what it takes"
            terminal.fail(error.message, hint: hint)
            return .usage
        }
    }

    private func help(for name: String?) -> ExitCode {
        guard let name else {
            terminal.say(Help.overview(terminal.output))
            return .success
        }
        guard let command = Command.all.first(where: { $0.name == name }) else {
            return unknown(name)
        }
        terminal.say(Help.text(for: command, terminal.output))
        return .success
    }

    private func unknown(_ name: String) -> ExitCode {
        let names = Command.all.map(\.name) + ["--help", "--version"]
        let near = Nearest.match(name, in: names).map { "did you mean `gatehouse \($0)`?" }
        let what = name.hasPrefix("-") ? "option" : "command"
        terminal.fail(
            "no \(what) `\(name.printable(max: 60))`",
            hint: near ?? "commands are " + Command.all.map(\.name).joined(separator: ", "))
        return .usage
    }
}
