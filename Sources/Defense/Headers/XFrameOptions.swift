public import GatehouseCore
public import GatehouseHTTP

/// Keeps other sites from framing a response (RFC 7034), for browsers that do not know
/// `frame-ancestors`. `ALLOW-FROM` is refused: browsers ignore the whole header then.
public struct XFrameOptions: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// Nobody may frame it.
        case deny = "DENY"
        /// Pages of the same origin may frame it.
        case sameOrigin = "SAMEORIGIN"
    }

    /// `X-Frame-Options`
    public static var field: FieldName { .xFrameOptions }
    /// What the header says.
    public let policy: Policy

    /// States who may frame the response.
    public init(_ policy: Policy = .deny) { self.policy = policy }

    /// The header by its word, in any case.
    public init(parsing value: String) throws(ConfigurationError) {
        switch value.trimmedWhitespace.lowercased() {
        case "deny": self.init(.deny)
        case "sameorigin": self.init(.sameOrigin)
        case let word where word.hasPrefix("allow-from"):
            throw .invalid(
                "X-Frame-Options",
                "browsers ignore ALLOW-FROM; name the origin in frame-ancestors of "
                    + "Content-Security-Policy and switch this header off")
        default:
            throw .invalid(
                "X-Frame-Options", "found \"\(value)\"; expected one of: DENY, SAMEORIGIN")
        }
    }
}
