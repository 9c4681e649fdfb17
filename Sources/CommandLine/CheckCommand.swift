import Gatehouse

extension Command {
    static let check = Command(
        name: "check",
        summary: "Validates a configuration and shows what it allows.",
        details: """
            Shows each route with its methods, hosts, access rule, limits and upstream, and warns of
            what is weak. Exits with 2 when the configuration is wrong.
            """,
        options: [
            Option(
                name: "config", value: .file("FILE"),
                summary: "The configuration. Default: gatehouse.yml here."),
            Option(
                name: "strict", value: .none, summary: "Exits with 1 when there are warnings."),
        ],
        operand: nil,
        run: { arguments, terminal in
            let path = arguments.values["config"] ?? Starter.fileName
            do throws(ConfigurationIssues) {
                let file = try Configuration.load(file: path)
                return report(file, path, isStrict: arguments.switches.contains("strict"), terminal)
            } catch {
                terminal.complain(error.rendered(colored: terminal.error.isOn))
                return .usage
            }
        })

    private static func report(
        _ file: ConfigurationFile, _ path: String, isStrict: Bool, _ terminal: Terminal
    ) -> ExitCode {
        let paint = terminal.output
        let configuration = file.configuration
        let warnings = file.warnings.count { $0.severity == .warning }
        terminal.say(paint.bold("\(path) is valid") + ".\n\n")
        for listener in configuration.listeners {
            let proxy = listener.proxyProtocol ? " (PROXY protocol)" : ""
            terminal.say("\(listener.protocol.rawValue) on \(listener.address)\(proxy)\n")
        }
        if configuration.admin.enabled { terminal.say("admin on \(configuration.admin.address)\n") }
        terminal.say("\n" + EffectiveRoutes(configuration).rendered(paint))
        for warning in file.warnings {
            terminal.complain("\n" + warning.rendered(colored: terminal.error.isOn))
        }
        if warnings > 0 { terminal.complain("\n\(warnings) warning\(warnings == 1 ? "" : "s")\n") }
        return isStrict && warnings > 0 ? .failure : .success
    }
}
