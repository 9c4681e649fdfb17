import Gatehouse
import GatehouseCore
import GatehouseValidation
import Glibc

extension Command {
    static let openAPI = Command(
        name: "openapi",
        summary: "Shows what a gate learned of an API, also while it runs.",
        details: """
            propose     writes an OpenAPI 3.1 document of the traffic that was let in and answered
                        well
            diff [FILE] shows how the configuration's document, or that of FILE, and the traffic
                        differ, both ways
            reset       forgets all that was learned; a running gate begins anew

            A gate learns with `validation: { requests: learn }`. `diff` exits with 0 when there is
            no difference, 1 when there is one, and 2 when something is wrong.
            """,
        options: AccountsAccess.options + [
            Option(
                name: "output", value: .file("FILE"),
                summary: "Of `propose`: where to write. Default: standard output."),
            Option(
                name: "format", value: .text("FORMAT"),
                summary: "Of `propose`: yaml or json. Default: by the file's ending, or yaml."),
            Option(
                name: "min-requests", value: .text("N"),
                summary: "Requests of an operation. Default: `validation.learn-min-requests`."),
            Option(
                name: "min-clients", value: .text("N"),
                summary: "Clients that must have shown a thing. Default: "
                    + "`validation.learn-min-clients`."),
            Option(name: "json", value: .none, summary: "Of `diff`: writes JSON."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["propose", "diff", "reset"]),
        object: Operand(
            placeholder: "FILE", summary: "Of `diff`: a document.", isRequired: false, words: []),
        run: { arguments, terminal in
            if arguments.object != nil, arguments.operand != "diff" {
                terminal.fail("`openapi \(arguments.operand ?? "")` takes no FILE")
                return .usage
            }
            guard let configuration = AccountsAccess.configuration(arguments, terminal) else {
                return .usage
            }
            let command = OpenAPICommand(configuration, arguments, terminal)
            do throws(StartError) { return try command.run() } catch {
                terminal.fail(error.description)
                return .usage
            }
        })
}

/// What `gatehouse openapi` does.
struct OpenAPICommand {
    private let learned: LearnedDocuments
    private let arguments: Arguments
    private let terminal: Terminal

    init(_ configuration: Configuration, _ arguments: Arguments, _ terminal: Terminal) {
        learned = LearnedDocuments(configuration)
        self.arguments = arguments
        self.terminal = terminal
    }

    func run() throws(StartError) -> ExitCode {
        switch arguments.operand {
        case "propose": return try propose()
        case "diff": return try compare()
        default:
            terminal.say(try learned.reset() ? "forgotten\n" : "there was nothing to forget\n")
            return .success
        }
    }

    private func number(_ name: String, _ usual: Int) throws(StartError) -> Int {
        guard let text = arguments.values[name] else { return usual }
        guard let value = Int(text), (1...1_000_000).contains(value) else {
            throw StartError("`--\(name)` needs a whole number from 1")
        }
        return value
    }

    private func rules() throws(StartError) -> ProposalRules {
        var rules = learned.rules
        rules.requestsMin = try number("min-requests", rules.requestsMin)
        rules.clientsMin = try number("min-clients", rules.clientsMin)
        return rules
    }

    // MARK: Proposing

    private func propose() throws(StartError) -> ExitCode {
        let path = arguments.values["output"]
        let usual = path?.hasSuffix(".json") == true ? "json" : "yaml"
        let format = arguments.values["format"] ?? usual
        guard format == "yaml" || format == "json" else {
            throw StartError("`--format` is yaml or json")
        }
        let proposal = try learned.proposal(try rules())
        let document = proposal.document
        let bytes = format == "json" ? document.indentedJSON() : document.yaml()
        if let path {
            try write(bytes, to: path)
        } else {
            terminal.say(String(decoding: bytes, as: UTF8.self))
        }
        tell(proposal)
        return .success
    }

    /// Left-out operations that are shown.
    private static let shownMax = 20

    private func tell(_ proposal: OpenAPIProposal) {
        var text = "\(proposal.operationCount) operations proposed"
        let leftOut = proposal.leftOut
        if leftOut.isEmpty { return terminal.complain(text + "\n") }
        text +=
            "; \(leftOut.count) left out with fewer than \(proposal.rules.requestsMin) requests or "
            + "\(proposal.rules.clientsMin) clients:\n"
        for operation in leftOut.prefix(Self.shownMax) {
            text +=
                "  \(operation.method) \(operation.path.printable(max: 120)): "
                + "\(operation.requests) requests, \(operation.clients) clients\n"
        }
        if leftOut.count > Self.shownMax { text += "  …\n" }
        terminal.complain(text)
    }

    private func write(_ bytes: [UInt8], to path: String) throws(StartError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    private func failure(_ path: String) -> StartError {
        StartError("\(path.printable(max: 200)): \(unsafe String(cString: strerror(errno)))")
    }

    // MARK: Comparing

    private func compare() throws(StartError) -> ExitCode {
        let (all, leftOut) = try learned.differences(from: arguments.object, try rules())
        if arguments.switches.contains("json") {
            let tree = DocumentTree.fields([
                ("differences", .array(all.map(\.tree))), ("left-out", .number(String(leftOut))),
            ])
            terminal.say(String(decoding: tree.indentedJSON(), as: UTF8.self))
        } else {
            for difference in all { terminal.say(difference.description + "\n") }
            let counts = OpenAPIDifference.Kind.allCases.map { kind in
                "\(all.count { $0.kind == kind }) \(kind.rawValue)"
            }
            terminal.complain(
                all.isEmpty ? "no difference\n" : counts.joined(separator: ", ") + "\n")
            if leftOut > 0 {
                terminal.complain("\(leftOut) operations were seen too seldom to be compared\n")
            }
        }
        return all.isEmpty ? .success : .failure
    }
}
