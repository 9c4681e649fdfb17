import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Synchronization

/// Counters that outlive a reload: a policy that stays the same goes on counting where it was.
final class LimitCounters: Sendable {
    private let stores = Mutex<(current: MemoryCounterStore?, next: MemoryCounterStore?)>(
        (nil, nil))

    /// The store for these policies, with the counters of those that were there before; in force
    /// once it is committed.
    func store(for policies: [RateLimitPolicy]) -> MemoryCounterStore {
        stores.withLock { stores in
            let next = MemoryCounterStore(RateLimit.rules(of: policies), adopting: stores.current)
            stores.next = next
            return next
        }
    }

    /// The configuration that asked for the last store was accepted.
    func commit() {
        stores.withLock { $0.current = $0.next ?? $0.current }
    }
}

/// Makes the limits of their configuration.
struct LimitBuilder {
    private let configuration: Configuration
    private let counters: LimitCounters

    init(_ configuration: Configuration, _ counters: LimitCounters) {
        self.configuration = configuration
        self.counters = counters
    }

    /// The limits before and after authentication.
    func build(
        _ table: EndpointTable
    ) throws(ConfigurationError) -> (coarse: RateLimit?, fine: RateLimit?) {
        var policies: [RateLimitPolicy] = []
        for limit in configuration.limitsInForce { policies.append(try policy(limit)) }
        let store = counters.store(for: policies)
        return (
            try limits(policies.filter { $0.stage == .coarse }, table, store),
            try limits(policies.filter { $0.stage == .fine }, table, store)
        )
    }

    private func limits(
        _ policies: [RateLimitPolicy], _ table: EndpointTable, _ store: MemoryCounterStore
    ) throws(ConfigurationError) -> RateLimit? {
        policies.isEmpty ? nil : try RateLimit(policies, named: table.limits, store: store)
    }

    private func policy(
        _ limit: Configuration.RateLimit
    ) throws(ConfigurationError) -> RateLimitPolicy {
        try RateLimitPolicy(
            name: limit.name,
            key: limit.key.compactMap { RateLimitPolicy.Key(rawValue: $0.rawValue) },
            algorithm: limit.algorithm == .gcra ? .gcra(burst: limit.burst) : .slidingWindow,
            quota: limit.quota, window: limit.window, applies: scope(limit.applies),
            clientsMax: limit.clientsMax)
    }

    private func scope(_ scope: Configuration.RateLimit.Scope) -> RateLimitPolicy.Scope {
        switch scope {
        case .everywhere: .everywhere
        case .named: .named
        case .prefixes(let prefixes): .prefixes(prefixes)
        }
    }
}
