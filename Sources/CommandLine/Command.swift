/// One option of a command: `--config FILE`, or a switch without a value.
struct Option: Sendable {
    /// What a value is, for completion.
    enum Value: Sendable {
        case none
        case file(String)
        case folder(String)
        case text(String)

        /// Its name in help: `FILE`.
        var placeholder: String? {
            switch self {
            case .none: nil
            case .file(let name), .folder(let name), .text(let name): name
            }
        }
    }

    let name: String
    let value: Value
    let summary: String
}

/// What may follow a command without a `--`.
struct Operand: Sendable {
    let placeholder: String
    let summary: String
    let isRequired: Bool
    /// The only words allowed, or empty for any text (a folder).
    let words: [String]
}

/// One command: what it takes, and what it does with it.
struct Command: Sendable {
    let name: String
    let summary: String
    /// What help says below the summary.
    let details: String
    let options: [Option]
    let operand: Operand?
    /// What may follow the operand: the account of `user lock`, the file of `breach import`.
    var object: Operand?
    let run: @Sendable (Arguments, Terminal) -> ExitCode

    static let all: [Command] = [
        .run, .check, .initialise, .user, .key, .token, .access, .openAPI, .limits, .block, .breach,
        .backup, .completions,
    ]
    static let help = Option(name: "help", value: .none, summary: "Shows this help.")
}

/// What the program's exit says.
enum ExitCode: Int32, Sendable {
    case success = 0
    /// It was tried and failed; `check --strict` found warnings.
    case failure = 1
    /// The command line or the configuration is wrong.
    case usage = 2
    /// Something inside is missing (`EX_SOFTWARE`).
    case software = 70
}

/// What stands on a command line after the command's name.
struct Arguments: Sendable {
    var values: [String: String] = [:]
    var switches: Set<String> = []
    var operand: String?
    var object: String?
}
