import GatehouseCore
import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport
import Glibc
import Synchronization

/// The key sets of other issuers, asked for on a thread of their own. They outlive a reload, so
/// that it takes no keys away.
final class RemoteKeySets: Sendable {
    private struct Entry {
        let set: RemoteJWKS
        let fetcher: HTTPSFetcher
        var isFailing = false
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var isRunning = false
        var thread: pthread_t?
    }

    private let state = Mutex(State())
    private let isStopping = Atomic<Bool>(false)
    private let logger: Logger
    private static let pace = 250_000_000

    init(logger: Logger) { self.logger = logger }

    /// The set at an address; its thread starts with the first one.
    func set(_ url: String, authority: String?, allowsPlaintext: Bool) -> RemoteJWKS {
        let (set, isFirst) = state.withLock { state -> (RemoteJWKS, Bool) in
            let name = url + " " + (authority ?? "")
            if let entry = state.entries[name] { return (entry.set, false) }
            let set = RemoteJWKS(url: url)
            state.entries[name] = Entry(
                set: set,
                fetcher: HTTPSFetcher(authority: authority, allowsPlaintext: allowsPlaintext))
            let isFirst = !state.isRunning
            state.isRunning = true
            return (set, isFirst)
        }
        if isFirst { start() }
        return set
    }

    private func start() {
        let box = unsafe Unmanaged.passRetained(self)
        var started = pthread_t()
        let code = unsafe pthread_create(
            &started, nil,
            { argument in
                unsafe Unmanaged<RemoteKeySets>.fromOpaque(argument.unsafelyUnwrapped)
                    .takeRetainedValue().work()
                return nil
            }, box.toOpaque())
        guard code == 0 else { return unsafe box.release() }
        let made = started
        state.withLock { $0.thread = made }
    }

    /// Ends the thread after what it is doing.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        guard let started = state.withLock({ $0.thread.take() }) else { return }
        pthread_join(started, nil)
    }

    private func work() {
        while !isStopping.load(ordering: .acquiring) {
            let entries = state.withLock { $0.entries }
            for (name, entry) in entries where entry.set.isDue(now: .now) { fetch(name, entry) }
            var pause = timespec(tv_sec: 0, tv_nsec: Self.pace)
            unsafe nanosleep(&pause, nil)
        }
    }

    /// Says what failed once, and once that it works again.
    private func fetch(_ name: String, _ entry: Entry) {
        var failure: String?
        do throws(HTTPSFetcher.Failure) {
            let answer = try entry.fetcher.get(entry.set.url)
            do throws(ConfigurationError) {
                try entry.set.adopt(answer.body, maxAge: answer.maxAge, now: .now)
            } catch { failure = error.description }
        } catch { failure = error.description }
        let failed = failure != nil
        let isNews = state.withLock { state in
            let was = state.entries[name]?.isFailing ?? false
            state.entries[name]?.isFailing = failed
            return was != failed
        }
        guard isNews else { return }
        if let failure {
            logger.warn("jwks.failed", ["url": .text(entry.set.url), "reason": .text(failure)])
        } else {
            logger.info("jwks.back", ["url": .text(entry.set.url)])
        }
    }
}
