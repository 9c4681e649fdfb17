import CSQLite
import GatehouseCore

/// Ends what a SQLite connection does when it takes too long or is not wanted any more. SQLite
/// asks on the connection's own thread, so that no statement but the running one is met.
final class SQLiteClock {
    let interruption: Interruption
    private let lockMax: Duration
    private let statementMax: Duration
    /// Nil until SQLite asks: most statements are over before.
    private var end: MonotonicTime?
    private var busySince: MonotonicTime?

    /// How many steps of SQLite's machine lie between two looks at the clock.
    private static let stepsBetweenLooks: Int32 = 4_000
    /// How long a connection waits before it asks for a lock of another process again.
    private static let pause = Duration.milliseconds(2)

    init(_ interruption: Interruption, _ limits: SQLLimits) {
        self.interruption = interruption
        lockMax = limits.lockMax
        statementMax = limits.statementMax
    }

    /// Begins a statement.
    func start() { end = nil }

    /// Whether what runs has to end.
    var isOver: Bool {
        if interruption.isCancelled { return true }
        let now = MonotonicTime.now
        guard let end else {
            end = now + statementMax
            return false
        }
        return now >= end
    }

    /// Waits a moment for another process's lock; false when that was long enough.
    func waitsForLock(attempt: Int32) -> Bool {
        if attempt == 0 { busySince = .now }
        guard let busySince, !isOver, MonotonicTime.now - busySince < lockMax else { return false }
        interruption.bell.wait(until: .now + Self.pause)
        return true
    }

    /// Lets a connection ask. The clock must live longer than the connection.
    func watch(unsafe handle: OpaquePointer?) {
        let box = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe sqlite3_progress_handler(
            handle, Self.stepsBetweenLooks,
            {
                unsafe Unmanaged<SQLiteClock>.fromOpaque($0.unsafelyUnwrapped)
                    .takeUnretainedValue().isOver ? 1 : 0
            }, box)
        unsafe sqlite3_busy_handler(
            handle,
            {
                unsafe Unmanaged<SQLiteClock>.fromOpaque($0.unsafelyUnwrapped)
                    .takeUnretainedValue().waitsForLock(attempt: $1) ? 1 : 0
            }, box)
    }
}
