/// A value that no log, error or debugger print shows: `[redacted]` stands in its place.
public struct Redacted<Value: Sendable>: Sendable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    /// The value itself; the name is long so that reading it is a decision.
    public let dangerouslyRevealed: Value

    /// Hides `value`.
    public init(_ value: Value) { dangerouslyRevealed = value }

    /// `[redacted]`.
    public var description: String { "[redacted]" }
    /// `[redacted]`.
    public var debugDescription: String { "[redacted]" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
