package import GatehouseCore
package import GatehouseHTTP
package import GatehouseStorage

/// Limits whose counters live elsewhere: the same as `RateLimit`, but for waiting. As a control it
/// only writes fields; the pipeline awaits `decide` at its stage.
///
/// While the store can't be asked, each policy does what its configuration says: refuses, lets
/// pass, or counts here against a share of its quota.
package struct RemoteRateLimit: Control {
    /// When a client is told to come back while the store can't be asked.
    private static let retryAfter = 5

    private let plan: RateLimitPlan
    private let store: any CounterStore
    /// For policies that count here while the store can't be asked: of the same rules, with a share
    /// of their quotas.
    private let fallback: any LocalCounterStore
    package let holds: LimitHolds?

    package init(
        _ policies: [RateLimitPolicy], named: [[String]]?, store: any CounterStore,
        fallback: (any LocalCounterStore)? = nil,
        surroundings: LimitSurroundings = LimitSurroundings()
    ) throws(ConfigurationError) {
        plan = try RateLimitPlan(
            policies, named: named, rules: store.rules, seed: store.seed, surroundings: surroundings
        )
        self.store = store
        holds = LimitHolds(plan)
        self.fallback =
            fallback ?? MemoryCounterStore(Self.fallbackRules(of: policies, store.rules))
    }

    /// The store's rules with the share of their quotas that their policies count here.
    package static func fallbackRules(
        of policies: [RateLimitPolicy], _ rules: [LimitRule]
    ) -> [LimitRule] {
        var shares: [LimitRule: Double] = [:]
        for policy in policies {
            guard case .local(let share) = policy.whenUnavailable else { continue }
            for rule in policy.rules { shares[rule] = share }
        }
        return rules.map { rule in
            let share = shares[rule] ?? 1
            let quota = max(1, Int(Double(rule.quota) * share))
            var algorithm = rule.algorithm
            if case .gcra(let burst) = algorithm {
                algorithm = .gcra(burst: min(quota, max(1, Int(Double(burst) * share))))
            }
            return LimitRule(
                name: rule.name, algorithm: algorithm, quota: quota,
                window: .nanoseconds(rule.window), clientsMax: rule.clientsMax,
                logMax: rule.logMax)
        }
    }

    /// Counts the request.
    /// - Throws: `Rejection` 429 when a quota is used up, 503 when the store can't be asked and a
    ///   policy refuses then.
    package func decide(_ request: Request) async throws(Rejection) {
        var batch = LimitBatch()
        plan.collect(request, into: &batch)
        guard batch.count > 0 else { return }
        do throws(CounterStoreError) {
            try await store.decide(&batch, at: request.received)
        } catch { return try decideAlone(batch, request) }
        guard !request.limits.isClosed else {
            // Answered while it waited, and settled: what came after is given back.
            await giveBack(batch, request)
            throw .tooLate
        }
        if let rejection = plan.note(batch, in: request) { throw rejection }
    }

    private func decideAlone(_ asked: LimitBatch, _ request: Request) throws(Rejection) {
        guard !request.limits.isClosed else { throw .tooLate }
        request.limits.unavailable += asked.count
        var batch = LimitBatch()
        for index in 0..<asked.count {
            let item = asked[index]
            let policy = plan.policy(of: item.rule)
            switch policy?.whenUnavailable {
            case .allow: continue
            case .local:
                // A smaller quota must not make what costs much impossible.
                let most = fallback.rules[item.rule].costMax
                batch.append(
                    rule: item.rule, key: item.key, cost: min(item.cost, UInt32(clamping: most)),
                    isShadow: item.isShadow)
            case .refuse, nil:
                if item.isShadow { continue }
                throw unavailable(policy?.name ?? "", request)
            }
        }
        guard batch.count > 0 else { return }
        fallback.decide(&batch, at: request.received)
        if let rejection = plan.note(batch, in: request, fallback: fallback.rules) {
            throw rejection
        }
    }

    private func unavailable(_ name: String, _ request: Request) -> Rejection {
        request.limits.refusedStage = plan.stage.rawValue
        request.limits.needsSettling = true
        return Rejection(
            503, .reducedCapacity, detail: "limit \(name): its store can't be asked",
            retryAfter: Self.retryAfter)
    }

    private func giveBack(_ batch: LimitBatch, _ request: Request) async {
        var corrections = LimitCorrections()
        for index in 0..<batch.count {
            corrections.append(LimitCorrection(givingBack: batch[index].cost, of: batch[index]))
        }
        guard corrections.count > 0 else { return }
        do throws(CounterStoreError) {
            try await store.settle(corrections, at: request.received)
        } catch {
            // What was taken stops counting with its window.
        }
    }

    /// Says how much is left.
    package func after(_ request: Request, _ response: inout Response) {
        plan.render(request, into: &response.fields)
    }

    /// Corrects what was counted here at once; returns what the store is still to be told, which
    /// must not delay anything.
    package func settle(
        _ request: Request, _ exchange: ExchangeSummary, at now: MonotonicTime
    ) -> [LimitCorrections] {
        var remote: [LimitCorrections] = []
        var corrections = LimitCorrections()
        plan.correct(request, exchange) { correction, isFallback in
            if isFallback {
                var own = LimitCorrections()
                own.append(correction)
                fallback.settle(own, at: now)
            } else {
                corrections.add(correction) { remote.append($0) }
            }
        }
        if corrections.count > 0 { remote.append(corrections) }
        return remote
    }

    /// Tells the store; true if it heard.
    package func tell(_ corrections: [LimitCorrections], at now: MonotonicTime) async -> Bool {
        do throws(CounterStoreError) {
            for one in corrections { try await store.settle(one, at: now) }
            return true
        } catch { return false }
    }

    package var desk: LimitDesk { LimitDesk(plan, store, holds) }
}

extension RateLimitPlan {
    func policy(of rule: Int) -> RateLimitPolicy? {
        entries.first { $0.first <= rule && rule <= $0.last }?.policy
    }
}
