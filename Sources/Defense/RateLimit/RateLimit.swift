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
    /// Bounds of the waits that the policies ask for; nil where none does.
    package let holds: LimitHolds?

    /// Limits with counters in this process's memory, shared by the copies of this value. Policies
    /// that apply where they are named apply to whatever this control stands before.
    ///
    /// Policies that correct what they counted once a request is over (concurrency, bytes, cost,
    /// `counts`) and delays need the gate's own pipeline: state those in its configuration.
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
        _ policies: [RateLimitPolicy], named: [[String]]?, store: any LocalCounterStore,
        surroundings: LimitSurroundings = LimitSurroundings()
    ) throws(ConfigurationError) {
        plan = try RateLimitPlan(
            policies, named: named, rules: store.rules, seed: store.seed, surroundings: surroundings
        )
        self.store = store
        holds = LimitHolds(plan)
    }

    /// What a store must count for `policies`.
    package static func rules(of policies: [RateLimitPolicy]) -> [LimitRule] {
        policies.flatMap(\.rules)
    }

    /// Counts the request.
    /// - Throws: `Rejection` 429 when a quota is used up.
    public func before(_ request: Request) throws(Rejection) -> Response? {
        if plan.entries.count == 1 { return try decideAlone(request) }
        var batch = LimitBatch()
        plan.collect(request, into: &batch)
        guard batch.count > 0 else { return nil }
        guard !request.limits.isClosed else { throw .tooLate }
        store.decide(&batch, at: request.received)
        if let rejection = plan.note(batch, in: request) { throw rejection }
        return nil
    }

    /// The same for one policy: most gates have no other at a stage.
    private func decideAlone(_ request: Request) throws(Rejection) -> Response? {
        guard var item = plan.item(0, request) else { return nil }
        guard !request.limits.isClosed else { throw .tooLate }
        store.decide(&item, at: request.received)
        if let rejection = plan.note(item, in: request) { throw rejection }
        return nil
    }

    /// Says how much is left.
    public func after(_ request: Request, _ response: inout Response) {
        plan.render(request, into: &response.fields)
    }

    /// Corrects the counters once the request is over.
    package func settle(_ request: Request, _ exchange: ExchangeSummary, at now: MonotonicTime) {
        var corrections = LimitCorrections()
        plan.correct(request, exchange) { correction, _ in
            corrections.add(correction) { store.settle($0, at: now) }
        }
        if corrections.count > 0 { store.settle(corrections, at: now) }
    }

    /// Where the counters can be looked at.
    package var desk: LimitDesk { LimitDesk(plan, store, holds) }
}

extension Rejection {
    /// The request was answered while it waited: it takes nothing any more.
    static var tooLate: Rejection { Rejection(503, .handlerTimeout, detail: "limit: too late") }
}
