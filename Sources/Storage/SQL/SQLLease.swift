import GatehouseCore
import Synchronization

/// A connection's thread that serves one transaction until it ends, statement by statement.
final class SQLLease: Sendable {
    private typealias Command = (work: LaneWork, run: @Sendable (any EngineConnection) -> Void)

    private struct State {
        var commands: [Command] = []
        var isOver = false
        var isLate = false
    }

    private let state = Mutex(State())
    private let bell: Bell

    private static let late = DatabaseError.unavailable("the transaction took too long")
    /// Most statements of one transaction that wait for each other.
    private static let commandsMax = 64

    init(_ bell: Bell) { self.bell = bell }

    /// Runs `body` on the transaction's connection.
    /// - Parameters:
    ///   - isLast: nothing comes after it.
    ///   - endsWhenCancelled: cancelling the task ends it.
    func run<Value: Sendable>(
        isLast: Bool = false, endsWhenCancelled: Bool = true,
        _ body: @escaping @Sendable (any EngineConnection) -> Result<Value, DatabaseError>
    ) async throws(DatabaseError) -> Value {
        let work = LaneWork(endsWhenCancelled: endsWhenCancelled)
        let result: Result<Value, DatabaseError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard work.wait({ continuation.resume(returning: .failure($0)) }) else {
                    return continuation.resume(returning: .failure(.cancelled))
                }
                let run = { @Sendable (connection: any EngineConnection) in
                    let result = body(connection)
                    if isLast { self.end() }
                    work.end()
                    continuation.resume(returning: result)
                }
                add((work, run))
            }
        } onCancel: {
            work.cancel()
        }
        return try result.get()
    }

    private func add(_ command: Command) {
        let refusal = state.withLock { state -> DatabaseError? in
            if state.isLate { return Self.late }
            if state.isOver { return .unexpected("a transaction used after its end") }
            guard state.commands.count < Self.commandsMax else {
                return .refused("too many statements at once in one transaction")
            }
            state.commands.append(command)
            return nil
        }
        if let refusal { return command.work.refuse(refusal) }
        bell.ring()
    }

    private func end(isLate: Bool = false) {
        let left = state.withLock { state in
            state.isOver = true
            state.isLate = isLate
            defer { state.commands.removeAll() }
            return state.commands
        }
        for command in left {
            command.work.refuse(
                isLate ? Self.late : .unexpected("used after its transaction's end"))
        }
    }

    /// Serves the transaction on its connection's thread; one that is not ended in time is rolled
    /// back.
    func serve(_ connection: any EngineConnection, until end: MonotonicTime) {
        while true {
            let (command, isOver) = state.withLock { state in
                (state.commands.isEmpty ? nil : state.commands.removeFirst(), state.isOver)
            }
            if isOver { return }
            if MonotonicTime.now >= end {
                self.end(isLate: true)
                command?.work.refuse(Self.late)
                return connection.rollback()
            }
            guard let command else {
                bell.wait(until: end)
                continue
            }
            guard command.work.start(connection.interruption) else { continue }
            command.run(connection)
            connection.interruption.begin(0)
        }
    }
}
