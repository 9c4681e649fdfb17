import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
package import GatehouseIdentity
package import GatehouseObservability
package import GatehouseStorage
import GatehouseTransport
import Synchronization

/// Accounts at work: their database, keys, the pool that waits for them, and what runs beside.
package final class AccountsRuntime: Sendable {
    package let accounts: Accounts
    package let keys: SigningKeys
    /// The keys of the token for upstreams, where gates share them.
    package let identityKeys: SigningKeys?
    let signer: AccessTokenSigner
    let pool: OffloadPool
    let settings: Configuration.Accounts
    let logger: Logger
    /// What links begin with.
    package let baseURL: String
    private let policy = PolicyHolder()
    private let database: any Database
    private let worker: AccountsWorker

    /// Threads for hashing and the database; more would only make each other late.
    private static let threads = 2
    /// Sign-ins that wait; a full queue answers 503 at once.
    private static let queueMax = 128
    /// Hashing fills a processor for milliseconds, and must not do so while a loop waits for it.
    private static let niceness: Int32 = 10

    /// Opens everything, and makes what is missing.
    package init(
        _ settings: Configuration.Accounts, data: String, baseURL: String, logger: Logger,
        revocations: Revocations? = nil, throttle: SignInThrottle = SignInThrottle()
    ) throws(ConfigurationError) {
        self.settings = settings
        self.logger = logger
        self.baseURL = baseURL
        let seal = try SealKeyFile.seal(settings, data: data)
        database = try DatabaseOpening.open(settings.database ?? data + "/accounts.db")
        try DatabaseSeal.claim(database, seal)
        (keys, identityKeys) = try Self.keys(settings, database, seal, data, logger)
        signer = AccessTokenSigner(
            keys: keys, issuer: settings.issuer, audience: settings.audience,
            lifetime: settings.accessTokenLife)
        let passwords = try Self.policy(settings)
        do throws(AccountError) {
            let cost = try PasswordCost.calibrated(
                in: database, within: settings.passwordHashTime)
            accounts = try Accounts(
                database: database, seal: seal, tokens: signer,
                hasher: PasswordHasher(cost: cost), policy: passwords, throttle: throttle,
                settings: settings.accountSettings, revocations: revocations,
                permits: { [policy] roles, permission in
                    policy.current.withLock { $0 }.verdict(on: permission, roles: roles).isGranted
                }, events: { Self.log($0, logger) })
        } catch { throw .invalid("accounts.database", "\(error)") }
        pool = OffloadPool(
            threads: Self.threads, queueMax: Self.queueMax, niceness: Self.niceness)
        let mailer = try Mailer(settings, data: data, baseURL: baseURL, logger: logger)
        worker = AccountsWorker(
            accounts, [keys] + (identityKeys.map { [$0] } ?? []), mailer, logger,
            settings.isOnServer ? .shared : .alone)
    }

    private static func keys(
        _ settings: Configuration.Accounts, _ database: any Database, _ seal: Seal,
        _ data: String, _ logger: Logger
    ) throws(ConfigurationError) -> (SigningKeys, SigningKeys?) {
        let schedule = KeySchedule(verification: settings.accessTokenLife + .seconds(300))
        guard settings.sharesKeys else {
            let keys = try SigningKeys(folder: data, seal: seal, schedule: schedule, now: .now)
            return (keys, nil)
        }
        let shared = try SigningKeys.shared(
            in: database, seal: seal, folder: data, schedule: schedule, now: .now)
        for file in shared.unusedFiles {
            logger.warn("keys.file_unused", ["file": .public(file)])
        }
        return (shared.tokens, shared.identity)
    }

    /// Whether the database answered within the last `tolerance`.
    func isDatabaseGood(within tolerance: Duration) -> Bool {
        worker.health.isGood(within: tolerance)
    }

    private static func policy(
        _ settings: Configuration.Accounts
    ) throws(ConfigurationError) -> PasswordPolicy {
        guard let path = settings.breachFilter else { return PasswordPolicy() }
        do throws(BreachFilter.Refused) {
            return PasswordPolicy(breached: try BreachFilter(file: path))
        } catch { throw .invalid("accounts.breach-filter", error.description) }
    }

    private static func log(_ event: AccountEvent, _ logger: Logger) {
        guard let kind = SecurityEvent(rawValue: event.kind.rawValue) else { return }
        let failures: Set<AccountEvent.Kind> = [
            .loginFail, .loginFailMax, .loginLock, .passwordChangeFail, .tokenReuse,
            .sessionExpired,
        ]
        var fields: LogFields = ["detail": .text(event.detail)]
        if let client = event.client {
            fields.append("client", .address(client.address))
            fields.append("request_id", .text(client.requestID))
        }
        let all = fields
        logger.security(
            kind, outcome: failures.contains(event.kind) ? .refused : .allowed,
            actor: event.account, fields: all)
    }

    /// Takes over what roles may do, for API keys.
    func adopt(_ next: AccessPolicy) { policy.current.withLock { $0 = next } }

    /// Runs blocking work on the pool.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (Accounts) throws(AccountError) -> Value
    ) async throws(Rejection) -> Value {
        let accounts = accounts
        let result: Swift.Result<Value, AccountError>
        do throws(OffloadPool.Overloaded) {
            result = try await pool.run { () -> Swift.Result<Value, AccountError> in
                do throws(AccountError) { return .success(try work(accounts)) } catch {
                    return .failure(error)
                }
            }
        } catch { throw Rejection(503, .overloaded, detail: "accounts: queue full", retryAfter: 1) }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw Rejection(error)
        }
    }

    /// The accounts of a configuration for a command, without anything beside; nil for none.
    package convenience init?(of configuration: Configuration) throws(ConfigurationError) {
        guard let settings = configuration.accounts else { return nil }
        // A command may come before the first run.
        do throws(StartError) { try Gateway.makeDataFolder(configuration.data) } catch {
            throw .invalid("data", error.description)
        }
        let sink: LogSink
        do { sink = try LogSink(.standardError) } catch { throw .invalid("log", "\(error)") }
        try self.init(
            settings, data: configuration.data, baseURL: configuration.publicURL,
            logger: Logger(sink: sink, level: .error))
    }

    /// A token of our own for a subject, without a session: for trying out.
    package func mint(subject: String, roles: [String], now: WallTime) -> String {
        let claims = AccessTokenSigner.Claims(
            subject: subject, session: SessionReference(id: "minted", epoch: 0), roles: roles,
            authentication: .unknown)
        return String(decoding: signer.sign(claims, now: now).token, as: UTF8.self)
    }

    /// What the gate of this configuration checks tokens with.
    package func verifier(_ configuration: Configuration) throws(ConfigurationError)
        -> TokenVerifier
    {
        try TokenVerifier(issuers: try TokenBuilder().build(configuration.tokens) + [signer.rules])
    }

    /// Copies an embedded database; false for one on a server.
    package func backUp(to path: String) throws -> Bool {
        guard let database = database as? SQLiteDatabase else { return false }
        try database.backUp(to: path)
        return true
    }

    /// Begins the work beside requests: mails, rotation of keys, what other programs changed.
    func start() { worker.start() }

    /// Ends it, and closes the database.
    func stop() {
        worker.stop()
        pool.close()
        database.close()
    }
}

