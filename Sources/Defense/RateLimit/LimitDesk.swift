package import GatehouseCore
package import GatehouseStorage

/// One control's counters for people and code: what is left for a client, charging it, and
/// forgetting it.
package struct LimitDesk: Sendable {
    private let plan: RateLimitPlan
    private let store: any CounterStore
    private let holds: LimitHolds?

    init(_ plan: RateLimitPlan, _ store: any CounterStore, _ holds: LimitHolds?) {
        self.plan = plan
        self.store = store
        self.holds = holds
    }

    /// Requests that wait now.
    package var held: Int { holds?.count ?? 0 }

    /// What is left of one quota.
    package struct Standing: Sendable {
        package var policy: String
        /// The tier; empty for the policy's own quota.
        package var tier: String
        package var quota: Int
        package var remaining: Int
        package var waitSeconds: Int
    }

    package var policies: [RateLimitPolicy] { plan.entries.map(\.policy) }

    /// Clients remembered under a policy's rules; nil where its store can't tell.
    package func clients(of policy: String) -> Int? {
        guard let memory = store as? MemoryCounterStore,
            let entry = plan.entries.first(where: { $0.policy.name == policy })
        else { return nil }
        return entry.choices.reduce(0) { $0 + memory.usage($1.rule).clients }
    }

    /// What is left for a client, of the policies that count by what is known of it.
    package func standings(
        of client: LimitClient, policy: String?, at now: MonotonicTime
    ) async throws(CounterStoreError) -> [Standing] {
        var found: [Standing] = []
        for (entry, choice, key) in counters(of: client, policy) {
            let decision = try await store.report(rule: choice.rule, key: key, at: now)
            let tier = choice.rule - entry.first
            found.append(
                Standing(
                    policy: entry.policy.name,
                    tier: tier == 0 ? "" : entry.policy.tiers[tier - 1].description,
                    quota: tier == 0 ? entry.policy.quota : entry.policy.tiers[tier - 1].quota,
                    remaining: decision.remaining * entry.traits.scale,
                    waitSeconds: RateLimitPlan.seconds(decision.wait)))
        }
        return found
    }

    /// Makes the client's quota whole again; how many counters that were.
    package func reset(
        _ client: LimitClient, policy: String?
    ) async throws(CounterStoreError) -> Int {
        let counters = counters(of: client, policy)
        for (_, choice, key) in counters { try await store.reset(rule: choice.rule, key: key) }
        return counters.count
    }

    /// Makes everybody's quota whole again; false where the store keeps no list of its counters.
    package func reset(policy: String) -> Bool {
        guard let memory = store as? MemoryCounterStore,
            let entry = plan.entries.first(where: { $0.policy.name == policy })
        else { return false }
        for choice in entry.choices { memory.reset(rule: choice.rule) }
        entry.ranking?.reset()
        return true
    }

    /// Who uses most of a policy.
    package func ranking(of policy: String) -> LimitRanking? {
        plan.entries.first { $0.policy.name == policy }?.ranking
    }

    /// Charges a client, in every tier; how many counters that were.
    package func charge(
        _ client: LimitClient, policy: String, amount: Int, at now: MonotonicTime
    ) async throws(CounterStoreError) -> Int {
        let counters = counters(of: client, policy)
        for (entry, choice, key) in counters {
            var corrections = LimitCorrections()
            let units = amount / entry.traits.scale + (amount % entry.traits.scale > 0 ? 1 : 0)
            corrections.append(
                LimitCorrection(
                    rule: choice.rule, key: key, charging: UInt32(clamping: max(units, 0))))
            try await store.settle(corrections, at: now)
        }
        return counters.count
    }

    private func counters(
        of client: LimitClient, _ policy: String?
    ) -> [(RateLimitPlan.Entry, RateLimitPlan.Choice, CounterKey)] {
        plan.entries.indices.flatMap { index in
            let entry = plan.entries[index]
            guard policy == nil || entry.policy.name == policy else {
                return [(RateLimitPlan.Entry, RateLimitPlan.Choice, CounterKey)]()
            }
            return entry.choices.compactMap { choice in
                plan.key(index, choice, client).map { (entry, choice, $0) }
            }
        }
    }
}

extension RateLimitPlan {
    /// The key that requests of `client` count under; nil where what the policy counts by is not
    /// known of it.
    func key(_ index: Int, _ choice: Choice, _ client: LimitClient) -> CounterKey? {
        var hasher = choice.hasher
        for part in entries[index].policy.key {
            guard add(part, of: client, index, to: &hasher) else { return nil }
        }
        return hasher.finish()
    }

    private func add(
        _ part: RateLimitPolicy.Key, of client: LimitClient, _ index: Int,
        to hasher: inout CounterHasher
    ) -> Bool {
        switch part {
        case .route: Self.add(route: client.route, to: &hasher)
        case .account where client.account != nil:
            Self.add(account: client.account ?? "", of: client.issuer ?? "", to: &hasher)
        case .session where client.session != nil:
            Self.add(session: client.session ?? "", of: client.issuer ?? "", to: &hasher)
        case .session where client.account != nil:
            Self.add(account: client.account ?? "", of: client.issuer ?? "", to: &hasher)
        case .apiKey where client.apiKeyID != nil:
            Self.add(apiKeyID: client.apiKeyID ?? "", to: &hasher)
        case .apiKey where client.apiKey != nil:
            hasher.combine(Part.apiKey.rawValue)
            hasher.combine(Array((client.apiKey ?? "").utf8).raw)
        default:
            guard let address = client.address else { return false }
            switch part {
            case .network: add(network: address, index, to: &hasher)
            case .asn: add(system: address, index, to: &hasher)
            default: Self.add(address: address, to: &hasher)
            }
        }
        return true
    }
}
