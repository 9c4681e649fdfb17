import Gatehouse
import GatehouseCore

extension Command {
    static let initialise = Command(
        name: "init",
        summary: "Writes a commented starter configuration.",
        details: """
            Writes gatehouse.yml and token.secret, a random secret that only you can read. A
            gatehouse.yml that is there is never overwritten.
            """,
        options: [],
        operand: Operand(
            placeholder: "DIR", summary: "Where; made if needed. Default: here.", isRequired: false,
            words: []),
        run: { arguments, terminal in
            let folder = arguments.operand ?? "."
            do throws(ConfigurationError) {
                for path in try Starter.write(into: folder) { terminal.say("wrote \(path)\n") }
                let option = folder == "." ? "" : " --config \(folder)/\(Starter.fileName)"
                terminal.say("Name your API in it, then: gatehouse check\(option)\n")
                return .success
            } catch {
                terminal.fail(error.description)
                return .failure
            }
        })
}
