import GatehouseCore
import Synchronization

/// Lets the connections of one process write one after the other, in their order: SQLite has one
/// writer, and its own waiting is polling.
final class SQLiteGate: Sendable {
    private struct Waiting {
        let id: ObjectIdentifier
        let bell: Bell
    }

    private struct State {
        var owner: ObjectIdentifier?
        var waiting: [Waiting] = []
    }

    private let state = Mutex(State())

    /// Waits for the turn. One thread has one `interruption`.
    func enter(_ interruption: Interruption, until end: MonotonicTime) throws(DatabaseError) {
        let id = ObjectIdentifier(interruption)
        let isFree = state.withLock { state in
            guard state.owner != nil else {
                state.owner = id
                return true
            }
            state.waiting.append(Waiting(id: id, bell: interruption.bell))
            return false
        }
        if isFree { return }
        while true {
            let wake = interruption.bell.wait(until: end)
            let isOver = wake == .late || interruption.isCancelled
            let isOurs = state.withLock { state in
                if state.owner == id { return true }
                if isOver { state.waiting.removeAll { $0.id == id } }
                return false
            }
            if isOurs { return }
            if interruption.isCancelled { throw .cancelled }
            if isOver { throw .unavailable("another transaction writes for too long") }
        }
    }

    /// Ends the turn.
    func leave() {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.owner = nil
                return
            }
            let next = state.waiting.removeFirst()
            state.owner = next.id
            next.bell.ring()
        }
    }
}
