import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseTransport

/// The order in which a request is judged. This file is the one place that decides it.
///
/// 1. connection limits, 2. TLS, 3. strict parsing: `GatehouseTransport`, before a request exists.
/// 4. client identity, and 5. access log and metrics, which see all that follows:
///    `GatewayService.prepare` and `GatewayService.completed`.
struct Pipeline: Sendable {
    /// What the pipeline is made of; nil where the configuration leaves a part out.
    struct Parts: Sendable {
        var headers: ResponseHeaders
        var plaintext: PlaintextRefusal
        var cors: CORS?
        var addressBlock: AddressBlock
        var limits = LimitBuilder.Limits()
        var authentication: BearerAuthentication
        var callerBlock: CallerBlock
        /// Looks API keys up, which may wait for the database.
        var keys: APIKeyAuthentication?
        /// Where cookies are in use.
        var crossSite: CrossSiteRefusal?
        var authorization = RouteAuthorization()
    }

    /// Stages that every answer passes, health checks included, and then those that judge a request
    /// for a route.
    private let stages: [any Control]
    private let outerCount: Int
    private let responder: RejectionResponder
    /// The place in the order before which API keys are looked up.
    private let keyStage: Int
    private let keys: APIKeyAuthentication?
    /// The place in the order before which queries and bodies are read.
    private let inputStage: Int
    private let limits: LimitBuilder.Limits
    /// The places in the order before which stores elsewhere are asked.
    private let remoteStages: (coarse: Int, fine: Int)
    private let slowDown: SlowDown?

    init(_ parts: Parts, responder: RejectionResponder) {
        self.responder = responder
        let outer: [(any Control)?] = [
            RequestIdentity(),
            parts.headers,  // 6
            parts.plaintext,
            parts.cors,  // 7
        ]
        // 8: a rejection becomes a response in `run`, inside 6 and 7, so that errors carry both.
        let coarse: [(any Control)?] = [
            LoadShedding(.beforeAuthentication),
            parts.addressBlock,
            parts.limits.coarse, parts.limits.remoteCoarse,  // 9
        ]
        let fine: [(any Control)?] = [
            RoutingRefusal(),
            parts.authentication,  // 10
            parts.callerBlock,
            LoadShedding(.afterAuthentication),
            parts.crossSite,
            parts.limits.fine, parts.limits.remoteFine,  // 11
        ]
        let rest: [(any Control)?] = [
            parts.authorization,  // 12
            StepUp(),
            BodyLimit(),
            // 13 and 14, which may wait for the body: `InputCheck` in `run`.
            ObjectAuthorization(),  // 15
        ]
        stages = (outer + coarse + fine + rest).compactMap(\.self)
        outerCount = outer.count { $0 != nil }
        keys = parts.keys
        limits = parts.limits
        slowDown = SlowDown(parts.limits)
        let afterCoarse = outerCount + coarse.count { $0 != nil }
        remoteStages = (afterCoarse, afterCoarse + fine.count { $0 != nil })
        // API keys are looked up where bearer tokens are: behind the routing refusal.
        keyStage = afterCoarse + 1
        // 13 and 14: behind the body's limit, before the object's owner is looked at.
        inputStage = stages.count - 1
    }

    /// Runs the stages around `endpoint`; `isExempt` endpoints pass the outer ones only.
    func run(
        _ request: Request, _ endpoint: Endpoint?, _ input: InputCheck? = nil
    ) async -> Response {
        let end = endpoint?.isExempt == true ? outerCount : stages.count
        var entered = 0
        var response: Response?
        do throws(Rejection) {
            while entered < end, response == nil {
                if entered == remoteStages.coarse, let remote = limits.remoteCoarse {
                    try await remote.decide(request)
                }
                if entered == remoteStages.fine, let remote = limits.remoteFine {
                    try await remote.decide(request)
                }
                if request.limits.delay != nil, let slowDown { try await slowDown.wait(request) }
                if entered == keyStage, let keys { try await keys.authenticate(request) }
                if entered == inputStage, let input { try await input.check(request) }
                let pause = pause(behind: entered, end, hasInput: input != nil)
                response = try enter(&entered, pause, request)
            }
            if response == nil {
                response = try await endpoint?.respond(to: request)
                // Here and in no function around both: one more frame on the way of every request
                // made each idle connection keep 2.3 KiB more.
                if let input, input.followsAnswers {
                    try await input.checkAnswer(request, &response)
                }
            }
            if response == nil { throw Rejection(404, .noRoute, detail: "no endpoint") }
        } catch {
            response = responder.response(for: error, request: request)
        }
        // Taken, not copied: a second owner would make the first field that is added a copy of all.
        var answer =
            response.take()
            ?? responder.response(
                for: Rejection(500, .internalError, detail: "no response"), request: request)
        recycleFields(&answer, request)
        leave(entered, request, &answer)
        return answer
    }

