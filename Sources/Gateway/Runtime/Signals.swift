import Glibc

/// Signals of the process, waited for by one thread instead of interrupting any.
enum Signals {
    enum Request { case stop, reload }

    /// Blocks the signals for this thread and all it starts; call before any other thread exists.
    static func claim() {
        var set = sigset_t()
        unsafe fill(&set)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for SIGTERM, SIGINT (stop) or SIGHUP (reload).
    static func wait() -> Request {
        var set = sigset_t()
        unsafe fill(&set)
        var received: Int32 = 0
        while unsafe sigwait(&set, &received) != 0 {}
        return received == SIGHUP ? .reload : .stop
    }

    private static func fill(_ set: UnsafeMutablePointer<sigset_t>) {
        unsafe sigemptyset(set)
        unsafe sigaddset(set, SIGTERM)
        unsafe sigaddset(set, SIGINT)
        unsafe sigaddset(set, SIGHUP)
    }
}
