import Gatehouse
import GatehouseCore
import GatehouseIdentity
import Glibc

extension Command {
    static let user = Command(
        name: "user",
        summary: "Manages accounts, also while a gate serves them.",
        details: """
            add EMAIL      makes an account; its owner gets a link to set a password
            list           shows accounts
            show WHO       shows one, by its address or id
            role WHO       replaces its roles by --roles; tokens that are out are refused at once
            lock WHO       ends its sessions and keeps it from signing in
            unlock WHO     lets it sign in again
            reset-mfa WHO  removes its second factor, for an owner who lost it
            import FILE    adds accounts of a file with a JSON object on each line:
                           email, name, password_hash, roles, confirmed
            """,
        options: AccountsAccess.options + [
            Option(name: "name", value: .text("NAME"), summary: "Of `add`: the owner's name."),
            Option(
                name: "roles", value: .text("LIST"),
                summary: "Of `add` and `role`: roles with commas between them."),
            Option(name: "tenant", value: .text("NAME"), summary: "Of `add`: the tenant."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["add", "list", "show", "role", "lock", "unlock", "reset-mfa", "import"]),
        object: Operand(
            placeholder: "WHO", summary: "An address, an id, or a file.", isRequired: false,
            words: []),
        run: { arguments, terminal in
            if arguments.operand != "list", arguments.object == nil {
                terminal.fail("`user \(arguments.operand ?? "")` needs an address, an id or a file")
                return .usage
            }
            guard let access = AccountsAccess(arguments, terminal) else { return .usage }
            do throws(AccountError) {
                return try UserCommand(access, arguments, terminal).run()
            } catch { return terminal.fail(error) }
        })
}

/// What `gatehouse user` does.
struct UserCommand {
    private let access: AccountsAccess
    private let arguments: Arguments
    private let terminal: Terminal
    private var accounts: Accounts { access.accounts }
    private var who: String { arguments.object ?? "" }

    init(_ access: AccountsAccess, _ arguments: Arguments, _ terminal: Terminal) {
        self.access = access
        self.arguments = arguments
        self.terminal = terminal
    }

    private var roles: [String] {
        (arguments.values["roles"] ?? "").split(separator: ",")
            .map { String($0.drop { $0 == " " }) }
    }

    func run() throws(AccountError) -> ExitCode {
        switch arguments.operand {
        case "add": try add()
        case "list": try list()
        case "show": show(try accounts.account(find: who))
        case "role": show(try accounts.setRoles(roles, of: who))
        case "lock": try accounts.lock(who)
        case "unlock": try accounts.unlock(who)
        case "reset-mfa": try accounts.resetFactors(of: who)
        default: return try importFile()
        }
        return .success
    }

    private func add() throws(AccountError) {
        let (profile, link) = try accounts.addAccount(
            email: who, name: arguments.values["name"] ?? "", roles: roles,
            tenant: arguments.values["tenant"])
        show(profile)
        terminal.say(
            "\nThe owner gets this link by mail; it is good once, for a day:\n"
                + "\(access.runtime.baseURL)/account#setup=\(link.dangerouslyRevealed)\n")
    }

    private func list() throws(AccountError) {
        var offset = 0
        terminal.say("ID                      STATE        MFA  ROLES            E-MAIL\n")
        while true {
            let page = try accounts.accounts(offset: offset, limit: 500)
            for profile in page {
                let state =
                    profile.isLocked ? "locked" : profile.isConfirmed ? "active" : "unconfirmed"
                let roles = profile.roles.isEmpty ? "-" : profile.roles.joined(separator: ",")
                terminal.say(
                    profile.id.padded(24) + state.padded(13)
                        + (profile.hasFactor ? "yes" : "no").padded(5) + roles.padded(17)
                        + profile.email + "\n")
            }
            offset += page.count
            if page.count < 500 { return }
        }
    }

    private func show(_ profile: AccountProfile) {
        let rows = [
            ("id", profile.id), ("e-mail", profile.email), ("name", profile.name),
            ("confirmed", profile.isConfirmed ? "yes" : "no"),
            ("locked", profile.isLocked ? "yes" : "no"),
            ("second factor", profile.hasFactor ? "yes" : "no"),
            ("recovery codes", "\(profile.recoveryCodesLeft)"),
            ("roles", profile.roles.joined(separator: ", ")), ("tenant", profile.tenant ?? ""),
        ]
        for (name, value) in rows where !value.isEmpty {
            terminal.say(name.padded(16) + value + "\n")
        }
    }

    /// Every line is tried; those that are refused are named, and the exit code says that some
    /// were.
    private func importFile() throws(AccountError) -> ExitCode {
        guard let text = AccountImport.lines(of: who) else {
            terminal.fail("`\(who.printable(max: 200))` cannot be read, or is larger than 256 MiB")
            return .usage
        }
        var added = 0
        var refused = 0
        for (index, line) in text.enumerated() where !line.isEmpty {
            do throws(AccountError) {
                guard let account = AccountImport.account(line) else { throw .invalid("line") }
                try accounts.importAccount(account)
                added += 1
            } catch {
                if case .unavailable = error { throw error }
                refused += 1
                terminal.complain("\(who):\(index + 1): refused: \(AccountImport.reason(error))\n")
            }
        }
        terminal.say("\(added) added, \(refused) refused\n")
        return refused == 0 ? .success : .failure
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        count >= width ? self + " " : self + String(repeating: " ", count: width - count)
    }
}
