import GatehouseCore
import Glibc
import Synchronization

/// A loop with a thread of its own, for work that no server's loop asked for.
package final class LoopThread: Sendable {
    package let loop: EventLoop
    private let thread = Mutex<pthread_t?>(nil)

    /// Starts the thread.
    package init() {
        loop = EventLoop(index: 0, bufferSize: .kibibytes(32))
        let box = unsafe Unmanaged.passRetained(loop)
        var started = pthread_t()
        let code = unsafe pthread_create(
            &started, nil,
            { argument in
                unsafe Unmanaged<EventLoop>.fromOpaque(argument.unsafelyUnwrapped)
                    .takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        precondition(code == 0, "no thread for a loop")
        thread.withLock { $0 = started }
    }

    /// Ends the loop and waits for its thread; its sockets are closed. Once is enough.
    package func stop() {
        guard let running = thread.withLock({ $0.take() }) else { return }
        loop.stop()
        if pthread_equal(running, pthread_self()) != 0 {
            pthread_detach(running)
        } else {
            pthread_join(running, nil)
        }
    }

    deinit { stop() }
}
