import GatehouseCore
import GatehouseHTTP

/// One wait of a request that a limit slows down: a timer on the loop and a suspended task, no
/// thread. Whoever ends it first says how it ended.
final class Hold: DeadlineOwner {
    private let deadline: Deadline
    private var waiter: Waiter?
    private var end: HoldEnd?

    init(on loop: EventLoop) { deadline = Deadline(on: loop) }

    func wait(for duration: Duration) async -> HoldEnd {
        deadline.attach(self)
        deadline.set(after: duration)
        if end == nil { await Waiter.suspend { waiter = $0 } }
        deadline.cancel()
        return end ?? .over
    }

    func finish(_ how: HoldEnd) {
        if end == nil { end = how }
        waiter.resume()
    }

    func deadlinePassed(_ deadline: Deadline) { finish(.over) }
}

extension HTTPConnection: RequestHolder {
    func hold(for duration: Duration) async -> HoldEnd {
        guard !server.isDraining else { return .over }
        guard phase == .handling, socket.failure == nil, !socket.isAtEnd, let request else {
            return .gone
        }
        // The handler's time begins after the wait.
        socket.deadline.set(after: duration + request.timeout)
        let hold = Hold(on: server.loop)
        self.hold = hold
        let end = await hold.wait(for: duration)
        self.hold = nil
        if phase == .handling { restartHandlerClock() }
        return end
    }
}

extension Response {
    /// Bytes of content that an answer was: those of one piece are known; a stream's are what went
    /// out behind its head.
    func contentBytes(to method: Method, sent: Int) -> Int {
        guard method != .head else { return 0 }
        return switch body {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .stream: max(sent, 0)
        }
    }
}
