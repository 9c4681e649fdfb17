import GatehouseCore
import GatehouseCrypto

/// One loop's connections to one upstream server: kept alive, bounded, newest reused first.
package final class UpstreamPool {
    package let target: UpstreamTarget
    let limits: UpstreamLimits
    private let loop: EventLoop
    private let resolver: Resolver
    private var idle: [UpstreamConnection] = []
    private var openCount = 0
    private var waiting: [PoolWaiter] = []
    /// Turns given to waiters that did not run yet: nobody who comes later may take them.
    private var promised = 0
    /// Exchanges that could begin now.
    private var free: Int { idle.count + limits.connectionsMax - openCount }

    package init(
        _ target: UpstreamTarget, limits: UpstreamLimits, on loop: EventLoop, resolver: Resolver
    ) {
        self.target = target
        self.limits = limits
        self.loop = loop
        self.resolver = resolver
    }

    /// A connection for one exchange: an idle one, or a new one.
    /// - Parameter fresh: never reuse, for the second try after a stale connection.
    package func acquire(fresh: Bool = false) async throws(UpstreamError) -> UpstreamConnection {
        if free <= promised { try await waitForTurn() }
        if !fresh, let connection = takeIdle() { return connection }
        if openCount >= limits.connectionsMax, !idle.isEmpty {
            idle.removeFirst().socket.close()
            openCount -= 1
        }
        openCount += 1
        do throws(SocketError) { return try await connect() } catch {
            left()
            throw UpstreamError(error)
        }
    }

    private func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.reuse() { return connection }
            connection.socket.close()
            openCount -= 1
        }
        return nil
    }

    private func connect() async throws(SocketError) -> UpstreamConnection {
        let addresses = try await resolver.addresses(of: target.host)
        var last = SocketError.unreachable("ENOTFOUND")
        for address in addresses.prefix(4) {
            do throws(SocketError) {
                let socket = try await Socket.connect(
                    to: address, port: target.port, on: loop, timeout: limits.connectTimeout)
                try await secure(socket)
                return UpstreamConnection(socket, pool: self)
            } catch { last = error }
        }
        throw last
    }

    private func secure(_ socket: Socket) async throws(SocketError) {
        guard let context = target.tls else { return socket.startReading() }
        do throws(TLSError) {
            socket.startTLS(try TLSSession(client: context, serverName: target.host))
        } catch {
            socket.close()
            throw .tls(error.description)
        }
        socket.deadline.set(after: limits.connectTimeout)
        do throws(SocketError) { try await socket.handshake() } catch {
            socket.close()
            throw error
        }
        socket.deadline.clear()
    }

    private func waitForTurn() async throws(UpstreamError) {
        guard waiting.count < limits.waitersMax else { throw .overloaded }
        let turn = PoolWaiter(on: loop)
        waiting.append(turn)
        guard await turn.wait(limits.connectTimeout) else {
            waiting.removeAll { $0 === turn }
            throw .overloaded
        }
        promised -= 1
    }

    /// Takes a connection back after an exchange.
    func release(_ connection: UpstreamConnection, reusable: Bool) {
        guard reusable, !connection.socket.isClosing, connection.socket.failure == nil,
            !connection.socket.isAtEnd, !connection.socket.hasUnreadInput
        else {
            connection.socket.close()
            return left()
        }
        connection.rest(limits.idleTimeout)
        idle.append(connection)
        wakeOne()
    }

    /// An idle connection ended by itself.
    func lost(_ connection: UpstreamConnection) {
        guard let index = idle.firstIndex(where: { $0 === connection }) else { return }
        idle.remove(at: index)
        connection.socket.close()
        left()
    }

    private func left() {
        openCount -= 1
        wakeOne()
    }

    private func wakeOne() {
        guard !waiting.isEmpty, free > promised else { return }
        promised += 1
        waiting.removeFirst().take()
    }

    /// Closes what is idle; connections in use close when they are given back.
    package func close() {
        for connection in idle { connection.socket.close() }
        openCount -= idle.count
        idle = []
    }
}

/// One exchange's place in the queue for a connection.
private final class PoolWaiter: DeadlineOwner {
    private let deadline: Deadline
    private var waiter: Waiter?
    private var isServed = false

    init(on loop: EventLoop) { deadline = Deadline(on: loop) }

    /// Whether a turn came in time.
    func wait(_ timeout: Duration) async -> Bool {
        deadline.attach(self)
        deadline.set(after: timeout)
        if !isServed { await Waiter.suspend { waiter = $0 } }
        deadline.cancel()
        return isServed
    }

    func take() {
        isServed = true
        waiter.resume()
    }

    func deadlinePassed(_ deadline: Deadline) { waiter.resume() }
}
