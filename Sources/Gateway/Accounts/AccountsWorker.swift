import GatehouseCore
import GatehouseIdentity
import GatehouseObservability
import Synchronization

/// Two threads beside the loops. One follows what other programs change and keeps keys up to date:
/// nothing slow may keep it waiting but the database itself. The other sends mails and deletes what
/// has ended.
final class AccountsWorker: Sendable {
    private let accounts: Accounts
    private let rings: [SigningKeys]
    private let mailer: Mailer
    private let logger: Logger
    private let pace: Pace
    private let threads = Mutex<[PacedThread]>([])
    private let times = Mutex(Times())
    private let troubles = Mutex<Set<Work>>([])
    /// When the database answered last.
    let health = DependencyHealth()

    /// How often the database is looked at.
    struct Pace: Sendable {
        var changes: Duration
        var keys: Duration

        /// Other programs are commands of an operator.
        static let alone = Pace(changes: .milliseconds(500), keys: .seconds(30))
        /// Other gates end sessions and make keys: they must be known at once.
        static let shared = Pace(changes: .milliseconds(50), keys: .milliseconds(500))
    }

    /// What can fail for a while, with the names of its events.
    private enum Work {
        case changes, keys, outbox

        var away: StaticString {
            switch self {
            case .changes: "accounts.database_away"
            case .keys: "keys.storage_away"
            case .outbox: "outbox.away"
            }
        }

        var back: StaticString {
            switch self {
            case .changes: "accounts.database_back"
            case .keys: "keys.storage_back"
            case .outbox: "outbox.back"
            }
        }
    }

    private struct Times {
        var keys = MonotonicTime.now
        var tidy = MonotonicTime.now
    }

    private static let rest = Duration.milliseconds(500)
    private static let tidyPace = Duration.seconds(600)
    /// Mails in a row before the thread's end is looked for.
    private static let mailsMax = 20

    init(
        _ accounts: Accounts, _ rings: [SigningKeys], _ mailer: Mailer, _ logger: Logger,
        _ pace: Pace
    ) {
        self.accounts = accounts
        self.rings = rings
        self.mailer = mailer
        self.logger = logger
        self.pace = pace
    }

    func start() {
        let made = [
            PacedThread { [self] _ in follow() }, PacedThread { [self] in send($0) },
        ]
        threads.withLock { $0 = made }
        for thread in made { thread.start() }
    }

    /// Ends both after what they are doing.
    func stop() {
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in running { thread.stop() }
    }

    private func follow() -> Duration {
        let isGood = attempt(.changes) { () throws(AccountError) in
            try accounts.followChanges()
        }
        if isGood { health.answered() }
        let now = MonotonicTime.now
        if now - times.withLock(\.keys) >= pace.keys {
            times.withLock { $0.keys = now }
            for ring in rings {
                attempt(.keys) { () throws(ConfigurationError) in try ring.advance(now: .now) }
            }
        }
        return isGood ? pace.changes : Self.rest
    }

    private func send(_ thread: PacedThread) -> Duration {
        attempt(.outbox) { () throws(AccountError) in try sendMails(thread) }
        let now = MonotonicTime.now
        if now - times.withLock(\.tidy) > Self.tidyPace {
            times.withLock { $0.tidy = now }
            attempt(.outbox) { () throws(AccountError) in try accounts.tidy() }
        }
        return Self.rest
    }

    /// Says once that something is away, and once that it is back.
    @discardableResult
    private func attempt<Failure: Error>(
        _ work: Work, _ body: () throws(Failure) -> Void
    ) -> Bool {
        do throws(Failure) {
            try body()
            if troubles.withLock({ $0.remove(work) }) != nil { logger.info(work.back) }
            return true
        } catch {
            if troubles.withLock({ $0.insert(work).inserted }) {
                logger.error(work.away, ["reason": .text("\(error)")])
            }
            return false
        }
    }

    private func sendMails(_ thread: PacedThread) throws(AccountError) {
        for _ in 0..<Self.mailsMax {
            guard !thread.isEnding, let mail = try accounts.claimMail() else { return }
            switch mailer.send(mail) {
            case .sent: try accounts.markSent(mail)
            case .failed(let isFinal, let why):
                try accounts.markFailed(mail, isFinal: isFinal)
                logger.warn(
                    "mail.failed",
                    [
                        "template": .public(mail.template.rawValue),
                        "attempt": .int(mail.attempts + 1),
                        "final": .bool(isFinal), "reason": .text(why),
                    ])
            }
        }
    }
}
