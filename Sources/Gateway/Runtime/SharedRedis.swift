import GatehouseCore
import GatehouseIdentity
import GatehouseObservability
import GatehouseStorage
import Synchronization

/// The Redis of a configuration, and what gates share through it: counters of limits, failures at
/// sign-in, revocations and block lists.
///
/// A gate starts and serves without it; what each part does meanwhile stands in the configuration.
final class SharedRedis: Sendable {
    /// Changes of the circuit breaker, by the state that it came to.
    private final class Transitions: Sendable {
        let opened = Atomic<Int>(0)
        let closed = Atomic<Int>(0)
    }

    let client: RedisClient
    private let settings: Configuration.Redis
    private let seed: CounterSeed
    private let transitions = Transitions()

    init(_ settings: Configuration.Redis, logger: Logger) throws(ConfigurationError) {
        self.settings = settings
        seed = try settings.seed()
        client = try RedisClient(try settings.client()) { [transitions] in
            Self.note($0, transitions, logger)
        }
    }

    func close() { client.close() }

    /// Counters of limits.
    var counters: SharedCounters {
        { [self] (rules, leases) throws(ConfigurationError) in
            var store = RedisCounterStore.Settings()
            store.prefix = settings.prefix
            store.leases = leases
            return try RedisCounterStore(rules, seed: seed, client: client, store)
        }
    }

    /// Failures at sign-in.
    var throttle: SignInThrottle {
        let store = RedisThrottleStore(client, prefix: settings.prefix)
        let fallback: SharedThrottleStore.Fallback =
            settings.whenUnavailable.signIn == .local ? .local : .refuse
        return SignInThrottle(SharedThrottleStore(store, whenUnavailable: fallback), seed: seed)
    }

    /// Revocations and block lists.
    var sharing: GateSets.Sharing {
        var sharing = GateSets.Sharing(client: client)
        sharing.prefix = settings.prefix
        sharing.fallback =
            switch settings.whenUnavailable.revocations {
            case .allow: .allow
            case .database: .database
            case .refuse, nil: .refuse
            }
        return sharing
    }

    private static func note(
        _ change: RedisTransition, _ transitions: Transitions, _ logger: Logger
    ) {
        switch change.state {
        case .open:
            transitions.opened.wrappingAdd(1, ordering: .relaxed)
            logger.security(
                .sysMonitorDisabled, outcome: .noted,
                fields: [
                    "monitor": "redis", "server": .text(change.server),
                    "reason": .text(change.reason?.description ?? ""),
                ])
        case .closed:
            transitions.closed.wrappingAdd(1, ordering: .relaxed)
            logger.security(
                .sysMonitorEnabled, outcome: .noted,
                fields: ["monitor": "redis", "server": .text(change.server)])
        case .halfOpen: logger.debug("redis.trial", ["server": .text(change.server)])
        }
    }

    /// Adds what is to be seen of it.
    func report(to metrics: Metrics) {
        metrics.watch(
            Metrics.Reading(
                "gatehouse_redis_available", .gauge,
                "1 while Redis is asked, 0 while its circuit breaker is open."
            ) { [client] in [.init(client.state == .closed ? 1 : 0)] })
        metrics.watch(
            Metrics.Reading(
                "gatehouse_redis_transitions_total", .counter,
                "Changes of Redis' circuit breaker."
            ) { [transitions] in
                [
                    .init(transitions.opened.load(ordering: .relaxed), ["to": "open"]),
                    .init(transitions.closed.load(ordering: .relaxed), ["to": "closed"]),
                ]
            })
    }
}
