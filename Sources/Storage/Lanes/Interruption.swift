import GatehouseCore
import Synchronization

/// Whether what a connection does now is still wanted. Pieces of work are numbered, so that a
/// cancellation that comes late meets nothing.
package final class Interruption: Sendable {
    /// Rings when something changed.
    let bell = Bell()
    private let current = Atomic<UInt64>(0)
    private let cancelled = Atomic<UInt64>(0)

    /// Begins a piece of work; called on the connection's thread.
    func begin(_ work: UInt64) { current.store(work, ordering: .releasing) }

    /// Ends a piece of work from any thread, whether it runs, will run or ran.
    func cancel(_ work: UInt64) {
        cancelled.store(work, ordering: .releasing)
        bell.ring()
    }

    /// Whether what runs now was cancelled.
    var isCancelled: Bool {
        let now = current.load(ordering: .acquiring)
        return now != 0 && cancelled.load(ordering: .acquiring) == now
    }
}
