/// An end-to-end case as text: a configuration, raw requests, the responses they must get, and what
/// the upstream must have seen. `Scenarios/README.md` explains the format to readers.
struct ScenarioFile: Equatable {
    /// The comment at the top: what the file shows, and which rule says so.
    var title = ""
    /// Another file whose configuration and tokens come first.
    var base: String?
    /// Configuration as YAML; placeholders are the runner's to fill.
    var configuration = ""
    /// Tokens by the name that `<token name>` uses.
    var tokens: [ScenarioToken] = []
    var exchanges: [ScenarioExchange] = []

    /// This file's own parts after those of its base.
    func based(on base: ScenarioFile) -> ScenarioFile {
        var whole = self
        whole.configuration = base.configuration + configuration
        whole.tokens =
            base.tokens.filter { old in !tokens.contains { $0.name == old.name } } + tokens
        return whole
    }
}

/// A token to sign before the exchange: header and claims as JSON with `<now>`, `<now-60>`.
struct ScenarioToken: Equatable {
    var name: String
    var header = ScenarioText()
    var claims = ScenarioText()
    /// Name of the key that signs it; nil leaves the signature empty.
    var key: String?
}

/// One request and everything that must come of it.
struct ScenarioExchange: Equatable {
    /// What the request is about, from its header line.
    var label = ""
    /// Line of the file where it begins.
    var line = 0
    /// Sent over the connection of the exchange before, instead of a new one.
    var sameConnection = false
    /// Which kind of listener it goes to (`http`, `https`, `redirect`); nil for the first listener.
    var listener: String?
    /// Exactly what is sent.
    var request = ScenarioText()
    /// What the upstream answers when it is asked; nil for its usual answer.
    var answer: Answer?
    var response = ResponseExpectation()
    /// What the upstream must have seen; nil when the scenario does not care.
    var upstream: UpstreamExpectation?
    /// What the exchange's line in the access log must hold.
    var log = BodyExpectation.any

    enum Answer: Equatable {
        /// Exactly these bytes.
        case bytes(ScenarioText)
        /// Takes the request, then closes without a byte.
        case closes
        /// Takes the request and never answers.
        case silence
    }
}
