import GatehouseCore
import Synchronization

/// A breaker's change, for events, metrics and readiness.
package struct RedisTransition: Sendable, Equatable {
    /// The server, as in the configuration: never with secrets.
    package let server: String
    package let state: CircuitBreaker.State
    /// What failed last; nil when it closed.
    package let reason: RedisError?
}

/// One server's circuit breaker, shared by all loops.
final class RedisBreaker: Sendable {
    private let server: String
    private let breaker: Mutex<CircuitBreaker>
    /// Closed, so that the usual case takes no lock.
    private let isCalm = Atomic<Bool>(true)
    private let observer: @Sendable (RedisTransition) -> Void

    init(
        _ server: String, _ settings: CircuitBreaker.Settings,
        observer: @escaping @Sendable (RedisTransition) -> Void
    ) {
        self.server = server
        self.observer = observer
        breaker = Mutex(CircuitBreaker(settings))
    }

    var state: CircuitBreaker.State { isCalm.load(ordering: .relaxed) ? .closed : slowState }
    private var slowState: CircuitBreaker.State { breaker.withLock { $0.state } }

    @inline(__always)
    func admit() -> CircuitBreaker.Admission {
        if isCalm.load(ordering: .relaxed) { return .pass }
        return change(because: nil) { $0.admit(at: .now) }
    }

    func succeeded() {
        if isCalm.load(ordering: .relaxed) { return }
        change(because: nil) { $0.succeeded() }
    }

    func failed(_ reason: RedisError) {
        change(because: reason) { $0.failed(at: .now) }
    }

    private func change<Value>(
        because reason: RedisError?, _ body: (inout CircuitBreaker) -> Value
    ) -> Value {
        let (value, changed) = breaker.withLock { breaker in
            let before = breaker.state
            let value = body(&breaker)
            isCalm.store(breaker.state == .closed, ordering: .relaxed)
            return (value, breaker.state == before ? nil : breaker.state)
        }
        if let changed { observer(.init(server: server, state: changed, reason: reason)) }
        return value
    }
}

/// How long to wait before the next try to connect: doubled each time up to a bound, and spread by
/// chance, so that many gates don't come back at once.
struct RedisBackoff {
    private let first: Int64
    private let longest: Int64
    private var failures = 0
    private static let doublingsMax = 20

    init(first: Duration, longest: Duration) {
        self.first = max(first.nanoseconds, 1)
        self.longest = max(longest.nanoseconds, 1)
    }

    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let whole = min(first << min(failures, Self.doublingsMax), longest)
        failures += 1
        return .nanoseconds(whole - Int64.random(in: 0...(whole / 2), using: &random))
    }

    mutating func reset() { failures = 0 }
}
