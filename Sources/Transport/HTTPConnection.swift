import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP

/// One client connection: reads requests, asks the service, sends responses, until either side
/// ends.
///
/// One task per connection, on the loop's own thread from start to end.
///
/// `@unchecked Sendable`: confined to its loop; only the hand-over to its task crosses a boundary.
final class HTTPConnection: SocketOwner, @unchecked Sendable {
    let socket: Socket
    let server: LoopServer
    let listener: ListenerSettings
    private let listenerIndex: Int
    private(set) var snapshot: ServerSnapshot
    private var parser: RequestParser
    var client: IPAddress
    var clientPort: UInt16
    /// Whether it is counted, which its end takes back.
    var counted = true
    /// Whether it is a proxy's, from which all clients may come.
    var isExempt: Bool
    private var served = 0
    private var servedInTurn = 0
    private var task: Task<Void, Never>?
    private(set) var request: Request?
    private(set) var phase = Phase.starting
    /// The wait of a request that a limit slows down.
    var hold: Hold?
    /// Bytes of the last answer's head.
    private var headBytes = 0
    private var slowHead = SlowHead()
    private lazy var bodyReader = RequestBodyReader(self)

    /// What the connection is doing; the deadline's meaning.
    enum Phase { case starting, idle, readingHead, handling, sending, ended }

    /// - Parameter peer: as it was admitted.
    init(
        _ socket: Socket, _ server: LoopServer, listener: ListenerSettings, index: Int,
        peer: (IPAddress, UInt16), isExempt: Bool
    ) {
        self.socket = socket
        self.isExempt = isExempt
        self.server = server
        self.listener = listener
        listenerIndex = index
        snapshot = server.snapshot
        parser = RequestParser(limits: server.snapshot.limits.head)
        (client, clientPort) = peer
    }

    var limits: ConnectionLimits { snapshot.limits }
    var bodyLimit: Int { request?.body.limit.bytes ?? 0 }
    var isIdle: Bool { phase == .idle || phase == .starting }

    /// Starts the task of an admitted connection.
    func start() {
        socket.owner = self
        server.observe(.accepted)
        socket.deadline.set(
            after: listener.transport == .https || listener.expectsProxyHeader
                ? limits.handshakeTimeout : limits.headerTimeout)
        task = Task(executorPreference: server.loop) { await self.run() }
    }

    // MARK: Life

    private func run() async {
        if await open() {
            while await serveOne() {}
        }
        phase = .ended
        if let request { server.giveBack(request) }
        request = nil
        if counted { server.table.release(client, isExempt: isExempt) }
        server.ended(self)
        socket.releaseInbound()
    }

    // MARK: One request

    /// Serves one request; false when the connection is over.
    private func serveOne() async -> Bool {
        let request: Request
        do throws(SocketError) {
            guard try await waitForBytes() else { return end(lingering: false) }
            request = borrow()
            guard try await readHead(request) else { return end(lingering: false) }
        } catch { return await answerTimeout(error) }
        served += 1
        begin(request)
        snapshot.service.prepare(request)
        restartHandlerClock()
        phase = .handling
        var response = await snapshot.service.respond(to: request)
        guard phase == .handling else {
            if case .stream(let source, _) = response.body { source.cancel() }
            return false
        }
        return await answer(&response, request)
    }

    private func borrow() -> Request {
        if let request { return request }
        let borrowed = server.borrowRequest()
        request = borrowed
        return borrowed
    }

    /// Waits between requests, holding no memory that a request needs; false at the end.
    private func waitForBytes() async throws(SocketError) -> Bool {
        phase = .idle
        if served > 0, socket.inbound?.isEmpty == false {
            // The next request was sent along with the last: its clock runs from now.
            socket.deadline.set(afterTicks: snapshot.ticks.header)
        }
        while socket.inbound?.isEmpty ?? true {
            servedInTurn = 0
            socket.releaseInbound()
            if server.isDraining, served > 0 { return false }
            if served > 0 { socket.deadline.set(afterTicks: snapshot.ticks.idle) }
            guard try await socket.fill() else { return false }
            if served > 0 { socket.deadline.set(afterTicks: snapshot.ticks.header) }
        }
        return true
    }

