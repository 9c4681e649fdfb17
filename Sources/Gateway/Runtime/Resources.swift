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
    let identity: IdentityTokenSigner
    /// Key sets of other issuers.
    let remoteKeys: RemoteKeySets
    /// Accounts, where the configuration keeps them.
    let accounts: AccountsRuntime?

    init(_ configuration: Configuration, loops: Int) throws(StartError) {
        do {
            errorSink = try LogSink(.standardError)
            logger = Logger(sink: errorSink, level: configuration.log.level.logLevel)
            accessSink = try configuration.log.access.destination.map { try LogSink($0) }
            accessLog = accessSink.map { AccessLog(sink: $0) }
            remoteKeys = RemoteKeySets(logger: logger)
            if let settings = configuration.accounts {
                accounts = try AccountsRuntime(
                    settings, data: configuration.data, baseURL: configuration.publicURL,
                    logger: logger)
            } else {
                accounts = nil
            }
            identity = try Self.identity(configuration, accounts?.identityKeys)
        } catch { throw StartError("\(error)") }
        metrics = Metrics(version: Gatehouse.version, loops: loops)
        metrics.watch("error", errorSink)
        if let accessSink { metrics.watch("access", accessSink) }
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
