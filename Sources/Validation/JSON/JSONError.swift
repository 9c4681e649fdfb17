/// Why a text was refused as JSON, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, in a closed vocabulary.
    public enum Reason: String, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd = "the text ends too early"
        /// A byte that the grammar does not allow here.
        case unexpectedByte = "unexpected character"
        /// Something follows the one value.
        case trailingBytes = "something follows the value"
        /// A number that RFC 8259 section 6 does not allow, such as `01`, `.5` or `NaN`.
        case malformedNumber = "malformed number"
        /// A backslash with something that is no escape.
        case malformedEscape = "malformed escape"
        /// An escaped surrogate without its other half: no text.
        case loneSurrogate = "lone surrogate"
        /// A raw control character inside a string.
        case controlCharacter = "control character in a string"
        /// Bytes that are no UTF-8 (RFC 3629).
        case invalidUTF8 = "invalid UTF-8"
        /// Two members of one name: readers would disagree which one counts.
        case duplicateMember = "duplicate member"
        /// More bytes than the limit.
        case tooLong = "text over the limit"
        /// More nesting than the limit.
        case tooDeep = "nested too deeply"
        /// More members or elements than the limit.
        case tooManyValues = "too many values"
        /// A longer string than the limit.
        case stringTooLong = "string over the limit"
        /// A longer number than the limit.
        case numberTooLong = "number over the limit"
    }

    /// What is wrong.
    public let reason: Reason
    /// Offset of the byte where it was noticed.
    public let offset: Int

    /// States a reason and its place.
    public init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// `reason at byte offset`; says nothing of the text itself.
    public var description: String { "\(reason.rawValue) at byte \(offset)" }
}
