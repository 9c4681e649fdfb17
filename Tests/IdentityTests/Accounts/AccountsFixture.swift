import GatehouseCore
import GatehouseCrypto
import GatehouseStorage
import Synchronization
import TestSupport
import Testing

@testable import GatehouseIdentity

/// Accounts on a new database, with a clock that the test moves and hashing that costs little.
final class AccountsFixture: Sendable {
    let folder: ScratchFolder
    let database: any Database
    let accounts: Accounts
    let verifier: TokenVerifier
    private let time: Clock
    private let seal: Seal
    private let signer: AccessTokenSigner
    let events: EventList

    final class Clock: Sendable {
        let now = Mutex(WallTime(seconds: 1_800_000_000))
    }

    final class EventList: Sendable {
        let all = Mutex<[AccountEvent]>([])
        var kinds: [AccountEvent.Kind] { all.withLock { $0.map(\.kind) } }
    }

    static let password = "sieben zwerge tanzen leise"
    static let other = "acht riesen schlafen fest"

    init(_ change: (inout AccountSettings) -> Void = { _ in }, database: (any Database)? = nil)
        throws
    {
        folder = try ScratchFolder()
        self.database = try database ?? Engine.current.open(in: folder)
        seal = try Seal(key: Redacted([UInt8](repeating: 9, count: 32)))
        let time = Clock()
        let events = EventList()
        self.time = time
        self.events = events
        let keys = try SigningKeys(
            folder: folder.path, seal: seal, now: time.now.withLock { $0 })
        signer = AccessTokenSigner(
            keys: keys, issuer: "gate", audience: "api", lifetime: .seconds(600))
        verifier = try TokenVerifier(issuers: [signer.rules])
        var settings = AccountSettings()
        change(&settings)
        accounts = try Accounts(
            database: self.database, seal: seal, tokens: signer,
            hasher: PasswordHasher(cost: Argon2.Cost(memoryKiB: 32, passes: 1)), settings: settings,
            permits: { _, permission in permission != "admin:all" },
            clock: { time.now.withLock { $0 } },
            monotonicClock: { MonotonicTime(nanoseconds: time.now.withLock { $0.nanoseconds }) },
            events: { event in events.all.withLock { $0.append(event) } })
    }

    /// The same database as a program with other settings sees it.
    func reopened(
        on other: (any Database)? = nil, _ change: (inout AccountSettings) -> Void = { _ in }
    ) throws -> Accounts {
        var settings = AccountSettings()
        change(&settings)
        let time = time
        return try Accounts(
            database: other ?? database, seal: seal, tokens: signer,
            hasher: PasswordHasher(cost: Argon2.Cost(memoryKiB: 32, passes: 1)), settings: settings,
            clock: { time.now.withLock { $0 } },
            monotonicClock: { MonotonicTime(nanoseconds: time.now.withLock { $0.nanoseconds }) })
    }

    var now: WallTime { time.now.withLock { $0 } }

    func pass(_ duration: Duration) {
        time.now.withLock { $0 = WallTime(nanoseconds: $0.nanoseconds + duration.nanoseconds) }
    }

    func client(_ address: UInt32 = 0x0A00_0001, device: String? = nil) -> ClientContext {
        ClientContext(
            address: IPAddress(v4: address), userAgent: "test/1.0", device: device, requestID: "r")
    }

    /// The mails that wait, oldest first; they are taken out.
    func mails() throws -> [QueuedMail] {
        var mails: [QueuedMail] = []
        while let mail = try accounts.claimMail() {
            mails.append(mail)
            try accounts.markSent(mail)
        }
        return mails
    }

    /// A confirmed account.
    func register(_ email: String = "alice@example.com") throws {
        try accounts.register(
            email: email, password: Self.password, name: "Alice", client: client())
        let token = try #require(try mails().first?.values["token"])
        try accounts.confirmEmail(token: token, client: client())
    }

    func signIn(
        _ email: String = "alice@example.com", _ password: String = password,
        from client: ClientContext? = nil
    ) throws -> IssuedTokens {
        let result = try accounts.signIn(
            email: email, password: password, client: client ?? self.client())
        guard case .complete(let tokens) = result else { throw Unfinished() }
        return tokens
    }

    struct Unfinished: Error {}

    /// What the gate would say of an access token now.
    func principal(_ tokens: IssuedTokens) throws -> Principal? {
        let token = tokens.accessToken
        let principal = try verifier.verify(token.raw, now: now).principal
        return accounts.revocations.isRevoked(principal) ? nil : principal
    }

    /// The code of a secret at this moment.
    func code(_ enrolment: TOTPEnrolment, stepsAhead: Int64 = 0) throws -> String {
        let secret = try #require(Base32.decode(enrolment.secret.dangerouslyRevealed))
        let password = OneTimePassword(secret: Redacted(secret), shape: accounts.settings.codeShape)
        let step = UInt64(password.step(at: now) + stepsAhead)
        return String(decoding: password.code(counter: step), as: UTF8.self)
    }

    /// Gives an account a second factor: its enrolment and recovery codes.
    func enrol(_ tokens: IssuedTokens) throws -> (TOTPEnrolment, [String]) {
        let principal = try #require(try principal(tokens))
        let enrolment = try accounts.beginTOTP(
            principal: principal, password: Self.password, client: client())
        let codes = try accounts.confirmTOTP(
            principal: principal, code: try code(enrolment), client: client())
        pass(.seconds(60))
        return (enrolment, codes)
    }
}
