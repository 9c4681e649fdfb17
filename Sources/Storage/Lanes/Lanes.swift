import GatehouseCore
import Glibc
import Synchronization

/// The connections of one database, each on a thread of its own: what blocks there blocks no event
/// loop and no task. Calls wait in one bounded queue, for a bounded time.
package final class Lanes<Connection>: Sendable {
    /// What runs on a thread.
    private typealias Run = @Sendable (LaneConnection<Connection>) -> Void

    /// One thread, and what it is to do next.
    private final class Lane: Sendable {
        let interruption = Interruption()
        let next = Mutex<(work: LaneWork, run: Run)?>(nil)
    }

    private struct Waiting {
        let work: LaneWork
        let run: Run
        let end: MonotonicTime
    }

    private struct State {
        var idle: [Lane] = []
        var count = 0
        var waiting: [Waiting] = []
        var hasClock = false
        var isClosed = false
    }

    private let limits: SQLLimits
    private let kind: LaneKind<Connection>
    private let state = Mutex(State())
    private let clock = Bell()

    package init(_ limits: SQLLimits, _ kind: LaneKind<Connection>) {
        self.limits = limits
        self.kind = kind
    }

    /// Runs `body` on a connection's thread. Cancelling the task ends waiting, and the statement.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable (LaneConnection<Connection>) -> Result<Value, DatabaseError>
    ) async throws(DatabaseError) -> Value {
        try await hand { connection, answer in answer(body(connection)) }
    }

    /// Runs `body` on a connection's thread, which goes on after it answered.
    func hand<Value: Sendable>(
        _ body:
            @escaping @Sendable (
                LaneConnection<Connection>,
                @escaping @Sendable (Result<Value, DatabaseError>) -> Void
            ) -> Void
    ) async throws(DatabaseError) -> Value {
        let work = LaneWork()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = { @Sendable (result: Result<Value, DatabaseError>) in
                    continuation.resume(returning: result)
                }
                guard work.wait({ answer(.failure($0)) }) else {
                    return answer(.failure(.cancelled))
                }
                add(work) { connection in
                    body(connection) { result in
                        work.end()
                        answer(result)
                    }
                }
            }
        } onCancel: {
            work.cancel()
        }
        return try result.get()
    }

    /// Refuses what waits and comes, and ends the threads once they are done.
    package func close() {
        let (lanes, waiting) = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle.removeAll()
                state.waiting.removeAll()
            }
            return (state.idle, state.waiting)
        }
        for one in waiting { one.work.refuse(.unavailable("closed")) }
        for lane in lanes { lane.interruption.bell.ring() }
        clock.ring()
    }

    // MARK: The queue

    private enum Place {
        case lane(Lane)
        case newLane
        case queue(needsClock: Bool)
        case refused(DatabaseError)
    }

    private func add(_ work: LaneWork, _ run: @escaping Run) {
        let place = state.withLock { state -> Place in
            if state.isClosed { return .refused(.unavailable("closed")) }
            if let lane = state.idle.popLast() { return .lane(lane) }
            if state.count < limits.connectionsMax {
                state.count += 1
                return .newLane
            }
            guard state.waiting.count < limits.waitingMax else {
                return .refused(.unavailable("too many calls wait for a connection"))
            }
            state.waiting.append(
                Waiting(work: work, run: run, end: MonotonicTime.now + limits.waitMax))
            defer { state.hasClock = true }
            return .queue(needsClock: !state.hasClock)
        }
        switch place {
        case .refused(let error): work.refuse(error)
        case .lane(let lane):
            lane.next.withLock { $0 = (work, run) }
            lane.interruption.bell.ring()
        case .newLane:
            let lane = Lane()
            lane.next.withLock { $0 = (work, run) }
            guard !LaneThread.start({ self.serve(lane) }) else { return }
            state.withLock { $0.count -= 1 }
            work.refuse(.unavailable("no thread for a connection"))
        case .queue(let needsClock):
            if needsClock { startClock() } else { clock.ring() }
        }
    }

    // MARK: The threads

    private func serve(_ lane: Lane) {
        let connection = LaneConnection(lane.interruption, kind)
        while let (work, run) = next(lane) {
            guard work.start(lane.interruption) else { continue }
            run(connection)
            lane.interruption.begin(0)
        }
        connection.close()
    }

    private func next(_ lane: Lane) -> (work: LaneWork, run: Run)? {
        if let given = take(lane) { return given }
        let waited = state.withLock { state -> Waiting? in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            if !state.isClosed { state.idle.append(lane) }
            return nil
        }
        if let waited { return (waited.work, waited.run) }
        while true {
            if let given = take(lane) { return given }
            if state.withLock({ $0.isClosed }) { return take(lane) }
            lane.interruption.bell.wait(until: MonotonicTime(nanoseconds: .max))
        }
    }

    private func take(_ lane: Lane) -> (work: LaneWork, run: Run)? {
        lane.next.withLock { next in
            defer { next = nil }
            return next
        }
    }

    /// A thread that refuses what waited too long, however long the connections are busy.
    private func startClock() {
        let hasStarted = LaneThread.start {
            while self.refusesLate() {}
        }
        guard !hasStarted else { return }
        state.withLock { $0.hasClock = false }
    }

    private func refusesLate() -> Bool {
        let now = MonotonicTime.now
        let (late, end) = state.withLock { state -> ([Waiting], MonotonicTime?) in
            // All wait equally long: the first is the next to be late.
            let late = Array(state.waiting.prefix { $0.end <= now })
            state.waiting.removeFirst(late.count)
            let end = state.waiting.first?.end ?? MonotonicTime(nanoseconds: .max)
            return (late, state.isClosed ? nil : end)
        }
        for one in late { one.work.refuse(.unavailable("all connections are in use")) }
        guard let end else { return false }
        clock.wait(until: end)
        return true
    }
}

/// A POSIX thread that runs one closure.
enum LaneThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts it; false when the system has none left.
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
        let box = unsafe Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<Body>.fromOpaque(argument.unsafelyUnwrapped)
                    .takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
