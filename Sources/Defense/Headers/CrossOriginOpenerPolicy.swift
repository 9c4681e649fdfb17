import GatehouseCore
public import GatehouseHTTP

/// Separates a page from windows of other origins that opened it or that it opens (HTML standard,
/// opener policies), so that neither can script or watch the other.
public struct CrossOriginOpenerPolicy: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// Shares a window group with the same origin alone.
        case sameOrigin = "same-origin"
        /// Cut off from its opener, whoever that is; pop-ups it opens may stay attached.
        case noopenerAllowPopups = "noopener-allow-popups"
        /// As `same-origin`, but pop-ups it opens may stay attached.
        case sameOriginAllowPopups = "same-origin-allow-popups"
        /// Shares with everybody.
        case unsafeNone = "unsafe-none"
    }

    /// `Cross-Origin-Opener-Policy`
    public static var field: FieldName { .crossOriginOpenerPolicy }
    /// What the header says.
    public let policy: Policy

    /// States with whom a window group is shared.
    public init(_ policy: Policy = .sameOrigin) { self.policy = policy }
}
