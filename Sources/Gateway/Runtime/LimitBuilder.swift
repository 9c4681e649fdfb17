import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
package import GatehouseStorage
import Synchronization

/// Makes a store that several gates share, for these rules; nil where there is none.
///
/// The seed of its keys comes from the configuration, so that gates name counters alike.
/// Leases are units that a rule, named by its place, may take at once to spend them here.
package typealias SharedCounters =
    @Sendable (
        _ rules: [LimitRule], _ leases: [Int: UInt32]
    ) throws(ConfigurationError) -> any CounterStore

/// Counters that outlive a reload: a policy that stays the same goes on counting where it was.
final class LimitCounters: Sendable {
    private struct State {
        var current: MemoryCounterStore?
        var next: MemoryCounterStore?
        var fallback: MemoryCounterStore?
        var nextFallback: MemoryCounterStore?
        var rankings: [String: LimitRanking] = [:]
        var nextRankings: [String: LimitRanking] = [:]
    }

    private let state = Mutex(State())

    /// The store for these policies, with the counters of those that were there before; in force
    /// once it is committed.
    func store(for policies: [RateLimitPolicy]) -> MemoryCounterStore {
        state.withLock { state in
            let next = MemoryCounterStore(RateLimit.rules(of: policies), adopting: state.current)
            state.next = next
            state.nextFallback = nil
            return next
        }
    }

    /// The local store for policies whose own store can't be asked, with the counters that were
    /// there before.
    func fallback(for policies: [RateLimitPolicy], _ rules: [LimitRule]) -> MemoryCounterStore {
        state.withLock { state in
            let next = MemoryCounterStore(
                RemoteRateLimit.fallbackRules(of: policies, rules), adopting: state.fallback)
            state.nextFallback = next
            return next
        }
    }

    /// Who uses most of each policy; policies that are gone are forgotten.
    func rankings(for names: [String]) -> [String: LimitRanking] {
        state.withLock { state in
            let old = state.rankings
            state.nextRankings = Dictionary(
                uniqueKeysWithValues: Set(names).map { ($0, old[$0] ?? LimitRanking()) })
            return state.nextRankings
        }
    }

    /// The configuration that asked for the last store was accepted.
    func commit() {
        state.withLock { state in
            state.current = state.next ?? state.current
            state.fallback = state.nextFallback ?? state.fallback
            state.rankings = state.nextRankings
        }
    }
}

/// Makes the limits of their configuration.
struct LimitBuilder {
    private let configuration: Configuration
    private let counters: LimitCounters
    private let shared: SharedCounters?
    private let systems: (any AutonomousSystems)?

    init(
        _ configuration: Configuration, _ counters: LimitCounters, shared: SharedCounters? = nil,
        systems: (any AutonomousSystems)? = nil
    ) {
        self.configuration = configuration
        self.counters = counters
        self.shared = shared
        self.systems = systems
    }

    /// The limits of one configuration, by where they are decided and where they count.
    struct Limits {
        var coarse: RateLimit?
        var fine: RateLimit?
        var remoteCoarse: RemoteRateLimit?
        var remoteFine: RemoteRateLimit?

        /// Where the counters can be looked at.
        var desks: [LimitDesk] {
            [coarse?.desk, fine?.desk, remoteCoarse?.desk, remoteFine?.desk].compactMap(\.self)
        }
    }

    /// The limits before and after authentication.
    func build(_ table: EndpointTable) throws(ConfigurationError) -> Limits {
        var local: [RateLimitPolicy] = []
        var remote: [RateLimitPolicy] = []
        for (number, limit) in configuration.limitsInForce.enumerated() {
            var policy = try limit.policy(redis: configuration.redis)
            policy.number = number
            if configuration.store(of: limit) == .redis {
                remote.append(policy)
            } else {
                local.append(policy)
            }
        }
        var surroundings = LimitSurroundings()
        surroundings.systems = systems
        surroundings.rankings = counters.rankings(for: (local + remote).map(\.name))
        var limits = Limits()
        let store = counters.store(for: local)
        for stage in [RateLimitPolicy.Stage.coarse, .fine] {
            let policies = local.filter { $0.stage == stage }
            guard !policies.isEmpty else { continue }
            let control = try RateLimit(
                policies, named: table.limits, store: store, surroundings: surroundings)
            if stage == .coarse { limits.coarse = control } else { limits.fine = control }
        }
        try addRemote(remote, table, surroundings, to: &limits)
        return limits
    }

    private func addRemote(
        _ policies: [RateLimitPolicy], _ table: EndpointTable, _ surroundings: LimitSurroundings,
        to limits: inout Limits
    ) throws(ConfigurationError) {
        guard !policies.isEmpty else { return }
        guard let shared else {
            throw .invalid("store", "redis needs the gate to have one")
        }
        let store = try shared(RateLimit.rules(of: policies), leases(of: policies))
        let fallback = counters.fallback(for: policies, store.rules)
        for stage in [RateLimitPolicy.Stage.coarse, .fine] {
            let policies = policies.filter { $0.stage == stage }
            guard !policies.isEmpty else { continue }
            let control = try RemoteRateLimit(
                policies, named: table.limits, store: store, fallback: fallback,
                surroundings: surroundings)
            if stage == .coarse {
                limits.remoteCoarse = control
            } else {
                limits.remoteFine = control
            }
        }
    }
}

extension LimitBuilder {
    /// By the rules' places.
    private func leases(of policies: [RateLimitPolicy]) -> [Int: UInt32] {
        var leases: [Int: UInt32] = [:]
        var place = 0
        for policy in policies {
            let lease = configuration.limitsInForce.first { $0.name == policy.name }?.lease
            for _ in RateLimit.rules(of: [policy]) {
                if let lease { leases[place] = UInt32(clamping: lease) }
                place += 1
            }
        }
        return leases
    }
}

extension Configuration.RateLimit {
    /// The limit as its control takes it.
    func policy(
        redis: Configuration.Redis? = nil
    ) throws(ConfigurationError) -> RateLimitPolicy {
        var policy = try RateLimitPolicy(
            name: name, key: key, algorithm: algorithm?.policyAlgorithm(burst: burst),
            quota: quota, unit: unit, window: window, applies: applies, methods: methods,
            callers: callers, counts: counts, tiers: tiers, slowDown: slowDown, networks: networks,
            isShadow: isShadow, tellsPartition: tellsPartition, clientsMax: clientsMax)
        policy.whenUnavailable =
            switch whenUnavailable ?? redis?.whenUnavailable.limits {
            case .allow: .allow
            case .local: .local(share: localShare ?? Self.localShareDefault)
            case .refuse, nil: .refuse
            }
        return policy
    }

    private static let localShareDefault = 0.5
}

extension Configuration.RateLimit.Algorithm {
    fileprivate func policyAlgorithm(burst: Int?) -> RateLimitPolicy.Algorithm {
        switch self {
        case .slidingWindow: .slidingWindow
        case .slidingCounter: .slidingCounter
        case .gcra, .tokenBucket: .gcra(burst: burst)
        case .fixedWindow: .fixedWindow
        case .concurrency: .concurrency
        }
    }
}
