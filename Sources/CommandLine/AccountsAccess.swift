import Gatehouse
import GatehouseCore
import GatehouseIdentity

/// Opens the accounts of a configuration for one command, while a gate may serve them.
struct AccountsAccess {
    /// Options of every command that needs them.
    static let options = [
        Option(
            name: "config", value: .file("FILE"),
            summary: "The configuration. Default: gatehouse.yml here, if there is one."),
        Option(
            name: "data", value: .folder("DIR"),
            summary: "First try: folder for keys and state. Default: ./data."),
    ]

    let runtime: AccountsRuntime
    let configuration: Configuration
    var accounts: Accounts { runtime.accounts }

    /// Says what is wrong and returns nil when there are none to open.
    init?(_ arguments: Arguments, _ terminal: Terminal) {
        guard let configuration = Self.configuration(arguments, terminal) else { return nil }
        do throws(ConfigurationError) {
            guard let runtime = try AccountsRuntime(of: configuration) else {
                terminal.fail(
                    "the configuration keeps no accounts", hint: "add a section `accounts:`")
                return nil
            }
            self.runtime = runtime
            self.configuration = configuration
        } catch {
            terminal.fail(error.description)
            return nil
        }
    }

    static func configuration(
        _ arguments: Arguments, _ terminal: Terminal
    ) -> Configuration? {
        let path = arguments.values["config"]
        if path != nil || (arguments.values["data"] == nil && Starter.isHere) {
            do throws(ConfigurationIssues) {
                return try Configuration.load(file: path ?? Starter.fileName).configuration
            } catch {
                terminal.complain(error.rendered(colored: terminal.error.isOn))
                return nil
            }
        }
        do throws(ConfigurationError) {
            return try QuickStart.configuration(data: arguments.values["data"] ?? "./data")
        } catch {
            terminal.fail(error.description)
            return nil
        }
    }
}

extension Terminal {
    /// Says why an account operation did not happen.
    func fail(_ error: AccountError) -> ExitCode {
        switch error {
        case .notFound: fail("there is no such account")
        case .conflict: fail("it is there already")
        case .emailInvalid: fail("that is no e-mail address")
        case .invalid(let what): fail("`\(what)` is not valid")
        case .unavailable(let why): fail(why)
        default: fail("\(error)")
        }
        return .failure
    }
}
