import Glibc
import Synchronization

/// A bounded pool of threads for work that blocks or computes long: hashing, files, databases.
///
/// Loops hand over and go on; a full queue refuses instead of growing.
package final class OffloadPool: Sendable {
    private let state = Mutex(State())
    private let signal = ConditionVariable()
    private let queueMax: Int
    private let niceness: Int32

    private struct State: ~Copyable {
        var queue: [@Sendable () -> Void] = []
        var isClosed = false
    }

    /// The queue is full: try again later.
    package struct Overloaded: Error {}

    /// Starts `threads` threads; at most `queueMax` pieces of work wait.
    /// - Parameter niceness: how far the threads step back when loops want the processor: 0 to 19.
    package init(threads: Int, queueMax: Int = 1_024, niceness: Int32 = 0) {
        self.queueMax = queueMax
        self.niceness = niceness
        for _ in 0..<threads { startThread() }
    }

    private func startThread() {
        let box = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<OffloadPool>.fromOpaque(argument.unsafelyUnwrapped)
                    .takeRetainedValue().work()
                return nil
            }, box.toOpaque())
        guard code == 0 else { return unsafe box.release() }
        pthread_detach(thread)
    }

    private func work() {
        // On Linux this is the calling thread's alone. Refused, it costs latency and nothing else.
        if niceness > 0 { setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness) }
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        while true {
            let ticket = signal.ticket
            let (job, closed) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                (state.queue.isEmpty ? nil : state.queue.removeFirst(), state.isClosed)
            }
            if let job { return job }
            if closed { return nil }
            signal.wait(after: ticket)
        }
    }

    /// Runs `work` on the pool and returns its result to the caller's executor.
    package func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(Overloaded) -> Value {
        let result = Result<Value>()
        let accepted = await result.wait { done in
            let isFull = self.state.withLock { state in
                guard !state.isClosed, state.queue.count < self.queueMax else { return true }
                state.queue.append { done(work()) }
                return false
            }
            if !isFull { self.signal.wakeOne() }
            return !isFull
        }
        guard let accepted else { throw Overloaded() }
        return accepted
    }

    /// Lets the threads end once the queue is empty.
    package func close() {
        state.withLock { $0.isClosed = true }
        signal.wakeAll()
    }
}

/// Carries one result from a pool thread to a suspended task.
private final class Result<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func wait(_ start: (@escaping @Sendable (Value) -> Void) -> Bool) async -> Value? {
        await Waiter.suspend { waiter in
            let started = start { value in
                self.value.withLock { $0 = value }
                waiter.resume()
            }
            if !started { waiter.resume() }
        }
        return value.withLock { $0 }
    }
}

/// A futex-like gate: threads wait until somebody wakes them after they took their ticket.
@safe private final class ConditionVariable: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var wakes = 0

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    var ticket: Int {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return wakes
    }

    func wait(after ticket: Int) {
        unsafe pthread_mutex_lock(mutex)
        while wakes == ticket { unsafe pthread_cond_wait(condition, mutex) }
        unsafe pthread_mutex_unlock(mutex)
    }

    func wakeOne() { unsafe wake { unsafe pthread_cond_signal($0) } }
    func wakeAll() { unsafe wake { unsafe pthread_cond_broadcast($0) } }

    private func wake(_ signal: (UnsafeMutablePointer<pthread_cond_t>) -> Int32) {
        unsafe pthread_mutex_lock(mutex)
        wakes += 1
        unsafe _ = signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }
}
