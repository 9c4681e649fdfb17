import Gatehouse
import GatehouseCore

/// What a first try shows on the terminal: where it serves, and requests to copy.
struct QuickStartTour {
    private let configuration: Configuration
    private let terminal: Terminal

    init(_ configuration: Configuration, _ terminal: Terminal) {
        self.configuration = configuration
        self.terminal = terminal
    }

    /// Prints it. The token is for development: its key lies in the data folder and is good here
    /// alone.
    func show() {
        guard let listener = configuration.listeners.first else { return }
        let origin = "https://localhost:\(listener.address.port)"
        let authority = "\(configuration.data)/tls/authority.pem"
        var text = "\nGatehouse protects \(upstream) at \(origin)\n\n"
        text += "  # anyone may read / and /public/*\n"
        text += "  curl --cacert \(authority) \(origin)/\n\n"
        text += "  # everything else wants a token: refused without one …\n"
        text += "  curl --cacert \(authority) \(origin)/api/hello\n\n"
        if let token = QuickStart.token(configuration, now: .now) {
            text += "  # … and passed on with one (good for an hour)\n"
            text +=
                "  curl --cacert \(authority) -H 'Authorization: Bearer "
                + "\(token)' \(origin)/api/hello\n\n"
        }
        text += "  # accounts: register, sign in, second factor; mails go to "
        text += "\(configuration.data)/mail\n"
        text += "  \(origin)/account\n\n"
        terminal.complain(text)
    }

    private var upstream: String {
        configuration.upstreams.first?.servers.first?.description ?? "nothing"
    }
}
