/// Why a value could not become a Swift type. Says nothing of the value itself.
public struct DecodingIssue: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, in a closed vocabulary.
    public enum Reason: String, Sendable {
        /// Another type of value.
        case wrongType = "has the wrong type"
        /// Nothing is there.
        case missing = "is missing"
        /// `null` where a value must be.
        case null = "must not be null"
        /// A number that the type cannot hold exactly.
        case outOfRange = "does not fit the number type"
        /// A member that the type does not know.
        case unknownMember = "is not known"
        /// The type itself refused the value.
        case refused = "is not valid"
    }

    /// Place of the value as a JSON Pointer.
    public let pointer: String
    /// What is wrong with it.
    public let reason: Reason

    init(_ reason: Reason, at path: [any CodingKey]) {
        self.reason = reason
        pointer = path.map { key in
            if let index = key.intValue, key.stringValue.hasPrefix("Index ") { return "/\(index)" }
            let name = key.stringValue
            return "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
        }.joined()
    }

    /// Standard types throw errors that quote the value; only their place is kept.
    init(_ error: any Error) {
        if let issue = error as? DecodingIssue {
            self = issue
            return
        }
        guard let error = error as? DecodingError else {
            self.init(.refused, at: [])
            return
        }
        switch error {
        case .typeMismatch(_, let context): self.init(.wrongType, at: context.codingPath)
        case .valueNotFound(_, let context): self.init(.null, at: context.codingPath)
        case .keyNotFound(let key, let context):
            self.init(.missing, at: context.codingPath + [key])
        case .dataCorrupted(let context): self.init(.refused, at: context.codingPath)
        @unknown default: self.init(.refused, at: [])
        }
    }

    /// `pointer reason`.
    public var description: String { "\(pointer) \(reason.rawValue)" }
}
