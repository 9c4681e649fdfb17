/// Why a description of a Joi schema was not taken.
public struct JoiImportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Place in the description as a JSON Pointer.
    public let pointer: String
    /// What is wrong with it.
    public let why: String

    /// Place and reason.
    public var description: String { "\(pointer): \(why)" }
}
