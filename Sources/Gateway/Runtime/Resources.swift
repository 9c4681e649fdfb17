import GatehouseCore
import GatehouseCrypto
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import GatehouseObservability

/// What outlives a reload: logs, counters, keys.
final class Resources: Sendable {
    let logger: Logger
    let errorSink: LogSink
    let accessSink: LogSink?
    let accessLog: AccessLog?
    let metrics: Metrics
    let readiness = Readiness()
    let counters = LimitCounters()
    /// Counters that gates share; nil where the configuration has none.
    let sharedCounters: SharedCounters?
    /// The limits' counters, for code and commands.
    let limits: Limits
    let identity: IdentityTokenSigner
    /// Key sets of other issuers.
    let remoteKeys: RemoteKeySets
    /// What gates share, where the configuration says so.
    let redis: SharedRedis?
    /// What was revoked, and who is blocked.
    let sets: GateSets
    /// Accounts, where the configuration keeps them.
    let accounts: AccountsRuntime?
    /// Learns from traffic, where a route asks for it.
    let learner: TrafficLearner

    /// - Parameters:
    ///   - sharing: how other gates are told of revocations and blocks.
    ///   - sharedCounters: counters that other gates count with too.
    init(
        _ configuration: Configuration, loops: Int, sharing: GateSets.Sharing? = nil,
        sharedCounters: SharedCounters? = nil, limits: Limits = Limits()
    ) throws(StartError) {
        self.limits = limits
        do {
            errorSink = try LogSink(.standardError)
            logger = Logger(sink: errorSink, level: configuration.log.level.logLevel)
            accessSink = try configuration.log.access.destination.map { try LogSink($0) }
            accessLog = accessSink.map { AccessLog(sink: $0) }
            remoteKeys = RemoteKeySets(logger: logger)
            if let settings = configuration.redis {
                redis = try SharedRedis(settings, logger: logger)
            } else {
                redis = nil
            }
            self.sharedCounters = sharedCounters ?? redis?.counters
            sets = try GateSets(
                data: configuration.data, sharing: sharing ?? redis?.sharing, logger: logger)
            learner = TrafficLearner(folder: configuration.data, logger: logger)
            if let settings = configuration.accounts {
                accounts = try AccountsRuntime(
                    settings, data: configuration.data, baseURL: configuration.publicURL,
                    logger: logger, revocations: sets.revocations,
                    throttle: redis?.throttle ?? SignInThrottle())
            } else {
                accounts = nil
            }
            identity = try Self.identity(configuration, accounts?.identityKeys)
        } catch { throw StartError("\(error)") }
        metrics = Metrics(version: Gatehouse.version, loops: loops)
        metrics.watch("error", errorSink)
        if let accessSink { metrics.watch("access", accessSink) }
        sets.report(to: metrics)
        redis?.report(to: metrics)
    }

    private static func identity(
        _ configuration: Configuration, _ ring: SigningKeys?
    ) throws(ConfigurationError) -> IdentityTokenSigner {
        let settings = configuration.identity
        if let ring {
            return try IdentityTokenSigner(
                ring: ring, issuer: settings.issuer, lifetime: settings.lifetime)
        }
        return try IdentityTokenSigner(
            folder: configuration.data, issuer: settings.issuer, lifetime: settings.lifetime)
    }

    /// Whether the database of accounts, where there is one, answered within `tolerance`.
    func isDatabaseGood(within tolerance: Duration) -> Bool {
        accounts?.isDatabaseGood(within: tolerance) ?? true
    }

    /// Whether Redis, where there is one, was heard within `tolerance`.
    func isRedisGood(within tolerance: Duration) -> Bool {
        redis == nil || sets.isHeard(within: tolerance)
    }

    /// Opens log files anew, after they were rotated.
    func reopenLogs() {
        do { try accessSink?.reopen() } catch {
            logger.error("log.reopen_failed", ["reason": .error(error)])
        }
    }

    func flush() {
        _ = accessSink?.flush(deadline: .now + .seconds(2))
        _ = logger.flush(deadline: .now + .seconds(2))
    }
}

/// Why the gate could not start; says what, where and how to mend it.
public struct StartError: Error, Sendable, CustomStringConvertible {
    /// The message for people.
    public let description: String

    /// An error with a message for people.
    public init(_ description: String) { self.description = description }
}

extension Configuration.Log.Level {
    var logLevel: LogLevel {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warn
        case .error: .error
        }
    }
}

extension Configuration.Log.Destination {
    /// Nil for `off`.
    var destination: LogSink.Destination? {
        switch self {
        case .stdout: .standardOutput
        case .stderr: .standardError
        case .file(let path): .file(path)
        case .off: nil
        }
    }
}