    /// The next place before which something may wait.
    @inline(__always)
    private func pause(behind entered: Int, _ end: Int, hasInput: Bool) -> Int {
        var next = end
        if entered < remoteStages.coarse, limits.remoteCoarse != nil {
            next = min(next, remoteStages.coarse)
        }
        if entered < remoteStages.fine, limits.remoteFine != nil {
            next = min(next, remoteStages.fine)
        }
        if entered < keyStage, keys != nil { next = min(next, keyStage) }
        if entered < inputStage, hasInput { next = min(next, inputStage) }
        return next
    }

    /// Enters stages up to `pause`, or until one answers or asks for a wait.
    ///
    /// Stages are looked at where they lie and asked in a function that never waits: their answers
    /// are moved once, and nothing is copied for those that have none.
    @inline(never)
    private func enter(
        _ entered: inout Int, _ pause: Int, _ request: Request
    ) throws(Rejection) -> Response? {
        let stages = stages.span
        repeat {
            let index = entered
            entered &+= 1
            if let response = try stages[index].before(request) { return response }
        } while entered < pause && request.limits.delay == nil
        return nil
    }

    @inline(never)
    private func leave(_ entered: Int, _ request: Request, _ answer: inout Response) {
        let stages = stages.span
        var index = entered
        while index > 0 {
            index &-= 1
            stages[index].after(request, &answer)
        }
    }

    /// Corrects the limits' counters once a request is over. Stores elsewhere hear of it later:
    /// nothing waits for them.
    func settle(_ request: Request, _ exchange: ExchangeSummary) {
        let now = MonotonicTime.now
        limits.coarse?.settle(request, exchange, at: now)
        limits.fine?.settle(request, exchange, at: now)
        settle(limits.remoteCoarse, request, exchange, at: now)
        settle(limits.remoteFine, request, exchange, at: now)
    }

    private func settle(
        _ remote: RemoteRateLimit?, _ request: Request, _ exchange: ExchangeSummary,
        at now: MonotonicTime
    ) {
        guard let remote else { return }
        let corrections = remote.settle(request, exchange, at: now)
        guard !corrections.isEmpty else { return }
        // What is not heard there stops counting with its window.
        Task(executorPreference: request.loopContext?.loop) {
            _ = await remote.tell(corrections, at: now)
        }
    }

    /// Answers what never became a request: the outer stages dress the refusal.
    func refuse(_ rejection: Rejection, _ request: Request) -> Response {
        var response = responder.response(for: rejection, request: request)
        recycleFields(&response, request)
        leave(outerCount, request, &response)
        return response
    }

    /// Lends the connection's recycled memory to a response without fields of its own.
    private func recycleFields(_ response: inout Response, _ request: Request) {
        if response.fields.isEmpty { swap(&response.fields, &request.spareFields) }
    }
}

/// Answers what was found wrong before any control ran: unknown host, path or method.
///
/// It stands behind the coarse limits, so that probing for paths costs the prober.
struct RoutingRefusal: Control {
    func before(_ request: Request) throws(Rejection) -> Response? {
        if let refusal = request.refusal { throw refusal }
        return nil
    }
}

/// Refuses a body whose stated length is over the route's limit, before a byte of it is read.
struct BodyLimit: Control {
    func before(_ request: Request) throws(Rejection) -> Response? {
        if let length = request.body.length, length > request.body.limit.bytes {
            throw Rejection(413, .contentTooLarge, detail: "content-length \(length)")
        }
        return nil
    }
}

/// Tells the client the request's id, so that a report can be matched with the log.
struct RequestIdentity: Control {
    func after(_ request: Request, _ response: inout Response) {
        // A method passed as a value would be an allocation for each request.
        let id = request.id
        response.fields.append(.xRequestID) { id.append(to: &$0) }
    }
}
