import GatehouseCore
import GatehouseIdentity
import GatehouseObservability
import GatehouseStorage

/// The Redis that several gates share: its client, and whether it answers.
///
/// A gate starts and serves without it; what needs it says what it does then.
final class SharedRedis: Sendable {
    let client: RedisClient
    /// The secret that names in Redis are hashed with.
    let seed: CounterSeed
    /// What every name in Redis begins with.
    let prefix: String
    private let health = DependencyHealth()
    private let watch: PacedThread

    private static let pace = Duration.milliseconds(500)

    init(_ settings: Configuration.Redis, _ logger: Logger) throws(ConfigurationError) {
        seed = try settings.seed()
        prefix = settings.prefix
        client = try RedisClient(try settings.client()) { change in
            logger.log(
                change.state == .closed ? .info : .warn, "redis.circuit",
                [
                    "server": .public(change.server), "state": .public(change.state.rawValue),
                    "reason": .text(change.reason?.description ?? ""),
                ])
        }
        // Also lets a circuit close again while nobody else asks.
        watch = PacedThread { [client, health] _ in
            if (try? client.wait(for: RedisCommand("PING"))) != nil { health.answered() }
            return Self.pace
        }
    }

    func start() { watch.start() }

    /// Ends all connections.
    func stop() {
        watch.stop()
        client.close()
    }

    /// Whether it answered within the last `tolerance`.
    func isGood(within tolerance: Duration) -> Bool { health.isGood(within: tolerance) }

    /// Counters of failed sign-ins, for all gates.
    func throttle(whenUnavailable fallback: Configuration.Accounts.ThrottleFallback)
        -> SignInThrottle
    {
        let counters = RedisThrottleStore(client, prefix: prefix)
        return SignInThrottle(
            SharedThrottleStore(
                counters, whenUnavailable: fallback == .refuse ? .refuse : .local), seed: seed)
    }
}
