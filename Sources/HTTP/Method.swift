import GatehouseCore

/// A request method (RFC 9110 section 9): case-sensitive, compared whole.
public struct Method: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The token as it stands on the request line.
    public let rawValue: String
    /// Number of a well-known method, 0 for others: comparing numbers is the hot path.
    private let code: UInt8

    /// A method by its token.
    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? Method(code: 0, rawValue)
    }

    /// The method that bytes spell; the well-known ones, and all up to 15 bytes, cost no
    /// allocation.
    package init(_ bytes: RawSpan) {
        guard bytes.byteCount <= 8 else {
            self.init(code: 0, String(lossy: bytes))
            return
        }
        // The spelling as a little-endian word.
        switch bytes.word(0, count: bytes.byteCount) {
        case 0x54_4547: self = .get
        case 0x4441_4548: self = .head
        case 0x5453_4F50: self = .post
        case 0x54_5550: self = .put
        case 0x48_4354_4150: self = .patch
        case 0x4554_454C_4544: self = .delete
        case 0x53_4E4F_4954_504F: self = .options
        default: self.init(code: 0, String(lossy: bytes))
        }
    }

    private init(code: UInt8, _ rawValue: String) {
        self.rawValue = rawValue
        self.code = code
    }

    /// `GET`
    public static let get = Method(code: 1, "GET")
    /// `HEAD`
    public static let head = Method(code: 2, "HEAD")
    /// `POST`
    public static let post = Method(code: 3, "POST")
    /// `PUT`
    public static let put = Method(code: 4, "PUT")
    /// `PATCH`
    public static let patch = Method(code: 5, "PATCH")
    /// `DELETE`
    public static let delete = Method(code: 6, "DELETE")
    /// `OPTIONS`
    public static let options = Method(code: 7, "OPTIONS")

    /// Whether it asks for a tunnel.
    var isConnect: Bool { code == 0 && rawValue == "CONNECT" }

    private static let known: [Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// Whether both are the same token.
    @inline(__always)
    public static func == (left: Method, right: Method) -> Bool {
        if left.code | right.code != 0 { return left.code == right.code }
        return left.rawValue == right.rawValue
    }

    /// Feeds the token.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// Whether the method asks for nothing to change (RFC 9110 section 9.2.1).
    public var isSafe: Bool { self == .get || self == .head || self == .options }
    /// Whether repeating it has the effect of doing it once (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool { isSafe || self == .put || self == .delete }
    /// The token.
    public var description: String { rawValue }
}
