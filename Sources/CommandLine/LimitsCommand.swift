import Gatehouse

extension Command {
    static let limits = Command(
        name: "limits",
        summary: "Shows the limits of a running gate, who is refused, and resets counters.",
        details: """
            show   each limit's figures; with --address, --account, --session or --api-key what is
                   left for that client
            top    the clients that each limit refuses most, and those that use most
            reset  makes a client's quota whole again, or with --limit alone everybody's

            Asks the gate on its admin listener, with the token in its data folder. Exits with 1
            when no gate answers or there is nothing to reset, with 2 when the command is wrong.
            """,
        options: [
            Option(
                name: "config", value: .file("FILE"),
                summary: "The configuration. Default: gatehouse.yml here, if there is one."),
            Option(
                name: "data", value: .folder("DIR"),
                summary: "First try: folder for keys and state. Default: ./data."),
            Option(name: "limit", value: .text("NAME"), summary: "One limit alone."),
            Option(name: "address", value: .text("IP"), summary: "The client at an address."),
            Option(name: "account", value: .text("SUBJECT"), summary: "An account."),
            Option(
                name: "issuer", value: .text("ISSUER"),
                summary: "Who vouches for it. Default: the gate itself, or the first issuer."),
            Option(name: "session", value: .text("ID"), summary: "A session."),
            Option(name: "api-key", value: .text("ID"), summary: "An API key, by its id."),
            Option(name: "route", value: .text("NAME"), summary: "A route, by its name."),
            Option(
                name: "count", value: .text("N"), summary: "Of `top`: clients shown. Default: 10."),
            Option(name: "json", value: .none, summary: "Prints JSON."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["show", "top", "reset"]),
        run: { arguments, terminal in
            guard let configuration = AccountsAccess.configuration(arguments, terminal) else {
                return .usage
            }
            return LimitsQuestion(arguments, terminal).ask(configuration)
        })
}

/// One question about limits to a running gate.
private struct LimitsQuestion {
    private static let clientOptions = ["address", "account", "session", "api-key", "route"]

    private let arguments: Arguments
    private let terminal: Terminal

    init(_ arguments: Arguments, _ terminal: Terminal) {
        self.arguments = arguments
        self.terminal = terminal
    }

    private var client: [(name: String, value: String)] {
        (Self.clientOptions + ["issuer"]).compactMap { name in
            arguments.values[name].map { (name, $0) }
        }
    }

    private var namesClient: Bool { Self.clientOptions.contains { arguments.values[$0] != nil } }

    func ask(_ configuration: Configuration) -> ExitCode {
        var query = client
        if let limit = arguments.values["limit"] { query.append(("limit", limit)) }
        if let count = arguments.values["count"] { query.append(("count", count)) }
        if !arguments.switches.contains("json") { query.append(("format", "text")) }
        let path: String
        switch arguments.operand {
        case "top": path = "/limits/top"
        case "reset":
            guard namesClient || arguments.values["limit"] != nil else {
                terminal.fail(
                    "`limits reset` needs a client or a limit",
                    hint: "--address, --account, --session or --api-key, or --limit for all")
                return .usage
            }
            path = "/limits/reset"
        default: path = namesClient ? "/limits/client" : "/limits"
        }
        do throws(AdminClient.Failure) {
            let method: StaticString = arguments.operand == "reset" ? "POST" : "GET"
            let client = try AdminClient(data: configuration.data)
            return report(try client.send(method, path, query: query))
        } catch {
            terminal.fail(error.description, hint: "`gatehouse run` starts a gate")
            return .failure
        }
    }

    private func report(_ answer: AdminClient.Answer) -> ExitCode {
        switch answer.status {
        case 200:
            let text = String(decoding: answer.body, as: UTF8.self)
            terminal.say(text.hasSuffix("\n") ? text : text + "\n")
            let isEmpty = text.split(separator: "\n").count == 1 && !text.hasPrefix("{")
            if arguments.operand == "reset", isEmpty || text.hasPrefix("{\"reset\":[]") {
                terminal.fail("no limit counts by what is said of the client")
                return .failure
            }
            return .success
        case 400:
            terminal.fail(
                "the gate does not understand what is asked",
                hint: "an address, a count of 1 to 100, or a limit's name is wrong")
            return .usage
        case 401:
            terminal.fail(
                "the gate does not know this token",
                hint: "it runs with another data folder than the configuration says")
        case 403:
            terminal.fail(
                "the gate takes commands from this machine's loopback alone",
                hint: "`admin.address` must be a loopback address or 0.0.0.0")
        case 404:
            terminal.fail("no limit has this name", hint: "`gatehouse limits show` lists them")
            return .usage
        case 409:
            terminal.fail(
                "its store keeps no list of its counters", hint: "name a client: --address …")
        default: terminal.fail("the gate answered \(answer.status)")
        }
        return .failure
    }
}
