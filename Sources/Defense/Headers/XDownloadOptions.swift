import GatehouseCore
public import GatehouseHTTP

/// Keeps Internet Explorer 8 and later from opening a download in the context of the site.
public struct XDownloadOptions: RankedHeader {
    /// The only word that browsers know.
    public enum Policy: String, CaseIterable, Sendable {
        /// `noopen`
        case noopen
    }

    /// `X-Download-Options`
    public static var field: FieldName { .xDownloadOptions }
    /// What the header says.
    public let policy: Policy

    /// `noopen`; there is nothing to choose.
    public init(_ policy: Policy = .noopen) { self.policy = policy }
}
