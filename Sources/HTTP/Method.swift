import GatehouseCore

/// A request method (RFC 9110 section 9): case-sensitive, compared whole.
public struct Method: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The token as it stands on the request line.
    public let rawValue: String

    /// A method by its token.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The method that bytes spell; the well-known ones cost no allocation.
    public init(_ bytes: RawSpan) {
        self = Self.known.first { bytes.equals($0.1) }?.0 ?? Method(rawValue: String(lossy: bytes))
    }

    /// `GET`
    public static let get = Method(rawValue: "GET")
    /// `HEAD`
    public static let head = Method(rawValue: "HEAD")
    /// `POST`
    public static let post = Method(rawValue: "POST")
    /// `PUT`
    public static let put = Method(rawValue: "PUT")
    /// `PATCH`
    public static let patch = Method(rawValue: "PATCH")
    /// `DELETE`
    public static let delete = Method(rawValue: "DELETE")
    /// `OPTIONS`
    public static let options = Method(rawValue: "OPTIONS")

    private static let known: [(Method, StaticString)] = [
        (.get, "GET"), (.post, "POST"), (.put, "PUT"), (.head, "HEAD"), (.delete, "DELETE"),
        (.patch, "PATCH"), (.options, "OPTIONS"),
    ]

    /// Whether the method asks for nothing to change (RFC 9110 section 9.2.1).
    public var isSafe: Bool { self == .get || self == .head || self == .options }
    /// Whether repeating it has the effect of doing it once (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool { isSafe || self == .put || self == .delete }
    /// The token.
    public var description: String { rawValue }
}

extension Method {
    /// Appends the token.
    package func append(to output: Buffer) {
        for byte in rawValue.utf8 { output.append(byte) }
    }
}
