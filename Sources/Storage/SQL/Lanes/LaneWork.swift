import GatehouseCore
import Synchronization

/// One piece of work for a connection's thread: it waits, runs, or is refused, and is answered
/// exactly once.
final class LaneWork: Sendable {
    /// What runs on the thread.
    typealias Run = @Sendable (LaneConnection) -> Void
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

/// The connection of one thread, made when it is needed. It never leaves the thread.
final class LaneConnection {
    typealias Connect = @Sendable (Interruption) throws(DatabaseError) -> any EngineConnection

    let interruption: Interruption
    private let connect: Connect
    private var made: (any EngineConnection)?

    init(_ interruption: Interruption, _ connect: @escaping Connect) {
        self.interruption = interruption
        self.connect = connect
    }

    /// A connection that stands, as far as this side can tell.
    func open() throws(DatabaseError) -> any EngineConnection {
        if let made, made.isUsable { return made }
        made?.close()
        made = nil
        let new = try connect(interruption)
        made = new
        return new
    }

    func close() {
        made?.close()
        made = nil
    }
}
