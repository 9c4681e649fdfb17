import GatehouseCore
public import GatehouseHTTP

/// Tells Flash and Acrobat which `crossdomain.xml` files of this host count (Adobe, cross-domain
/// policy file specification): none, so that an uploaded one opens nothing.
public struct XPermittedCrossDomainPolicies: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// No policy file on the host counts.
        case none
        /// This response is no policy file.
        case noneThisResponse = "none-this-response"
        /// Only the one at the root.
        case masterOnly = "master-only"
        /// Those with the media type of a policy file.
        case byContentType = "by-content-type"
        /// Those with the name of a policy file; FTP only.
        case byFTPFilename = "by-ftp-filename"
        /// All.
        case all
    }

    /// `X-Permitted-Cross-Domain-Policies`
    public static var field: FieldName { .xPermittedCrossDomainPolicies }
    /// What the header says.
    public let policy: Policy

    /// States which policy files count.
    public init(_ policy: Policy = .none) { self.policy = policy }
}
