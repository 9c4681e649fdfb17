/// Why a schema was refused: where in it, what is wrong, and how to mend it.
public struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Equatable, Sendable {
        /// The text is no JSON.
        case malformed(JSONError)
        /// A keyword has a value of a kind that it can't have.
        case wrongValue(expected: String)
        /// A regular expression that can't be compiled.
        case badPattern(PatternError)
        /// A URI or reference that is none.
        case badURI
        /// A reference to something that is not in the schema nor in the registry.
        case unresolved(String)
        /// References that lead back to their beginning without a step into the value.
        case circular
        /// `$schema` names a dialect that is not known.
        case unknownDialect(String)
        /// The dialect requires a vocabulary that is not known.
        case unknownVocabulary(String)
        /// The same `$id` or anchor twice.
        case repeated(String)
        /// A divisor of more digits than can be exact.
        case tooPrecise
        /// More subschemas or bytes than the limit.
        case tooLarge
    }

    /// The document, by its URI; empty for one without.
    public let document: String
    /// The place in the document, as a JSON Pointer.
    public let pointer: String
    /// What is wrong.
    public let reason: Reason

    /// `document#pointer: what is wrong; how to mend it`.
    public var description: String { "\(document)#\(pointer): \(text)" }

    private var text: String {
        switch reason {
        case .malformed(let error): "is no JSON: \(error)"
        case .wrongValue(let expected): "must be \(expected)"
        case .badPattern(let error): "is no usable pattern: \(error)"
        case .badURI: "must be a URI reference (RFC 3986)"
        case .unresolved(let uri):
            "refers to \(uri), which is not there; mend it, or add what it names"
        case .circular: "leads back to itself without a step into the value; remove the reference"
        case .unknownDialect(let uri):
            "is written in \(uri); use 2020-12 or draft-07, or add the metaschema to the registry"
        case .unknownVocabulary(let uri): "requires the unknown vocabulary \(uri); set it to false"
        case .repeated(let name): "\(name) is there twice; give each its own"
        case .tooPrecise: "must have at most \(DecimalDivisor.digitsMax) significant digits"
        case .tooLarge: "has too many subschemas; split it or raise the limit"
        }
    }
}

/// Something in a schema that is allowed, but should be looked at.
public struct SchemaWarning: Equatable, Sendable, CustomStringConvertible {
    /// What it is.
    public enum Kind: String, Sendable {
        /// A keyword that no vocabulary defines: perhaps a slip of the pen.
        case unknownKeyword = "unknown keyword"
        /// A format that is not known and therefore not checked.
        case unknownFormat = "unknown format"
        /// Strings of any length.
        case unboundedString = "string without maxLength"
        /// Arrays of any length.
        case unboundedArray = "array without maxItems"
        /// Objects that take members that nobody named.
        case openObject = "object that takes any member; close it with additionalProperties: false"
        /// A pattern whose work can grow faster than its subject.
        case superLinearPattern = "pattern of more than linear work"
    }

    /// The document, by its URI.
    public let document: String
    /// The place in the document, as a JSON Pointer.
    public let pointer: String
    /// What it is.
    public let kind: Kind

    /// `document#pointer: kind`.
    public var description: String { "\(document)#\(pointer): \(kind.rawValue)" }
}
