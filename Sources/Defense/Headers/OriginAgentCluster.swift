import GatehouseCore
public import GatehouseHTTP

/// Asks browsers for memory of its own for this origin (HTML standard, origin-keyed agent
/// clusters), so that sister subdomains can't reach in through `document.domain`.
public struct OriginAgentCluster: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// `?1`: keyed by origin.
        case originKeyed = "?1"
        /// `?0`: keyed by site.
        case siteKeyed = "?0"
    }

    /// `Origin-Agent-Cluster`
    public static var field: FieldName { .originAgentCluster }
    /// What the header says.
    public let policy: Policy

    /// States what memory is keyed by.
    public init(_ policy: Policy = .originKeyed) { self.policy = policy }
}
