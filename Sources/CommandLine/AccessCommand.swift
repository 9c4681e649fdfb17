import Gatehouse
import GatehouseCore
import GatehouseIdentity

extension Command {
    static let access = Command(
        name: "access",
        summary: "Explains who may do what.",
        details: """
            check   says step by step how a request of a caller would be decided
            matrix  shows roles and the routes that they reach

            Both ask what serves requests. `check` takes the roles of --roles, or of the account
            that --as names.
            """,
        options: AccountsAccess.options + [
            Option(name: "as", value: .text("WHO"), summary: "Of `check`: an account."),
            Option(
                name: "roles", value: .text("LIST"),
                summary: "Of `check`: roles with commas between them."),
            Option(name: "method", value: .text("METHOD"), summary: "Of `check`: default GET."),
            Option(name: "path", value: .text("PATH"), summary: "Of `check`: the path."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["check", "matrix"]),
        run: { arguments, terminal in
            guard let configuration = AccountsAccess.configuration(arguments, terminal) else {
                return .usage
            }
            do throws(ConfigurationError) {
                let explanation = try AccessExplanation(configuration)
                if arguments.operand == "matrix" {
                    terminal.say(explanation.matrix())
                    return .success
                }
                return check(explanation, arguments, terminal)
            } catch {
                terminal.fail(error.description)
                return .usage
            }
        })

    private static func check(
        _ explanation: AccessExplanation, _ arguments: Arguments, _ terminal: Terminal
    ) -> ExitCode {
        guard let path = arguments.values["path"] else {
            terminal.fail("`access check` needs --path")
            return .usage
        }
        var caller: (subject: String, roles: [String], tenant: String?)?
        if let who = arguments.values["as"] {
            guard let access = AccountsAccess(arguments, terminal) else { return .usage }
            do throws(AccountError) {
                let profile = try access.accounts.account(find: who)
                caller = (profile.id, profile.roles, profile.tenant)
            } catch { return terminal.fail(error) }
        } else if let list = arguments.values["roles"] {
            caller = ("somebody", list.split(separator: ",").map(String.init), nil)
        }
        let (steps, isAllowed) = explanation.check(
            arguments.values["method"] ?? "GET", path, subject: caller?.subject,
            roles: caller?.roles ?? [], tenant: caller?.tenant)
        for step in steps { terminal.say(step + "\n") }
        return isAllowed ? .success : .failure
    }
}