    /// Reads up to the end of the head; false at the end of the stream or after a refusal.
    private func readHead(_ request: Request) async throws(SocketError) -> Bool {
        phase = .readingHead
        slowHead = SlowHead()
        while true {
            if let inbound = socket.inbound {
                do throws(ParseError) {
                    if try parser.parse(inbound, into: request.head) {
                        socket.floor = inbound.start
                        return true
                    }
                } catch {
                    // Nothing more is read, and the broken head stays where it is for the log.
                    inbound.consume(inbound.count)
                    socket.floor = inbound.start
                    noteBadRequest()
                    return await refuse(error.rejection, request)
                }
            }
            servedInTurn = 0
            slowHead.wait(for: socket, snapshot)
            guard try await socket.fill() else { return false }
        }
    }

    private func begin(_ request: Request) {
        snapshot = server.snapshot
        request.peer = client
        request.client = client
        request.peerPort = clientPort
        request.listener = listenerIndex
        request.isSecure = listener.transport == .https
        request.received = .now
        request.receivedAt = server.loop.wallTime(at: request.received)
        request.loopStorage = server.storage
        request.holder = self
        server.identify(request)
        request.body.limit = .mebibytes(1)
        request.body.length = nil
        request.body.isDecoded = false
        request.body.source = nil
        bodyReader.begin(request.head)
        if case .length(let length) = request.head.framing { request.body.length = length }
        if request.head.framing != .none { request.body.source = bodyReader }
    }

    /// Gives the handler its full time again.
    func restartHandlerClock() {
        guard let request else { return }
        socket.deadline.set(afterTicks: server.ticks(request.timeout))
    }

    func writeContinue() async throws(SocketError) {
        let output = socket.takePending() ?? server.loop.buffers.borrow()
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
        defer { server.loop.buffers.giveBack(output) }
        try await socket.write(output)
    }

    // MARK: Answers

    private func answer(_ response: inout Response, _ request: Request) async -> Bool {
        phase = .sending
        let closes = mustClose(response, request)
        var summary = ExchangeSummary()
        summary.status = response.status
        summary.code = response.code
        summary.detail = response.detail
        let sentBefore = socket.bytesSent
        var keeps = !closes
        do throws(SocketError) {
            socket.deadline.set(afterTicks: snapshot.ticks.write)
            keeps = try await send(response, request, closes: closes) && keeps
        } catch {
            summary.isAborted = true
            keeps = false
        }
        summary.bytesSent = socket.bytesSent - sentBefore
        summary.bytesReceived = request.head.byteCount + bodyReader.received
        summary.contentReceived = bodyReader.received
        summary.contentSent = response.contentBytes(
            to: request.method, sent: summary.bytesSent - headBytes)
        summary.nanoseconds = MonotonicTime.now.nanoseconds &- request.received.nanoseconds
        snapshot.service.completed(request, summary)
        swap(&response.fields, &request.spareFields)
        request.spareFields.recycle()
        if summary.isAborted {
            if socket.failure == .timedOut { server.cut(client, .reading) }
            socket.reset()
            return false
        }
        if keeps { keeps = await skipBody(request) }
        return await next(request, keeps: keeps)
    }

    private func next(_ request: Request, keeps: Bool) async -> Bool {
        guard keeps, phase == .sending else { return end(lingering: true) }
        request.reset()
        socket.unpin()
        if socket.inbound == nil {
            server.keep(request)
            self.request = nil
        }
        servedInTurn += 1
        if servedInTurn >= limits.pipelinedMax {
            servedInTurn = 0
            await server.loop.yield()
        }
        return true
    }

