import Gatehouse
import GatehouseCore

extension Command {
    static let run = Command(
        name: "run",
        summary: "Serves.",
        details: """
            With --config, or with gatehouse.yml here, serves what that file says. With --upstream, or
            without any file, starts a first try: TLS on 127.0.0.1:8443 in front of that API (or of a
            built-in echo), tokens from a development key in the data folder.

            SIGHUP reads the configuration and the certificates again; SIGTERM finishes what was
            accepted and ends.
            """,
        options: [
            Option(
                name: "config", value: .file("FILE"),
                summary: "The configuration. Default: gatehouse.yml here, if there is one."),
            Option(
                name: "upstream", value: .text("URL"),
                summary: "First try: the API to protect, such as http://127.0.0.1:3000."),
            Option(
                name: "listen", value: .text("ADDRESS"),
                summary: "First try: where to serve. Default: 127.0.0.1:8443."),
            Option(
                name: "data", value: .folder("DIR"),
                summary: "First try: folder for keys and state. Default: ./data."),
        ],
        operand: nil,
        run: { arguments, terminal in RunCommand(arguments, terminal).run() })
}

/// Decides which configuration is meant, and serves it.
struct RunCommand {
    /// Where the configuration came from: what a reload reads again.
    enum Origin {
        case file(String)
        case quickStart
    }

    private let arguments: Arguments
    private let terminal: Terminal
    private static let quickStartOptions = ["upstream", "listen", "data"]

    init(_ arguments: Arguments, _ terminal: Terminal) {
        self.arguments = arguments
        self.terminal = terminal
    }

    func run() -> ExitCode {
        let quick = Self.quickStartOptions.first { arguments.values[$0] != nil }
        if let path = arguments.values["config"] {
            guard let quick else { return serve(file: path) }
            terminal.fail(
                "`--\(quick)` is for a first try without a file",
                hint: "write it into \(path), or leave `--config` out")
            return .usage
        }
        return quick == nil && Starter.isHere ? serve(file: Starter.fileName) : serveQuickStart()
    }

    private func serve(file path: String) -> ExitCode {
        do throws(ConfigurationIssues) {
            let file = try Configuration.load(file: path)
            for warning in file.warnings where warning.severity == .warning {
                terminal.complain(warning.rendered(colored: terminal.error.isOn) + "\n")
            }
            return serve(file.configuration, from: .file(path))
        } catch {
            terminal.complain(error.rendered(colored: terminal.error.isOn))
            return .usage
        }
    }

    private func serveQuickStart() -> ExitCode {
        do throws(ConfigurationError) {
            let configuration = try QuickStart.configuration(
                upstream: arguments.values["upstream"], listen: arguments.values["listen"],
                data: arguments.values["data"] ?? "./data")
            return serve(configuration, from: .quickStart)
        } catch {
            terminal.fail(error.description)
            return .usage
        }
    }

    /// The one place where the server starts.
    private func serve(_ configuration: Configuration, from origin: Origin) -> ExitCode {
        let application = Application(configuration)
        if case .quickStart = origin { QuickStartTour(configuration, terminal).show() }
        do throws(StartError) {
            try application.run { () throws(StartError) in try reload(origin) }
            return .success
        } catch {
            terminal.fail(error.description)
            return .failure
        }
    }

    private func reload(_ origin: Origin) throws(StartError) -> Configuration {
        switch origin {
        case .file(let path):
            do throws(ConfigurationIssues) {
                return try Configuration.load(file: path).configuration
            } catch { throw StartError(error.rendered(colored: false)) }
        case .quickStart:
            do throws(ConfigurationError) {
                return try QuickStart.configuration(
                    upstream: arguments.values["upstream"], listen: arguments.values["listen"],
                    data: arguments.values["data"] ?? "./data")
            } catch { throw StartError(error.description) }
        }
    }
}
