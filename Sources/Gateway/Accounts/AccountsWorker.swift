import GatehouseCore
import GatehouseIdentity
import GatehouseObservability
import Glibc
import Synchronization

/// One thread beside the loops: follows changes of other programs, sends mails, rotates keys,
/// deletes what has ended.
final class AccountsWorker: Sendable {
    private let accounts: Accounts
    private let keys: SigningKeys
    private let mailer: Mailer
    private let logger: Logger
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<pthread_t?>(nil)
    private let trouble = Mutex<Bool>(false)

    /// How often changes and mails are looked for.
    private static let pace = Duration.milliseconds(500)
    private static let keyPace: Int64 = 30
    private static let tidyPace: Int64 = 600
    /// Mails in a row before changes are looked for again.
    private static let mailsMax = 20

    init(_ accounts: Accounts, _ keys: SigningKeys, _ mailer: Mailer, _ logger: Logger) {
        self.accounts = accounts
        self.keys = keys
        self.mailer = mailer
        self.logger = logger
    }

    func start() {
        let box = unsafe Unmanaged.passRetained(self)
        var started = pthread_t()
        let code = unsafe pthread_create(
            &started, nil,
            { argument in
                unsafe Unmanaged<AccountsWorker>.fromOpaque(argument.unsafelyUnwrapped)
                    .takeRetainedValue().work()
                return nil
            }, box.toOpaque())
        guard code == 0 else { return unsafe box.release() }
        let made = started
        thread.withLock { $0 = made }
    }

    /// Ends the thread after what it is doing.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        guard let started = thread.withLock({ $0.take() }) else { return }
        pthread_join(started, nil)
    }

    private func work() {
        var lastKeys = MonotonicTime.now
        var lastTidy = MonotonicTime.now
        while !isStopping.load(ordering: .acquiring) {
            attempt { () throws(AccountError) in try accounts.followChanges() }
            attempt { () throws(AccountError) in try sendMails() }
            let now = MonotonicTime.now
            if now - lastKeys > .seconds(Self.keyPace) {
                lastKeys = now
                do throws(ConfigurationError) { try keys.advance(now: .now) } catch {
                    logger.error("keys.failed", ["reason": .text(error.description)])
                }
            }
            if now - lastTidy > .seconds(Self.tidyPace) {
                lastTidy = now
                attempt { () throws(AccountError) in try accounts.tidy() }
            }
            var pause = timespec(tv_sec: 0, tv_nsec: Int(Self.pace.nanoseconds))
            unsafe nanosleep(&pause, nil)
        }
    }

    /// Says once that the database is away, and once that it is back.
    private func attempt(_ body: () throws(AccountError) -> Void) {
        do throws(AccountError) {
            try body()
            if trouble.withLock({
                let was = $0; $0 = false; return was
            }) {
                logger.info("accounts.database_back")
            }
        } catch {
            if trouble.withLock({
                let was = $0; $0 = true; return !was
            }) {
                logger.error("accounts.database_away", ["reason": .text("\(error)")])
            }
        }
    }

    private func sendMails() throws(AccountError) {
        for _ in 0..<Self.mailsMax {
            guard !isStopping.load(ordering: .acquiring), let mail = try accounts.claimMail() else {
                return
            }
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