/// The policy in force.
private final class PolicyHolder: Sendable {
    let current = Mutex(AccessPolicy.empty)
}

extension Configuration.Accounts {
    var accountSettings: AccountSettings {
        var settings = AccountSettings()
        settings.registration = registration == .open ? .open : .closed
        settings.confirmsEmail = confirmEmail
        settings.serviceName = serviceName
        settings.refreshIdle = refreshIdle
        settings.sessionMax = sessionMax
        settings.codeShape.hash =
            switch codeAlgorithm {
            case .sha1: .sha1
            case .sha256: .sha256
            case .sha512: .sha512
            }
        settings.codeShape.digits = codeDigits
        settings.factorPolicy =
            switch secondFactor {
            case .never: .never
            case .optional: .optional
            case .required:
                secondFactorRoles.isEmpty ? .required : .requiredFor(Set(secondFactorRoles))
            }
        return settings
    }
}

/// Opens the database that an address names.
package enum DatabaseOpening {
    package static func open(_ address: String) throws(ConfigurationError) -> any Database {
        do throws(DatabaseError) {
            if address.hasPrefix("postgres://") || address.hasPrefix("postgresql://") {
                return try PostgreSQLDatabase(url: address)
            }
            return try SQLiteDatabase(path: address)
        } catch {
            throw .invalid("accounts.database", error.description)
        }
    }
}
