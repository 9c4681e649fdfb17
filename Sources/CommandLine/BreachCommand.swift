import Gatehouse
import GatehouseCore
import GatehouseIdentity
import Glibc

extension Command {
    static let breach = Command(
        name: "breach",
        summary: "Makes a filter of leaked passwords, which is looked up offline.",
        details: """
            import FILE  reads a list of Have I Been Pwned (`SHA1:COUNT` on each line) and writes a
                         filter; name it in `accounts.breach-filter`. One password in a thousand
                         that did not leak is taken for leaked.
            """,
        options: [
            Option(
                name: "out", value: .file("FILE"), summary: "The filter. Default: breach.filter."),
            Option(
                name: "min-count", value: .text("N"),
                summary: "Leaves out what leaked less often. Default: 1."),
        ],
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true, words: ["import"]),
        object: Operand(placeholder: "FILE", summary: "The list.", isRequired: false, words: []),
        run: { arguments, terminal in
            guard let list = arguments.object else {
                terminal.fail("`breach import` needs FILE")
                return .usage
            }
            var writer = BreachFilterWriter()
            if let text = arguments.values["min-count"] {
                guard let count = Int(text), count > 0 else {
                    terminal.fail("`--min-count` needs a whole number from 1")
                    return .usage
                }
                writer.countMin = count
            }
            if isatty(STDERR_FILENO) == 1 {
                writer.progress = { terminal.complain("\r\($0) lines") }
            }
            do throws(BreachFilter.Refused) {
                let out = arguments.values["out"] ?? "breach.filter"
                let report = try writer.write(list: list, to: out)
                terminal.say(
                    "\(report.taken) passwords in \(report.bytes) bytes, \(report.rare) left out: "
                        + "\(out)\n")
                return .success
            } catch {
                terminal.fail(error.description)
                return .failure
            }
        })

    static let backup = Command(
        name: "backup",
        summary: "Copies the accounts' database into a file, while a gate serves it.",
        details: """
            The copy is checked before the command succeeds. It is sealed with the same key: keep a
            copy of that (`seal.key` in the data folder) apart from it. PostgreSQL has pg_dump.
            """,
        options: AccountsAccess.options,
        operand: Operand(
            placeholder: "FILE", summary: "The new file.", isRequired: true, words: []),
        run: { arguments, terminal in
            guard let access = AccountsAccess(arguments, terminal) else { return .usage }
            do {
                guard try access.runtime.backUp(to: arguments.operand ?? "") else {
                    terminal.fail("a PostgreSQL server is backed up with pg_dump")
                    return .failure
                }
                return .success
            } catch {
                terminal.fail("\(error)")
                return .failure
            }
        })
}
