/// One thing that is wrong with an input: where, which rule, and what was expected.
///
/// Never holds the value itself: what a client sent must not come back in an error or a log.
public struct ValidationIssue: Equatable, Sendable {
    /// Place in the document as a JSON Pointer (RFC 6901); empty for the whole document.
    public var pointer: String
    /// The rule in its vocabulary's own word: `minLength`, `string.min`.
    public var keyword: String
    /// A sentence for people.
    public var message: String
    /// The bound or choice that was not met, for programs: `128`, `date-time`; or nil.
    public var expected: String?

    /// An issue at a place.
    public init(pointer: String, keyword: String, message: String, expected: String? = nil) {
        self.pointer = pointer
        self.keyword = keyword
        self.message = message
        self.expected = expected
    }
}
