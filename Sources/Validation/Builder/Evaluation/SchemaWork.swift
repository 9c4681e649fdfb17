/// How much work one validation may do; beyond, the value is refused.
public struct SchemaWork: Equatable, Sendable {
    /// Issues that are collected. Default 32.
    public var issuesMax = 32
    /// Schemas that are entered inside each other, links included. Default 128, which keeps a check
    /// under 2 MiB of stack.
    public var depthMax = 128
    /// Schemas that are tried in all, because alternatives in recursive schemas multiply. Default
    /// 1,000,000.
    public var stepsMax = 1_000_000
    /// How often one link is followed inside itself. Default 64.
    public var linkDepthMax = 64

    /// The defaults.
    public init() {}
}
