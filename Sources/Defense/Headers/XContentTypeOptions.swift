import GatehouseCore
public import GatehouseHTTP

/// Tells browsers to believe `Content-Type` instead of guessing from the bytes (Fetch standard,
/// `X-Content-Type-Options`), so that JSON that holds markup is never run as a page.
public struct XContentTypeOptions: RankedHeader {
    /// The only word that browsers know.
    public enum Policy: String, CaseIterable, Sendable {
        /// `nosniff`
        case nosniff
    }

    /// `X-Content-Type-Options`
    public static var field: FieldName { .xContentTypeOptions }
    /// What the header says.
    public let policy: Policy

    /// `nosniff`; there is nothing to choose.
    public init(_ policy: Policy = .nosniff) { self.policy = policy }
}
