import GatehouseCore
import Glibc
import Synchronization

/// Signals of the process, waited for by one thread instead of interrupting any.
enum Signals {
    enum Request { case stop, reload }

    /// The thread that waits.
    private static let waiter = Atomic<pthread_t>(0)

    /// Blocks the signals for this thread, which must be the one that waits, and for all that it
    /// starts from now on. Threads that the program started before hand theirs on to it.
    static func claim() {
        waiter.store(pthread_self(), ordering: .releasing)
        var set = sigset_t()
        unsafe fill(&set)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        for number in [SIGTERM, SIGINT, SIGHUP] {
            _ = signal(number) { number in
                // Allowed in a handler (POSIX 2.4.3); there it waits for `sigwait`.
                _ = pthread_kill(Signals.waiter.load(ordering: .acquiring), number)
            }
        }
    }

    /// Waits for SIGTERM, SIGINT (stop) or SIGHUP (reload).
    static func wait() -> Request {
        var set = sigset_t()
        unsafe fill(&set)
        var received: Int32 = 0
        while unsafe sigwait(&set, &received) != 0 {}
        return received == SIGHUP ? .reload : .stop
    }

    /// Waits for a signal that asks for the end, or until the time is over.
    static func waitForStop(atMost time: Duration) {
        var set = sigset_t()
        unsafe fill(&set)
        let end = MonotonicTime.now + time
        while true {
            let left = end - .now
            guard left > .zero else { return }
            let (seconds, rest) = left.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
            var clock = timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
            let received = unsafe sigtimedwait(&set, nil, &clock)
            if received == SIGTERM || received == SIGINT { return }
        }
    }

    private static func fill(_ set: UnsafeMutablePointer<sigset_t>) {
        unsafe sigemptyset(set)
        unsafe sigaddset(set, SIGTERM)
        unsafe sigaddset(set, SIGINT)
        unsafe sigaddset(set, SIGHUP)
    }
}
