public import GatehouseCore
public import GatehouseHTTP
package import GatehouseStorage

/// Refuses clients that ask too often: 429 with `Retry-After` and a problem document; every answer
/// tells how much is left in `RateLimit` and `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers-10).
///
/// All policies that apply are decided as one, under their counters' locks: the request counts
/// against each of them, or, if one refuses, against none. A refused request never consumes, so
/// that a client that keeps trying is let in as soon as one that waited.
///
/// Use two: one with policies by address before authentication, so that guessing costs; one with
/// the others after it.
public struct RateLimit: Control {
    private let plan: RateLimitPlan
    private let store: any LocalCounterStore

    /// Limits with counters in this process's memory, shared by the copies of this value. Policies
    /// that apply where they are named apply to whatever this control stands before.
    ///
    /// - Throws: `ConfigurationError` when two policies share a name, or more than 8 can apply to
    ///   one request.
    public init(_ policies: [RateLimitPolicy]) throws(ConfigurationError) {
        try self.init(policies, named: nil, store: MemoryCounterStore(Self.rules(of: policies)))
    }

    /// Limits with counters in `store`, which was made for these policies' rules and perhaps more.
    ///
    /// Controls that share a store share the counters of policies that are the same.
    ///
    /// - Parameter named: by `Route.index`, the policies that the route names, by which `.named`
    ///   ones apply; nil for all of them.
    package init(
        _ policies: [RateLimitPolicy], named: [[String]]?, store: any LocalCounterStore
    ) throws(ConfigurationError) {
        plan = try RateLimitPlan(policies, named: named, rules: store.rules, seed: store.seed)
        self.store = store
    }

    /// What a store must count for `policies`.
    package static func rules(of policies: [RateLimitPolicy]) -> [LimitRule] {
        policies.map(\.rule)
    }

    /// Counts the request.
    /// - Throws: `Rejection` 429 when a quota is used up.
    public func before(_ request: Request) throws(Rejection) -> Response? {
        var batch = LimitBatch()
        plan.collect(request, into: &batch)
        guard batch.count > 0 else { return nil }
        store.decide(&batch, at: request.received)
        if let rejection = plan.note(batch, in: request) { throw rejection }
        return nil
    }

    /// Says how much is left.
    public func after(_ request: Request, _ response: inout Response) {
        plan.render(request.limits, into: &response.fields)
    }
}
