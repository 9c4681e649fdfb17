package import GatehouseCore
package import GatehouseHTTP

/// A connection to an upstream server, and the reading side of one exchange on it.
package final class UpstreamConnection: SocketOwner {
    package let socket: Socket
    private let pool: UpstreamPool
    private var parser: ResponseParser
    /// The response's head; good until the exchange ends.
    package let head = MessageHead()
    /// Whether an earlier exchange used this connection: it may be stale.
    package private(set) var isReused = false
    private var isResting = false
    private var isEnded = false
    private var remaining = 0
    private var chunks = ChunkedDecoder()
    private var isBodyComplete = false
    private var mayReuse = false
    private var isRequestCut = false

    init(_ socket: Socket, pool: UpstreamPool) {
        self.socket = socket
        self.pool = pool
        parser = ResponseParser(limits: RequestParser.Limits())
        socket.owner = self
        pool.target.begin()
    }

    package var target: UpstreamTarget { pool.target }

    // MARK: Between exchanges

    /// Becomes active again; false when the server ended it, or sent what nobody asked for.
    func reuse() -> Bool {
        isResting = false
        isReused = true
        isEnded = false
        // Until this exchange's own answer is complete, nothing of the last one vouches for it.
        isBodyComplete = false
        mayReuse = false
        socket.deadline.clear()
        guard !socket.isAtEnd, socket.failure == nil, !socket.isClosing else { return false }
        guard !socket.hasUnreadInput else { return false }
        pool.target.begin()
        return true
    }

    func rest(_ idleTimeout: Duration) {
        isResting = true
        socket.deadline.set(after: idleTimeout)
    }

    package func socketDeadlinePassed() {
        if isResting { pool.lost(self) } else { socket.abort(.timedOut) }
    }

    package func socketEnded() {
        if isResting { pool.lost(self) } else { whenAnswered?() }
    }

    package func socketReadable() { whenAnswered?() }

    // MARK: One exchange

    /// Whether the server has begun to answer, or ended: what is still to be sent may be unwanted.
    /// An interim response is no answer.
    package var hasAnswer: Bool {
        if socket.isAtEnd || socket.failure != nil { return true }
        guard let inbound = socket.inbound, inbound.count > Self.statusOffset else { return false }
        return inbound.readable.byte(Self.statusOffset) != UInt8(ascii: "1")
    }

    /// Where the status code stands behind `HTTP/1.1 `.
    private static let statusOffset = 9

    /// Told when the server begins to answer, or ends, while nobody waits for it.
    package var whenAnswered: (() -> Void)?

    /// Sends a piece of the request.
    package func send(_ output: Buffer) async throws(UpstreamError) {
        socket.deadline.set(after: pool.limits.responseTimeout)
        do throws(SocketError) { try await socket.write(output) } catch {
            throw UpstreamError(error)
        }
    }

    /// Most interim (1xx) responses that are skipped.
    private static let interimMax = 8

    /// Waits for the response's head; interim responses are skipped.
    package func readHead(
        for method: Method, timeout: Duration
    ) async throws(UpstreamError) {
        socket.deadline.set(after: min(timeout, pool.limits.responseTimeout))
        for _ in 0..<Self.interimMax {
            try await readOneHead(method)
            guard head.status < 200 else { return beginBody() }
            guard head.status != 101 else { throw .malformed("unexpected-upgrade") }
            socket.unpin()
            head.reset()
        }
        throw .malformed("too-many-interim-responses")
    }

    private func readOneHead(_ method: Method) async throws(UpstreamError) {
        while true {
            if let inbound = socket.inbound, !inbound.isEmpty {
                do throws(ParseError) {
                    if try parser.parse(inbound, into: head, requestMethod: method) {
                        socket.floor = inbound.start
                        return
                    }
                } catch { throw .malformed(error.rawValue) }
            }
            var more = false
            do throws(SocketError) { more = try await socket.fill() } catch {
                throw UpstreamError(error)
            }
            guard more else { throw .disconnected }
        }
    }

    private func beginBody() {
        mayReuse = !isRequestCut && head.keepsAlive && head.framing != .untilClose
        isBodyComplete = head.framing == .none
        chunks = ChunkedDecoder()
        if case .length(let length) = head.framing { remaining = length }
        socket.deadline.clear()
    }

    /// Length of the response's body, when its framing states it.
    package var bodyLength: Int? {
        switch head.framing {
        case .none: 0
        case .length(let length): length
        case .chunked, .untilClose: nil
        }
    }

    /// Ends the exchange: the connection goes back to its pool, or is closed when the response was
    /// not read to its end.
    package func finish() {
        guard !isEnded else { return }
        isEnded = true
        pool.target.end()
        head.reset()
        socket.unpin()
        pool.release(self, reusable: isBodyComplete && mayReuse)
    }

    /// The request was not sent to its end: the server would take what comes next as the rest of
    /// it, so that the connection can't be used again whatever the answer says.
    package func forbidReuse() {
        isRequestCut = true
        mayReuse = false
    }
}

extension UpstreamConnection: BodySource {
    package var isReady: Bool { isBodyComplete || socket.inbound?.isEmpty == false }

    package func read(into output: Buffer) async throws(BodyError) -> Bool {
        while !isBodyComplete {
            let before = output.end
            if let inbound = socket.inbound, !inbound.isEmpty { try take(inbound, output) }
            if output.end > before { return true }
            if isBodyComplete { break }
            try await waitForMore()
        }
        finish()
        return false
    }

    package func cancel() { finish() }

    private func take(_ inbound: Buffer, _ output: Buffer) throws(BodyError) {
        switch head.framing {
        case .none: isBodyComplete = true
        case .length, .untilClose:
            let bound = head.framing == .untilClose ? Int.max : remaining
            let count = min(bound, inbound.count, output.free)
            output.append(inbound.readable.extracting(0..<count))
            inbound.consume(count)
            if head.framing != .untilClose {
                remaining -= count
                isBodyComplete = remaining == 0
            }
        case .chunked:
            do throws(ParseError) {
                isBodyComplete = try chunks.decode(inbound, into: output) == .end
            } catch { throw .malformed(error.rawValue) }
        }
    }

    /// Counts only the time that we wait for the server: how long the client takes to read is its
    /// own clock's business.
    private func waitForMore() async throws(BodyError) {
        socket.deadline.set(after: pool.limits.responseTimeout)
        defer { socket.deadline.clear() }
        var more = false
        do throws(SocketError) { more = try await socket.fill() } catch { throw BodyError(error) }
        if more { return }
        guard head.framing == .untilClose else { throw .disconnected }
        isBodyComplete = true
    }
}
