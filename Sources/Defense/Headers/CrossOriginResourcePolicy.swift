import GatehouseCore
public import GatehouseHTTP

/// Keeps other sites from loading a response as image, script or style (Fetch standard,
/// `Cross-Origin-Resource-Policy`). Requests in CORS mode are not affected: CORS decides those.
public struct CrossOriginResourcePolicy: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// The same scheme, host and port.
        case sameOrigin = "same-origin"
        /// The same registrable domain.
        case sameSite = "same-site"
        /// Everybody.
        case crossOrigin = "cross-origin"
    }

    /// `Cross-Origin-Resource-Policy`
    public static var field: FieldName { .crossOriginResourcePolicy }
    /// What the header says.
    public let policy: Policy

    /// States who may load the response without CORS.
    public init(_ policy: Policy = .sameOrigin) { self.policy = policy }
}
