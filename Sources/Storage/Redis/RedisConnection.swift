import GatehouseCore
import GatehouseTransport

/// One connection: commands go out in the order in which they are given, all of one turn of the
/// loop in one write, and replies come back in that order.
///
/// A reply that is late ends the connection, since nobody could tell whose it is afterwards.
/// `@unchecked Sendable`: confined to its loop's thread; only the hand-over to the task that reads
/// crosses a boundary.
package final class RedisConnection: @unchecked Sendable {
    let address: RedisAddress
    private let socket: Socket
    private let limits: RedisLimits
    private let timeout: Int64
    private let reader: RedisReplyReader
    private var pipeline = RedisPipeline()
    /// Set once nothing more can be sent.
    private(set) var failure: RedisError?
    /// Told once, when nothing more can be sent, and whether somebody waited for a reply.
    var whenEnded: ((RedisError, Bool) -> Void)?
    /// Gets what comes without having been asked for: a subscriber's messages (RESP2 marks them by
    /// their first element alone). Returns false for what is the reply to a command.
    var whenPushed: ((RedisReply) -> Bool)?

    init(_ socket: Socket, _ address: RedisAddress, limits: RedisLimits) {
        self.socket = socket
        self.address = address
        self.limits = limits
        timeout = limits.commandTimeout.nanoseconds
        reader = RedisReplyReader(bytesMax: limits.replyBytesMax)
    }

    /// Starts to read; for once, when the socket is connected.
    func start() {
        socket.loop.spawn { await self.read() }
    }

    // MARK: Sending

    /// Sends commands that belong together, such as `ASKING` and what it is for; the reply of the
    /// last one goes to `receiver`. Throws when nothing was sent, and nobody is told then.
    func send(
        _ command: RedisCommand, after first: RedisCommand? = nil, to receiver: RedisReceiver
    ) throws(RedisError) {
        if let failure { throw failure }
        let bytes = command.byteCount + (first?.byteCount ?? 0)
        guard pipeline.count + 2 <= limits.commandsMax,
            pipeline.byteCount + bytes <= limits.bytesMax
        else { throw .overloaded }
        let now = MonotonicTime.now.nanoseconds
        if pipeline.count == 0 { socket.deadline.set(after: limits.commandTimeout) }
        let output = room(for: bytes)
        if let first {
            first.write(to: output)
            pipeline.push(.init(receiver: .nobody, byteCount: first.byteCount, sent: now))
        }
        command.write(to: output)
        pipeline.push(.init(receiver: receiver, byteCount: command.byteCount, sent: now))
        socket.writeLater(output)
    }

    /// Sends a command and waits for its reply.
    func call(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        try await RedisWaiter.suspend { waiter in
            do throws(RedisError) { try send(command, to: .task(waiter)) } catch {
                waiter.resume(.failure(error))
            }
        }.get()
    }

    /// What is to be sent at the end of the turn, with room for more.
    private func room(for bytes: Int) -> Buffer {
        let pool = socket.loop.buffers
        guard let pending = socket.takePending() else {
            let fresh = pool.borrow()
            if fresh.free >= bytes { return fresh }
            pool.giveBack(fresh)
            return Buffer(capacity: bytes)
        }
        if pending.free >= bytes { return pending }
        let larger = Buffer(capacity: max(pending.capacity * 2, pending.count + bytes))
        larger.append(pending.readable)
        pool.giveBack(pending)
        return larger
    }

    // MARK: Receiving

    private func read() async {
        while failure == nil {
            do throws(SocketError) {
                guard try await socket.fill() else { return end(.disconnected) }
                try take()
            } catch {
                switch error {
                case .timedOut: checkClock()
                case .disconnected, .unreachable: end(.disconnected)
                case .tls(let why): end(.unreachable("TLS: \(why)"))
                }
            }
        }
    }

    private func take() throws(SocketError) {
        guard let inbound = socket.inbound else { return }
        do throws(RedisError) {
            try reader.feed(inbound.readable)
            inbound.consume(inbound.count)
            socket.releaseInbound()
            while failure == nil, let reply = try reader.next() { try deliver(reply) }
        } catch { end(error) }
        if pipeline.count == 0 { socket.deadline.clear() }
    }

    private func deliver(_ reply: RedisReply) throws(RedisError) {
        if let whenPushed, whenPushed(reply) { return }
        guard let receiver = pipeline.pop() else {
            throw .malformed("a reply to no command")
        }
        receiver.receive(.success(reply))
    }

    /// The clock was set when the pipeline was empty: it tells of the oldest command only if that
    /// one is still there.
    private func checkClock() {
        guard let oldest = pipeline.oldest else { return }
        let left = oldest &+ timeout &- MonotonicTime.now.nanoseconds
        if left > 0 { return socket.deadline.set(after: .nanoseconds(left)) }
        end(.timedOut)
    }

    // MARK: End

    /// Breaks the connection off: all who wait get `reason`.
    func end(_ reason: RedisError) {
        guard failure == nil else { return }
        failure = reason
        socket.abort()
        let told = whenEnded
        let wasBusy = pipeline.count > 0
        (whenEnded, whenPushed) = (nil, nil)
        while let receiver = pipeline.pop() { receiver.receive(.failure(reason)) }
        told?(reason, wasBusy)
    }
}
