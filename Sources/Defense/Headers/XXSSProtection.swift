public import GatehouseCore
public import GatehouseHTTP

/// Switches off the script filter of old browsers: it could be turned against a page to disable
/// chosen scripts or to read across origins. `Content-Security-Policy` is what protects.
public struct XXSSProtection: RankedHeader {
    /// The only safe word.
    public enum Policy: String, CaseIterable, Sendable {
        /// `0`
        case off = "0"
    }

    /// `X-XSS-Protection`
    public static var field: FieldName { .xXSSProtection }
    /// What the header says.
    public let policy: Policy

    /// `0`; there is nothing to choose.
    public init(_ policy: Policy = .off) { self.policy = policy }

    /// The header by its text, which can only be `0`.
    public init(parsing value: String) throws(ConfigurationError) {
        guard value.trimmedWhitespace == "0" else {
            throw .invalid(
                "X-XSS-Protection",
                "found \"\(value)\"; only 0 is safe: the filter that 1 switches on made holes")
        }
        self.init(.off)
    }
}
