/// One finding in a configuration: where it stands, what was found, what is expected, and the
/// nearest valid spelling. Never holds a secret.
public struct ConfigurationIssue: Hashable, Sendable, CustomStringConvertible {
    /// How much it matters.
    public enum Severity: String, Sendable {
        /// The configuration is refused.
        case error
        /// The configuration works but is weaker than it could be.
        case warning
        /// Worth knowing.
        case note
    }

    /// How much it matters.
    public var severity: Severity
    /// What is wrong, in a few words.
    public var problem: String
    /// The file as it was named by the user.
    public var file: String
    /// Line from 1; 0 when no line is to blame.
    public var line: Int
    /// Column from 1, in Unicode scalars; 0 when no line is to blame.
    public var column: Int
    /// The key's path, such as `routes[2].access`.
    public var path: String
    /// What stands there.
    public var found: String
    /// What is expected.
    public var expected: String
    /// What was probably meant, or what to do.
    public var suggestion: String?
    /// The line as it stands in the file, with secrets hidden.
    public var excerpt: String?
    /// How many columns the caret underlines.
    public var width: Int

    /// The finding as text for people, without colour.
    public var description: String { rendered(colored: false) }
}

/// What stopped a configuration from being used: every error that was found, up to a bound.
public struct ConfigurationIssues: Error, Sendable, CustomStringConvertible {
    /// Most issues reported at once.
    public static let shownMax = 20

    /// The findings, in the order of the file.
    public let issues: [ConfigurationIssue]
    /// How many more there were.
    public let omitted: Int

    /// All findings as text for people, without colour.
    public var description: String { rendered(colored: false) }

    /// All findings as text for people.
    package func rendered(colored: Bool) -> String {
        var parts = issues.map { $0.rendered(colored: colored) }
        if omitted > 0 { parts.append("… and \(omitted) more\n") }
        return parts.joined(separator: "\n")
    }
}
