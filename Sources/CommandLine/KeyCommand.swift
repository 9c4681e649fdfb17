import Gatehouse
import GatehouseCore
import GatehouseIdentity

extension Command {
    static let key = Command(
        name: "key",
        summary: "Shows and rotates the keys that sign access tokens.",
        details: """
            list             shows the keys and what each is for
            rotate           lets a new key sign at once; old tokens stay good until they end
            rotate identity  publishes a new key of the token for upstreams, which signs in an hour;
                             for gates that keep keys in their database
            retire KID       removes a key: its tokens are refused at once

            A gate that serves takes the change over within half a minute, gates that keep keys in
            their database within a second.
            """,
        options: AccountsAccess.options,
        operand: Operand(
            placeholder: "ACTION", summary: "What to do.", isRequired: true,
            words: ["list", "rotate", "retire"]),
        object: Operand(
            placeholder: "KID", summary: "Of `retire`: the key's id. Of `rotate`: `identity`.",
            isRequired: false, words: []),
        run: { arguments, terminal in
            guard let access = AccountsAccess(arguments, terminal) else { return .usage }
            do throws(ConfigurationError) {
                guard try access.runtime.changeKeys(arguments, terminal) else { return .failure }
            } catch {
                terminal.fail(error.description)
                return .failure
            }
            terminal.list(access.runtime.keys, "")
            if let identity = access.runtime.identityKeys {
                terminal.list(identity, "  for upstreams")
            }
            return .success
        })
}

extension AccountsRuntime {
    /// How long a key for upstreams is published before it signs: they keep the set for a while.
    private static let identityLead = Duration.seconds(3_600)

    /// Does what the command asks; false after it said why it can't.
    fileprivate func changeKeys(
        _ arguments: Arguments, _ terminal: Terminal
    ) throws(ConfigurationError) -> Bool {
        switch (arguments.operand, arguments.object) {
        case ("rotate", "identity"):
            guard let identityKeys else {
                terminal.fail(
                    "the token for upstreams has a key file of its own",
                    hint: "delete `identity-key.pem` in `data` and restart")
                return false
            }
            try identityKeys.rotate(now: .now, lead: Self.identityLead)
        case ("rotate", nil): try keys.rotate(now: .now)
        case ("rotate", _):
            terminal.fail("there is no such ring of keys", hint: "write `rotate identity`")
            return false
        case ("retire", let name):
            let name = name ?? ""
            if try keys.retire(name, now: .now) { return true }
            if let identityKeys, try identityKeys.retire(name, now: .now) { return true }
            terminal.fail("there is no such key", hint: "`gatehouse key list` shows them")
            return false
        default: break
        }
        return true
    }
}

extension Terminal {
    fileprivate func list(_ ring: SigningKeys, _ purpose: String) {
        for key in ring.list(now: .now) {
            let start = CivilTime(key.start)
            say(
                "\(key.keyID)  \(key.state.rawValue)  signs from "
                    + "\(start.year)-\(start.month)-\(start.day)\(purpose)\n")
        }
    }
}
