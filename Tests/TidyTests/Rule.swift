import Testing

/// A rule over one file: pure, so that a test can show it fail.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    /// Which files it reads.
    let applies: @Sendable (SourceText) -> Bool
    /// What it finds in one.
    let check: @Sendable (SourceText) -> [Finding]

    var testDescription: String { name }

    /// Findings over `files` that no allowance covers.
    func findings(in files: [SourceText], allowing allowances: [Allowance]) -> [Finding] {
        let allowed = Set(allowances.filter { $0.rule == name }.map(\.path))
        return files.filter { applies($0) && !allowed.contains($0.path) }.flatMap(check)
    }

    static let all: [Rule] = [
        .fileLength, .lineLength, .functionLength, .noTrailingWhiteSpace, .noForcedTry,
        .noFatalError, .noOpenEnds, .honestNames, .noUncheckedSendable, .noUnstructuredTasks,
        .noCodeInComments, .documentedPublic, .noSleepInTests, .noFoundation, .noRawSQL,
        .nothingFromOutside,
    ]
}

/// A file that a rule lets pass, and why. One that covers nothing any more fails the tests.
struct Allowance {
    let rule: String
    let path: String
    let reason: String

    init(_ rule: Rule, _ path: String, _ reason: String) {
        self.rule = rule.name
        self.path = path
        self.reason = reason
    }
}