    /// Whether this is the connection's last response.
    private func mustClose(_ response: Response, _ request: Request) -> Bool {
        if !request.head.keepsAlive || response.closesConnection || server.isLeaving {
            return true
        }
        if served >= limits.requestsMax { return true }
        // Requests that came before the client's end are answered still.
        if socket.isAtEnd, !hasPipelined { return true }
        guard !bodyReader.isComplete else { return false }
        return bodyReader.isWithheld || (bodyReader.outstanding ?? .max) > Self.skippedBodyMax
    }

    /// A body nobody read is skipped up to here; more closes the connection.
    private static let skippedBodyMax = 65_536

    private func skipBody(_ request: Request) async -> Bool {
        guard !bodyReader.isComplete else { return true }
        let scratch = server.loop.buffers.borrow()
        defer { server.loop.buffers.giveBack(scratch) }
        do throws(BodyError) {
            while try await bodyReader.read(into: scratch) { scratch.clear() }
            return true
        } catch { return false }
    }

    private func send(
        _ response: Response, _ request: Request, closes: Bool
    ) async throws(SocketError) -> Bool {
        var sender = ResponseSender(
            socket: socket, buffers: server.loop.buffers, writeTimeout: limits.writeTimeout,
            date: server.date(at: request.receivedAt))
        defer { headBytes = sender.headBytes }
        return try await sender.send(
            response, to: request, closes: closes, batches: hasPipelined)
    }

    /// Whether the next request is already here, so that its answer can share a write.
    private var hasPipelined: Bool {
        bodyReader.isComplete && socket.inbound?.isEmpty == false
    }

    /// Answers what could not be parsed, and ends.
    private func refuse(_ rejection: Rejection, _ request: Request) async -> Bool {
        var rejection = rejection
        rejection.closesConnection = true
        request.head.keepsAlive = false
        begin(request)
        bodyReader.begin(MessageHead())
        phase = .handling
        var response = snapshot.service.refuse(rejection, request)
        _ = await answer(&response, request)
        return false
    }

    /// A head that came too slowly gets an answer; an idle or broken connection just ends.
    private func answerTimeout(_ error: SocketError) async -> Bool {
        guard error == .timedOut, phase == .readingHead, let request else {
            return end(lingering: false)
        }
        server.cut(client, .head)
        return await refuse(Rejection(408, .requestTimeout, detail: "head: too slow"), request)
    }

    private func end(lingering: Bool) -> Bool {
        if phase != .ended { socket.finish(lingering: lingering) }
        phase = .ended
        return false
    }

    // MARK: Owner

    /// The handler took too long: answers in its place, and cancels it.
    func socketDeadlinePassed() {
        guard phase == .handling, let request else { return socket.abort(.timedOut) }
        phase = .ended
        var rejection = Rejection(503, .handlerTimeout, detail: "handler: no answer in time")
        rejection.closesConnection = true
        let response = snapshot.service.refuse(rejection, request)
        let output = server.loop.buffers.borrow()
        let date = server.date(at: .now)
        if ResponseSender.writeWhole(response, to: request, date: date, into: output) {
            socket.writeLater(output)
        } else {
            server.loop.buffers.giveBack(output)
        }
        var summary = ExchangeSummary()
        summary.status = response.status
        summary.code = response.code
        summary.detail = response.detail
        summary.contentReceived = bodyReader.received
        summary.nanoseconds = MonotonicTime.now.nanoseconds &- request.received.nanoseconds
        snapshot.service.completed(request, summary)
        hold?.finish(.gone)
        socket.finish(lingering: true)
        task?.cancel()
    }

    /// Who has sent a last byte but still listens is not waited for either: else closing one half
    /// of a connection would be the way around every wait.
    func socketEnded() { hold?.finish(.gone) }

    var drainCredit: DrainCredit? { snapshot.drainCredit }

    /// Ends an idle connection now; one with a request ends after it.
    func drain() {
        if isIdle { socket.finish(lingering: false) }
        hold?.finish(.over)
    }

    /// Cuts the connection.
    func cut() {
        task?.cancel()
        socket.abort()
        hold?.finish(.gone)
    }
}
