package import GatehouseCore
package import GatehouseCrypto
package import GatehouseStorage
import Synchronization

/// Accounts and all that belongs to them: sign-in, second factors, sessions, API keys.
///
/// Every call blocks on the database and on password hashing: run it on the pool for blocking
/// work. What is acknowledged is committed. Every way in ends in `proceed`, the one place that
/// asks for the second factor and hands out tokens.
package final class Accounts: Sendable {
    let database: any Database
    let seal: Seal
    package let tokens: AccessTokenSigner
    let hasher: PasswordHasher
    let policy: PasswordPolicy
    let throttle: SignInThrottle
    /// How accounts behave.
    package let settings: AccountSettings
    /// What running requests are refused by.
    package let revocations: Revocations
    /// How far changes were followed.
    let followed = Mutex(Followed())
    let indexKey: Redacted<[UInt8]>
    let refreshKey: Redacted<[UInt8]>
    let codeKey: Redacted<[UInt8]>
    /// Whether roles grant a permission: an API key can do nothing that its owner cannot.
    let permits: @Sendable (_ roles: [String], _ permission: String) -> Bool
    private let clock: @Sendable () -> WallTime
    private let monotonicClock: @Sendable () -> MonotonicTime
    private let events: @Sendable (AccountEvent) -> Void

    /// Opens the accounts in `database`, after bringing its tables up to date.
    package init(
        database: any Database, seal: Seal, tokens: AccessTokenSigner,
        hasher: PasswordHasher = PasswordHasher(), policy: PasswordPolicy = PasswordPolicy(),
        throttle: SignInThrottle = SignInThrottle(), settings: AccountSettings = AccountSettings(),
        revocations: Revocations? = nil,
        permits: @escaping @Sendable ([String], String) -> Bool = { _, _ in false },
        clock: @escaping @Sendable () -> WallTime = { .now },
        monotonicClock: @escaping @Sendable () -> MonotonicTime = { .now },
        events: @escaping @Sendable (AccountEvent) -> Void = { _ in }
    ) throws(AccountError) {
        self.database = database
        self.seal = seal
        self.tokens = tokens
        self.hasher = hasher
        self.policy = policy
        self.throttle = throttle
        self.settings = settings
        self.revocations = revocations ?? Revocations(clock: clock)
        self.permits = permits
        self.clock = clock
        self.monotonicClock = monotonicClock
        self.events = events
        indexKey = seal.derivedKey("email index")
        refreshKey = seal.derivedKey("refresh tokens")
        codeKey = seal.derivedKey("recovery codes")
        do { try Migrations.accounts.apply(to: database) } catch {
            throw AccountError(failure: error)
        }
        try followChanges()
    }

    var now: WallTime { clock() }
    /// For counters, which must not follow a clock that is set.
    var uptime: MonotonicTime { monotonicClock() }

    /// A moment so long after now.
    func after(_ duration: Duration) -> WallTime {
        WallTime(nanoseconds: now.nanoseconds.saturatingAdd(duration.nanoseconds))
    }

    func emit(
        _ kind: AccountEvent.Kind, _ account: String?, _ client: ClientContext?,
        _ detail: String = ""
    ) {
        events(AccountEvent(kind: kind, account: account, client: client, detail: detail))
    }

    // MARK: The database

    func read<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws(AccountError) -> Value {
        do { return try database.read(body) } catch { throw AccountError(failure: error) }
    }

    @discardableResult
    func write<Value: Sendable>(
        _ body: (any SQLConnection) throws -> Value
    ) throws(AccountError) -> Value {
        do { return try database.transaction(body) } catch { throw AccountError(failure: error) }
    }

    /// Whether the database answers; for readiness.
    package func isReachable() -> Bool { database.isReachable() }
}

extension AccountError {
    /// What went wrong inside a transaction.
    init(failure error: any Error) {
        switch error {
        case let error as AccountError: self = error
        case DatabaseError.constraint: self = .conflict
        case let error as DatabaseError: self = .unavailable(error.description)
        case is Seal.Broken: self = .unavailable("a sealed value does not open: wrong seal key?")
        default: self = .unavailable("\(type(of: error))")
        }
    }
}
