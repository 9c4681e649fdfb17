import Gatehouse
import GatehouseCore
import GatehouseValidation
import Glibc

extension Command {
    static let block = Command(
        name: "block",
        summary: "Blocks addresses, accounts, API keys and sessions at the running gate.",
        details: """
            add TARGET     refuses it from now on, on every gate that shares the store
            remove TARGET  ends that
            list           shows what is blocked, the latest first

            TARGET is an address, a network such as 192.0.2.0/24 or 2001:db8::/32, account:ID,
            key:ID or session:ID. Loopback, trusted proxies and the admin's address are blocked
            with --force only.
            """,
        options: AccountsAccess.options + [
            Option(
                name: "for", value: .text("TIME"),
                summary: "Of `add`: how long, such as 30m, 12h or 7d. Default: until removed."),
            Option(
                name: "reason", value: .text("TEXT"),
                summary: "Of `add`: why; for whoever reads the list."),
            Option(
                name: "force", value: .none,
                summary: "Of `add`: also what could shut out yourself or everybody."),
            Option(name: "json", value: .none, summary: "Prints the gate's answer as JSON."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["add", "remove", "list"]),
        object: Operand(
            placeholder: "TARGET", summary: "Who is meant.", isRequired: false, words: []),
        run: { arguments, terminal in
            if arguments.operand != "list", arguments.object == nil {
                terminal.fail("`block \(arguments.operand ?? "")` needs a target")
                return .usage
            }
            guard let configuration = AccountsAccess.configuration(arguments, terminal) else {
                return .usage
            }
            return BlockCommand(arguments, terminal).run(configuration.data)
        })
}

/// What `gatehouse block` does.
struct BlockCommand {
    private let arguments: Arguments
    private let terminal: Terminal
    private var isJSON: Bool { arguments.switches.contains("json") }

    init(_ arguments: Arguments, _ terminal: Terminal) {
        self.arguments = arguments
        self.terminal = terminal
    }

    func run(_ data: String) -> ExitCode {
        if let target = arguments.object, let why = BlockTargetText.problem(target) {
            terminal.fail("`\(target.printable(max: 200))`: \(why)")
            return .usage
        }
        var seconds: Int?
        if let text = arguments.values["for"] {
            guard let length = DurationArgument.seconds(text), length > 0 else {
                terminal.fail(
                    "`--for` is no time", hint: "write a whole number and a unit: 30m, 12h or 7d")
                return .usage
            }
            seconds = length
        }
        do throws(AdminClient.Failure) {
            let client = try AdminClient(data: data)
            switch arguments.operand {
            case "add": return show(try client.send("POST", "/blocks", addition(seconds)))
            case "remove": return show(try client.send("POST", "/blocks/remove", removal()))
            default: return show(try client.send("GET", "/blocks"))
            }
        } catch { return fail(error) }
    }

    /// Who asks, for the list and the log; it proves nothing.
    private var author: String {
        guard let entry = unsafe getpwuid(getuid()), let name = unsafe entry.pointee.pw_name else {
            return "\(getuid())"
        }
        return unsafe String(cString: name)
    }

    private func addition(_ seconds: Int?) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("target")
        json.string(arguments.object ?? "")
        if let seconds {
            json.key("seconds")
            json.number(seconds)
        }
        json.key("reason")
        json.string(arguments.values["reason"] ?? "")
        json.key("author")
        json.string(author)
        json.key("force")
        json.bool(arguments.switches.contains("force"))
        json.endObject()
        return json.finish()
    }

    private func removal() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("target")
        json.string(arguments.object ?? "")
        json.key("author")
        json.string(author)
        json.endObject()
        return json.finish()
    }

    // MARK: Answers

    private func show(_ answer: AdminClient.Answer) -> ExitCode {
        let isDone = (200..<300).contains(answer.status)
        if isJSON { terminal.say(String(decoding: answer.body, as: UTF8.self) + "\n") }
        var tape = JSONTape()
        guard let root = try? tape.parse(answer.body.raw, limits: BlockAnswer.limits) else {
            terminal.fail("the gate's answer cannot be read (status \(answer.status))")
            return .failure
        }
        let read = BlockAnswer(root)
        guard isDone else {
            let hint: String? =
                switch answer.status {
                case 401: "the gate runs with another data folder than the configuration says"
                case 403: "`admin.address` must be a loopback address or 0.0.0.0"
                case 409: "`--force` does it all the same, if you mean it"
                default: nil
                }
            terminal.fail(
                read.message.isEmpty
                    ? "the gate refused (status \(answer.status))"
                    : "`\((arguments.object ?? "").printable(max: 200))` \(read.message)",
                hint: hint)
            return answer.status == 422 || answer.status == 400 ? .usage : .failure
        }
        if let warning = read.warning { terminal.complain("warning: \(warning)\n") }
        if isJSON { return .success }
        for block in read.blocks { terminal.say(block + "\n") }
        if read.total > read.blocks.count {
            terminal.say("… and \(read.total - read.blocks.count) earlier ones\n")
        }
        return .success
    }

    private func fail(_ failure: AdminClient.Failure) -> ExitCode {
        switch failure {
        case .notRunning(let path):
            terminal.fail(
                "no gate runs on this data folder", hint: "a running one makes `\(path)`")
        case .unreachable(let why): terminal.fail("the gate cannot be reached: \(why)")
        }
        return .failure
    }
}

/// What the admin listener says about blocks.
struct BlockAnswer {
    private(set) var blocks: [String] = []
    private(set) var total = 0
    private(set) var message = ""
    private(set) var warning: String?

    static var limits: JSONLimits {
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(64)
        return limits
    }

    init(_ root: borrowing JSONValue) {
        var members = root.members
        while let member = members.next() {
            switch member.name.string {
            case "block": blocks = [Self.line(member.value)]
            case "total": total = Int(member.value.integer ?? 0)
            case "message": message = member.value.string ?? ""
            case "title": message = "refused: " + (member.value.string ?? "")
            case "warning": warning = member.value.string
            case "blocks":
                var elements = member.value.elements
                while let element = elements.next() { blocks.append(Self.line(element)) }
            default: break
            }
        }
    }

    private static func line(_ value: borrowing JSONValue) -> String {
        var fields: [String: String] = [:]
        var members = value.members
        while let member = members.next() {
            if let name = member.name.string { fields[name] = member.value.string }
        }
        let target = fields["target"] ?? ""
        let end = fields["until"].map { "until \($0)" } ?? "until removed"
        let author = fields["author"].map { $0.isEmpty ? "" : "  by \($0)" } ?? ""
        let reason = fields["reason"].map { $0.isEmpty ? "" : "  \($0)" } ?? ""
        return "\(target)  \(end)\(author)\(reason)"
    }
}
