import Glibc
import Synchronization

/// Names what one owner keeps on each loop; never used twice in a process.
package struct LoopLocalKey: Hashable, Sendable {
    private static let count = Atomic<Int>(0)
    private let number: Int

    package init() { number = Self.count.add(1, ordering: .relaxed).newValue }
}

/// The loop whose thread this is.
private enum CurrentLoop {
    static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key, nil)
        precondition(code == 0, "no key for thread-local values")
        return key
    }()
}

extension EventLoop {
    /// The loop whose thread is running, so that what is shared by all loops finds its part there;
    /// nil on other threads.
    @inline(__always)
    package static var current: EventLoop? {
        guard let value = unsafe pthread_getspecific(CurrentLoop.key) else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(value).takeUnretainedValue()
    }

    func becomeCurrent() {
        unsafe _ = pthread_setspecific(CurrentLoop.key, Unmanaged.passUnretained(self).toOpaque())
    }

    func resignCurrent() {
        pthread_setspecific(CurrentLoop.key, nil)
    }

    /// Runs work of the loop's own, such as a connection that many callers share, on its thread.
    package func spawn(_ work: @escaping @Sendable () async -> Void) {
        Task(executorPreference: self) { await work() }
    }
}
