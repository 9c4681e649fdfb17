import GatehouseCore
import GatehouseTransport

/// One server as one loop sees it: its connection, who waits for that, and when to try again.
///
/// `@unchecked Sendable`: confined to its loop's thread; only the hand-over to the task that
/// connects crosses a boundary.
final class RedisNode: @unchecked Sendable {
    private struct Waiting {
        let command: RedisCommand
        let first: RedisCommand?
        let receiver: RedisReceiver
        let since: Int64
    }

    private let loop: EventLoop
    private let limits: RedisLimits
    let breaker: RedisBreaker
    /// Finds the server and opens a connection that is ready to use.
    private let open: () async throws(RedisError) -> RedisConnection
    private var connection: RedisConnection?
    private var isOpening = false
    private var isClosed = false
    private var backlog: [Waiting] = []
    private var backlogBytes = 0
    private var backoff: RedisBackoff
    /// Until when nobody tries to connect, and why.
    private var restsUntil = Int64.min
    private var lastError = RedisError.disconnected
    private let clock: Deadline
    /// When `clock` rings, at the latest.
    private var rings = Int64.max
    private var random = SystemRandomNumberGenerator()

    /// How often an open breaker is asked for a trial.
    private static let probeTime = Duration.milliseconds(200)

    init(
        on loop: EventLoop, limits: RedisLimits, breaker: RedisBreaker,
        open: @escaping () async throws(RedisError) -> RedisConnection
    ) {
        self.loop = loop
        self.limits = limits
        self.breaker = breaker
        self.open = open
        backoff = RedisBackoff(first: limits.backoffFirst, longest: limits.backoffMax)
        clock = Deadline(on: loop)
        clock.attach(self)
    }

    /// The server that it is connected to.
    var address: RedisAddress? { connection?.address }

    // MARK: Commands

    /// Sends a command and waits for its reply.
    func call(
        _ command: RedisCommand, after first: RedisCommand? = nil
    ) async throws(RedisError) -> RedisReply {
        try await RedisWaiter.suspend { submit(command, after: first, to: .task($0)) }.get()
    }

    /// Sends a command as soon as there is a connection; `receiver` is told in any case.
    func submit(
        _ command: RedisCommand, after first: RedisCommand? = nil, to receiver: RedisReceiver
    ) {
        switch breaker.admit() {
        case .pass: submitAdmitted(command, after: first, to: receiver, isTrial: false)
        case .refuse: receiver.receive(.failure(.circuitOpen))
        case .trial:
            let breaker = breaker
            let judged = RedisReceiver.call { outcome in
                Self.judge(outcome, breaker)
                receiver.receive(outcome)
            }
            submitAdmitted(command, after: first, to: judged, isTrial: true)
        }
    }

    private static func judge(_ outcome: RedisOutcome, _ breaker: RedisBreaker) {
        switch outcome {
        case .success(.error(let error)) where error.isUnavailable: breaker.failed(error.error)
        case .success: breaker.succeeded()
        case .failure(let error): breaker.failed(error)
        }
    }

    private func submitAdmitted(
        _ command: RedisCommand, after first: RedisCommand?, to receiver: RedisReceiver,
        isTrial: Bool
    ) {
        do throws(RedisError) {
            if let connection {
                try connection.send(command, after: first, to: receiver)
            } else {
                try queue(command, after: first, to: receiver, isTrial: isTrial)
            }
        } catch { receiver.receive(.failure(error)) }
    }

    private func queue(
        _ command: RedisCommand, after first: RedisCommand?, to receiver: RedisReceiver,
        isTrial: Bool
    ) throws(RedisError) {
        guard !isClosed else { throw .closed }
        let now = MonotonicTime.now.nanoseconds
        if !isOpening, !isTrial, now < restsUntil { throw lastError }
        let bytes = backlogBytes + command.byteCount
        guard backlog.count < limits.commandsMax, bytes <= limits.bytesMax else {
            throw .overloaded
        }
        backlogBytes = bytes
        if backlog.isEmpty { wake(after: limits.commandTimeout) }
        backlog.append(.init(command: command, first: first, receiver: receiver, since: now))
        guard !isOpening else { return }
        isOpening = true
        loop.spawn { await self.connect() }
    }

    // MARK: Connecting

    private func connect() async {
        do throws(RedisError) {
            let connection = try await open()
            isOpening = false
            adopt(connection)
        } catch {
            isOpening = false
            breaker.failed(error)
            rest(because: error)
            failBacklog(error)
        }
    }

    private func adopt(_ connection: RedisConnection) {
        guard !isClosed else { return connection.end(.closed) }
        self.connection = connection
        backoff.reset()
        restsUntil = .min
        connection.whenEnded = { [weak self, weak connection] reason, wasBusy in
            guard let self, self.connection === connection else { return }
            self.connection = nil
            if wasBusy, reason != .closed { self.failed(reason) }
        }
        let waiting = backlog
        (backlog, backlogBytes) = ([], 0)
        for one in waiting {
            do throws(RedisError) {
                try connection.send(one.command, after: one.first, to: one.receiver)
            } catch { one.receiver.receive(.failure(error)) }
        }
    }

    private func failed(_ reason: RedisError) {
        breaker.failed(reason)
        watchBreaker()
    }

    private func rest(because error: RedisError) {
        lastError = error
        restsUntil = (MonotonicTime.now + backoff.next(using: &random)).nanoseconds
        watchBreaker()
    }

    /// Without a trial now and then an open breaker would stay open where nobody asks.
    private func watchBreaker() {
        if !isClosed, breaker.state != .closed { wake(after: Self.probeTime) }
    }

    /// Rings the clock then, unless it rings before.
    private func wake(after duration: Duration) {
        let moment = (MonotonicTime.now + duration).nanoseconds
        guard moment < rings else { return }
        rings = moment
        clock.set(after: duration)
    }

    private func failBacklog(_ error: RedisError) {
        let waiting = backlog
        (backlog, backlogBytes) = ([], 0)
        for one in waiting { one.receiver.receive(.failure(error)) }
    }

    /// Leaves a server that is no longer the right one: whoever comes next looks for it again.
    func leave(_ reason: RedisError) {
        guard let connection else { return }
        self.connection = nil
        connection.end(reason)
    }

    func close() {
        isClosed = true
        clock.cancel()
        failBacklog(.closed)
        leave(.closed)
    }
}

extension RedisNode: DeadlineOwner {
    func deadlinePassed(_ deadline: Deadline) {
        rings = .max
        failAged()
        if breaker.state != .closed {
            submit(RedisCommand("PING"), to: .nobody)
            watchBreaker()
        }
    }

    private func failAged() {
        let oldest = MonotonicTime.now.nanoseconds - limits.commandTimeout.nanoseconds
        let late = backlog.prefix { $0.since <= oldest }
        guard !backlog.isEmpty else { return }
        backlog.removeFirst(late.count)
        backlogBytes = backlog.reduce(0) { $0 + $1.command.byteCount }
        if let next = backlog.first {
            wake(after: .nanoseconds(max(next.since - oldest, 1)))
        }
        guard !late.isEmpty else { return }
        failed(.timedOut)
        for one in late { one.receiver.receive(.failure(.timedOut)) }
    }
}
