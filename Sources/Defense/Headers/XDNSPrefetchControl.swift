import GatehouseCore
public import GatehouseHTTP

/// Keeps browsers from looking up the hosts of a page's links before anybody follows them, which
/// tells the resolver what the page is about.
public struct XDNSPrefetchControl: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// No look-ups ahead.
        case off
        /// Look-ups ahead are welcome.
        case on
    }

    /// `X-DNS-Prefetch-Control`
    public static var field: FieldName { .xDNSPrefetchControl }
    /// What the header says.
    public let policy: Policy

    /// States whether look-ups ahead are welcome.
    public init(_ policy: Policy = .off) { self.policy = policy }
}
