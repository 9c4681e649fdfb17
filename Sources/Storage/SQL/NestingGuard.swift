import Glibc
import Synchronization

/// Refuses a thread that enters a blocking transaction inside another one: it would wait for
/// itself.
final class NestingGuard: Sendable {
    private let inside = Mutex<Set<pthread_t>>([])

    func callAsFunction<Value>(_ body: () throws -> Value) throws -> Value {
        let thread = pthread_self()
        guard inside.withLock({ $0.insert(thread).inserted }) else { throw DatabaseError.nested }
        defer { inside.withLock { _ = $0.remove(thread) } }
        return try body()
    }
}
