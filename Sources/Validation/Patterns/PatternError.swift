/// Why a regular expression was refused, and where.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, in a closed vocabulary.
    public enum Reason: String, Sendable {
        /// More characters than a pattern may have.
        case tooLong = "longer than a pattern may be"
        /// More groups inside each other than a pattern may have.
        case tooDeep = "groups nested too deeply"
        /// A parenthesis without its partner.
        case unbalancedGroup = "unbalanced parenthesis"
        /// A bracket without its partner.
        case unclosedClass = "unclosed character class"
        /// A quantifier with nothing, or an assertion, before it.
        case nothingToRepeat = "quantifier with nothing to repeat"
        /// A range or count whose end is before its start, or a count that is too large.
        case badRange = "range out of order or too large"
        /// A backslash with something that is no escape of ECMA-262.
        case unknownEscape = "unknown escape; write the character itself or \\u{…}"
        /// `(?` with something that is no group of ECMA-262.
        case unknownGroup = "unknown kind of group"
        /// A group's name that is malformed or used twice.
        case badGroupName = "malformed or repeated group name"
        /// A reference to a group that is not there.
        case unknownReference = "reference to a group that does not exist"
        /// A Unicode property that is not known.
        case unknownProperty = "unknown Unicode property"
        /// Valid, but not for the engine: a look-behind of variable width, for example.
        case unsupported = "valid, but not supported by the engine"
        /// Valid, but compiled it is larger than the engine allows.
        case tooLarge = "too large when compiled; lower its counts"
    }

    /// What is wrong.
    public let reason: Reason
    /// Index of the character, counted in Unicode scalars, where it was noticed.
    public let offset: Int

    /// `reason at character offset`.
    public var description: String { "\(reason.rawValue) at character \(offset)" }
}
