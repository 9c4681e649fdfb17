import Gatehouse
import GatehouseCore
import GatehouseIdentity
import GatehouseValidation

extension Command {
    static let token = Command(
        name: "token",
        summary: "Makes, shows and checks tokens.",
        details: """
            mint            makes a token for --subject with --roles, signed by the gate's own key
            inspect TOKEN   shows what a token says, without believing it
            verify TOKEN    checks a token as the gate would, and says why it is refused

            `-` in place of TOKEN reads it from standard input.
            """,
        options: AccountsAccess.options + [
            Option(name: "subject", value: .text("ID"), summary: "Of `mint`: whom it names."),
            Option(
                name: "roles", value: .text("LIST"),
                summary: "Of `mint`: roles with commas between them."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["mint", "inspect", "verify"]),
        object: Operand(placeholder: "TOKEN", summary: "The token.", isRequired: false, words: []),
        run: { arguments, terminal in
            switch arguments.operand {
            case "mint": mint(arguments, terminal)
            case "inspect": inspect(arguments, terminal)
            default: verify(arguments, terminal)
            }
        })

    private static func mint(_ arguments: Arguments, _ terminal: Terminal) -> ExitCode {
        guard let subject = arguments.values["subject"] else {
            terminal.fail("`token mint` needs --subject")
            return .usage
        }
        guard let access = AccountsAccess(arguments, terminal) else { return .usage }
        let roles = (arguments.values["roles"] ?? "").split(separator: ",").map(String.init)
        terminal.say(access.runtime.mint(subject: subject, roles: roles, now: .now) + "\n")
        return .success
    }

    private static func text(_ arguments: Arguments, _ terminal: Terminal) -> String? {
        let text = arguments.object == "-" ? readLine() : arguments.object
        if let text, !text.isEmpty { return text }
        terminal.fail("a token is needed", hint: "give it as an argument, or `-` to read it")
        return nil
    }

    private static func inspect(_ arguments: Arguments, _ terminal: Terminal) -> ExitCode {
        guard let text = text(arguments, terminal) else { return .usage }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decoded = parts.prefix(2).compactMap { Base64URL.decode(Array($0.utf8).raw) }
        guard parts.count == 3, decoded.count == 2 else {
            terminal.fail("that is no JWT: three parts of base64url are expected")
            return .failure
        }
        terminal.complain("not verified: anybody can write this\n")
        for part in decoded {
            terminal.say(String(decoding: part, as: UTF8.self).printable(max: 16_384) + "\n")
        }
        return .success
    }

    private static func verify(_ arguments: Arguments, _ terminal: Terminal) -> ExitCode {
        guard let text = text(arguments, terminal) else { return .usage }
        guard let access = AccountsAccess(arguments, terminal) else { return .usage }
        let bytes = Array(text.utf8)
        do throws(ConfigurationError) {
            let verifier = try access.runtime.verifier(access.configuration)
            do throws(TokenError) {
                let principal = try verifier.verify(bytes.raw, now: .now).principal
                guard !access.accounts.revocations.isRevoked(principal) else {
                    terminal.fail("refused: revoked")
                    return .failure
                }
                terminal.say(
                    "good: subject \(principal.subject), issuer \(principal.issuer), roles "
                        + "\(principal.roles.joined(separator: ", "))\n")
                return .success
            } catch {
                terminal.fail("refused: \(error.description)")
                return .failure
            }
        } catch {
            terminal.fail(error.description)
            return .usage
        }
    }
}
