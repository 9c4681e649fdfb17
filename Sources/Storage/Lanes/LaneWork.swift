import GatehouseCore
import Synchronization

/// One piece of work for a connection's thread: it waits, runs, or is refused, and is answered
/// exactly once.
final class LaneWork: Sendable {
    /// What answers without running.
    typealias Refuse = @Sendable (DatabaseError) -> Void

    private enum Phase {
        case new
        case waiting(Refuse)
        case running(Interruption)
        case over
        /// Cancelled before it had a place to wait in.
        case cancelled
    }

    private static let numbers = Atomic<UInt64>(0)

    /// Never 0, and never the same.
    let id = LaneWork.numbers.wrappingAdd(1, ordering: .relaxed).newValue
    private let phase = Mutex(Phase.new)
    /// Whether cancelling the task ends it once it runs.
    private let endsWhenCancelled: Bool

    init(endsWhenCancelled: Bool = true) { self.endsWhenCancelled = endsWhenCancelled }

    /// Tells how to refuse it; false when it was cancelled already.
    func wait(_ refuse: @escaping Refuse) -> Bool {
        phase.withLock { phase in
            if case .cancelled = phase { return false }
            phase = .waiting(refuse)
            return true
        }
    }

    /// Takes it to a thread; false when it was answered in the meantime.
    func start(_ interruption: Interruption) -> Bool {
        phase.withLock { phase in
            guard case .waiting = phase else { return false }
            interruption.begin(id)
            phase = .running(interruption)
            return true
        }
    }

    /// It ran.
    func end() { phase.withLock { $0 = .over } }

    /// Answers it, unless it runs or was answered.
    func refuse(_ error: DatabaseError) {
        let answer = phase.withLock { phase -> Refuse? in
            guard case .waiting(let refuse) = phase else { return nil }
            phase = .over
            return refuse
        }
        answer?(error)
    }

    /// Ends it for a cancelled task.
    func cancel() {
        guard endsWhenCancelled else { return }
        let interruption = phase.withLock { phase -> Interruption? in
            switch phase {
            case .new: phase = .cancelled
            case .running(let interruption): return interruption
            case .waiting, .over, .cancelled: break
            }
            return nil
        }
        interruption?.cancel(id)
        refuse(.cancelled)
    }
}

/// What a lane keeps open: a connection of some kind.
package struct LaneKind<Connection>: Sendable {
    let connect: @Sendable (Interruption) throws(DatabaseError) -> Connection
    let isUsable: @Sendable (Connection) -> Bool
    let close: @Sendable (Connection) -> Void

    package init(
        connect: @escaping @Sendable (Interruption) throws(DatabaseError) -> Connection,
        isUsable: @escaping @Sendable (Connection) -> Bool,
        close: @escaping @Sendable (Connection) -> Void
    ) {
        self.connect = connect
        self.isUsable = isUsable
        self.close = close
    }
}

/// The connection of one thread, made when it is needed. It never leaves the thread.
package final class LaneConnection<Connection> {
    let interruption: Interruption
    private let kind: LaneKind<Connection>
    private var made: Connection?

    init(_ interruption: Interruption, _ kind: LaneKind<Connection>) {
        self.interruption = interruption
        self.kind = kind
    }

    /// A connection that stands, as far as this side can tell.
    package func open() throws(DatabaseError) -> Connection {
        if let made, kind.isUsable(made) { return made }
        close()
        let new = try kind.connect(interruption)
        made = new
        return new
    }

    func close() {
        if let made { kind.close(made) }
        made = nil
    }
}
