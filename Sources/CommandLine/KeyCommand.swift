import Gatehouse
import GatehouseCore
import GatehouseIdentity

extension Command {
    static let key = Command(
        name: "key",
        summary: "Shows and rotates the keys that sign access tokens.",
        details: """
            list        shows the keys and what each is for
            rotate      lets a new key sign at once; old tokens stay good until they end
            retire KID  removes a key: its tokens are refused at once

            A gate that serves takes the change over within half a minute.
            """,
        options: AccountsAccess.options,
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["list", "rotate", "retire"]),
        object: Operand(
            placeholder: "KID", summary: "Of `retire`: the key's id.", isRequired: false,
            words: []),
        run: { arguments, terminal in
            guard let access = AccountsAccess(arguments, terminal) else { return .usage }
            let keys = access.runtime.keys
            do throws(ConfigurationError) {
                switch arguments.operand {
                case "rotate": try keys.rotate(now: .now)
                case "retire":
                    guard try keys.retire(arguments.object ?? "", now: .now) else {
                        terminal.fail(
                            "there is no such key", hint: "`gatehouse key list` shows them")
                        return .failure
                    }
                default: break
                }
            } catch {
                terminal.fail(error.description)
                return .failure
            }
            for key in keys.list(now: .now) {
                let start = CivilTime(key.start)
                terminal.say(
                    "\(key.keyID)  \(key.state.rawValue)  signs from "
                        + "\(start.year)-\(start.month)-\(start.day)\n")
            }
            return .success
        })
}
