import GatehouseCore
public import GatehouseHTTP

/// States which foreign resources a page may embed (HTML standard, embedder policies). In no
/// preset, as in helmet: it breaks pages whose third parties have not opted in.
public struct CrossOriginEmbedderPolicy: RankedHeader {
    /// The words, strictest first.
    public enum Policy: String, CaseIterable, Sendable {
        /// Only resources that say they may be embedded.
        case requireCORP = "require-corp"
        /// Others too, but fetched without credentials.
        case credentialless
        /// All.
        case unsafeNone = "unsafe-none"
    }

    /// `Cross-Origin-Embedder-Policy`
    public static var field: FieldName { .crossOriginEmbedderPolicy }
    /// What the header says.
    public let policy: Policy

    /// States what may be embedded.
    public init(_ policy: Policy = .requireCORP) { self.policy = policy }
}
