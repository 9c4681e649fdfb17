import GatehouseCore
import GatehouseDefense
package import GatehouseHTTP
import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport

/// Forwards a request that passed every check to an upstream, and its answer back.
///
/// The upstream sees only fields that a client may set, plus what Gatehouse vouches for. Nothing is
/// repeated unless it surely did not happen: a connection that could not be made, or an idempotent
/// request without a body on a kept connection that turned out to be closed.
package final class ReverseProxy: Sendable {
    let upstream: Upstream
    private let requestFields: ForwardedRequest
    private let responseFields: ForwardedResponse

    private let timeout: Duration
    private let metrics: UpstreamMetrics?

    /// - Parameters:
    ///   - timeout: the route's: how long the answer may take to begin.
    ///   - wantsPlainAnswers: asks for whole answers without an encoding, which can be judged.
    init(
        _ upstream: Upstream, identity: IdentityTokenSigner?, timeout: Duration,
        metrics: UpstreamMetrics?, wantsPlainAnswers: Bool = false
    ) {
        self.metrics = metrics
        self.upstream = upstream
        self.timeout = timeout
        requestFields = ForwardedRequest(
            upstream, identity: upstream.sendsIdentity ? identity : nil,
            wantsPlainAnswers: wantsPlainAnswers)
        responseFields = ForwardedResponse()
    }

    /// Answers with the upstream's response; its body streams.
    package func respond(to request: Request) async throws(Rejection) -> Response {
        guard let storage = request.loopStorage, let context = request.loopContext else {
            throw Rejection(500, .internalError, detail: "proxy: no event loop serves this request")
        }
        try refuseUpgrade(request)
        let pools = storage.value(for: self) {
            UpstreamPools(upstream, context, metrics?.loop(context.loop.index))
        }
        var avoided: UpstreamTarget?
        var tries = 0
        while true {
            let pool = pools.pick(avoiding: avoided)
            let outcome = try await attempt(request, pool, fresh: tries > 0, context)
            switch outcome {
            case .answered(let connection):
                countAnswer(connection, request, pools)
                return try responseFields.response(from: connection, to: request)
            case .failed(let error, let isSafe):
                pools.metrics?.upstreamFailed(metrics?.position ?? 0, error.failure)
                guard isSafe, tries < upstream.retries else {
                    throw Rejection(error, upstream.name)
                }
                avoided = pool.target
                tries += 1
            }
        }
    }

    private func countAnswer(
        _ connection: UpstreamConnection, _ request: Request, _ pools: UpstreamPools
    ) {
        guard let counters = pools.metrics, let metrics else { return }
        counters.upstreamAnswered(
            metrics.position, status: connection.head.status,
            nanoseconds: MonotonicTime.now.nanoseconds - request.received.nanoseconds)
    }

    private enum Outcome {
        case answered(UpstreamConnection)
        /// `isSafe`: the request surely had no effect.
        case failed(UpstreamError, isSafe: Bool)
    }

    private func attempt(
        _ request: Request, _ pool: UpstreamPool, fresh: Bool, _ context: LoopContext
    ) async throws(Rejection) -> Outcome {
        let connection: UpstreamConnection
        do throws(UpstreamError) { connection = try await pool.acquire(fresh: fresh) } catch {
            // Our own bound says nothing about the server.
            if error != .overloaded { _ = pool.target.note(success: false) }
            return .failed(error, isSafe: true)
        }
        let hasBody = request.body.isPresent
        do throws(UpstreamError) {
            try await send(request, on: connection, context)
            try await connection.readHead(for: request.method, timeout: timeout)
            pool.target.answered()
            return .answered(connection)
        } catch {
            let wasStale = connection.isReused && error == .disconnected
            connection.finish()
            if let failure = request.refusal { throw failure }
            return .failed(error, isSafe: wasStale && !hasBody && request.method.isIdempotent)
        }
    }

    /// Sends head and body; stops early when the upstream answers before it has everything.
    private func send(
        _ request: Request, on connection: UpstreamConnection, _ context: LoopContext
    ) async throws(UpstreamError) {
        let output = context.loop.buffers.borrow()
        defer { context.loop.buffers.giveBack(output) }
        guard requestFields.write(request, target: connection.target, into: output) else {
            request.refusal = Rejection(431, .headersTooLarge, detail: "proxy: head too large")
            throw .disconnected
        }
        guard let source = request.body.source else { return try await connection.send(output) }
        let length = request.body.length
        let pump = BodyPump(socket: connection.socket, timeout: upstream.limits.responseTimeout)
        // A client may wait for the answer before it sends the rest.
        connection.whenAnswered = { source.interrupt() }
        defer { connection.whenAnswered = nil }
        do throws(BodyPump.Failure) {
            try await pump.run(source, length: length, chunked: length == nil, output) {
                connection.hasAnswer
            }
        } catch {
            try settle(error, request, connection)
            return
        }
        try await connection.send(output)
    }

    /// What a broken upload means: the client's fault is kept as the request's refusal.
    private func settle(
        _ failure: BodyPump.Failure, _ request: Request, _ connection: UpstreamConnection
    ) throws(UpstreamError) {
        connection.forbidReuse()
        switch failure {
        case .unwanted: return
        case .source(let error): request.refusal = Rejection(error)
        case .wrongLength:
            request.refusal = Rejection(.malformed("content-length does not match the body"))
        case .sink(let error):
            if connection.hasAnswer, error != .timedOut { return }
            throw error == .timedOut ? .timedOut : .disconnected
        }
        throw .disconnected
    }

    private func refuseUpgrade(_ request: Request) throws(Rejection) {
        let head = request.head
        guard let upgrade = head.value(.upgrade) else { return }
        if head.bytes(upgrade).equalsIgnoringCase("websocket") {
            throw Rejection(501, .upgradeRefused, detail: "proxy: WebSocket is not supported")
        }
    }
}

extension Rejection {
    /// An upstream's failure as the client sees it.
    init(_ error: UpstreamError, _ upstream: String) {
        switch error {
        case .unreachable(let why):
            self.init(502, .upstreamUnavailable, detail: "\(upstream): \(why)")
        case .overloaded:
            self.init(503, .overloaded, detail: "\(upstream): no free connection", retryAfter: 1)
        case .timedOut: self.init(504, .upstreamTimeout, detail: "\(upstream): no answer in time")
        case .disconnected:
            self.init(502, .upstreamUnavailable, detail: "\(upstream): closed the connection")
        case .malformed(let why): self.init(502, .upstreamInvalid, detail: "\(upstream): \(why)")
        }
    }
}

extension UpstreamError {
    /// The metrics' word for it.
    var failure: UpstreamFailure {
        switch self {
        case .unreachable: .connect
        case .overloaded: .overloaded
        case .timedOut: .timeout
        case .disconnected: .disconnected
        case .malformed: .invalid
        }
    }
}
