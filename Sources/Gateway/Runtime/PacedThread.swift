import GatehouseCore
import Glibc
import Synchronization

/// A thread beside the loops that does one piece of work again and again.
final class PacedThread: Sendable {
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<pthread_t?>(nil)
    private let turn: @Sendable (PacedThread) -> Duration

    /// - Parameter turn: does the work once, and says how long to wait before the next time.
    init(_ turn: @escaping @Sendable (PacedThread) -> Duration) { self.turn = turn }

    /// Whether a turn should come to its end.
    var isEnding: Bool { isStopping.load(ordering: .acquiring) }

    func start() {
        let box = unsafe Unmanaged.passRetained(self)
        var started = pthread_t()
        let code = unsafe pthread_create(
            &started, nil,
            { argument in
                unsafe Unmanaged<PacedThread>.fromOpaque(argument.unsafelyUnwrapped)
                    .takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else { return unsafe box.release() }
        let made = started
        thread.withLock { $0 = made }
    }

    /// Ends the thread after its turn.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        guard let started = thread.withLock({ $0.take() }) else { return }
        pthread_join(started, nil)
    }

    private func run() {
        while !isEnding {
            let pause = turn(self)
            let (seconds, rest) = pause.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
            var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
            unsafe nanosleep(&time, nil)
        }
    }
}
