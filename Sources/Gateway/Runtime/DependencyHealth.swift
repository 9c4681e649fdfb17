import GatehouseCore
import Synchronization

/// When something that the gate depends on answered last. It is asked in the background; whoever
/// wants to know looks at a number.
final class DependencyHealth: Sendable {
    private let answered: Atomic<Int64>

    /// It answered just now, or the gate would not start.
    init(now: MonotonicTime = .now) { answered = Atomic(now.nanoseconds) }

    func answered(now: MonotonicTime = .now) {
        answered.store(now.nanoseconds, ordering: .relaxed)
    }

    /// Whether it answered within the last `tolerance`.
    func isGood(within tolerance: Duration, now: MonotonicTime = .now) -> Bool {
        let answered = MonotonicTime(nanoseconds: answered.load(ordering: .relaxed))
        return now - answered <= tolerance
    }
}
