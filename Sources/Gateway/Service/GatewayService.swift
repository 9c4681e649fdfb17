import GatehouseCore
import GatehouseDefense
package import GatehouseHTTP
import GatehouseObservability
import GatehouseTransport

/// One configuration at work: finds the route, runs the pipeline, and writes down what happened.
///
/// Immutable: a reload makes a new one, and requests in flight finish under the old.
package final class GatewayService: Service {
    private let hosts: HostNames
    private let client: ClientIdentity
    private let router: Router
    private let endpoints: [Endpoint]
    private let inputs: [InputCheck?]
    private let pipeline: Pipeline
    private let observers: Observers
    private let timeout: Duration
    private let forwardingNotice: ForwardingNotice?

    init(_ plan: ServicePlan) throws(ConfigurationError) {
        hosts = plan.hosts
        client = plan.client
        router = try Router(routes: plan.routes)
        endpoints = plan.endpoints
        inputs = plan.inputs
        pipeline = Pipeline(plan.parts, responder: plan.responder)
        observers = plan.observers
        timeout = plan.timeout
        forwardingNotice = plan.client.trustsNobody ? ForwardingNotice(observers.logger) : nil
    }

    package func prepare(_ request: Request) {
        request.timeout = timeout
        continueTrace(request)
        forwardingNotice?.look(at: request)
        do throws(Rejection) {
            try client.identify(request)
            try findRoute(request)
        } catch { request.refusal = error }
    }

    /// Goes on with the caller's trace (W3C Trace Context); a broken one is left alone, and the
    /// request's own stands.
    private func continueTrace(_ request: Request) {
        let head = request.head
        guard let field = head.value(.traceparent) else { return }
        guard var trace = TraceContext(traceparent: head.bytes(field)) else { return }
        trace.span = request.trace.span
        request.trace = trace
    }

    /// Health checks answer under every name: a prober knows addresses.
    private func findRoute(_ request: Request) throws(Rejection) {
        let head = request.head
        let host = request.hostRange
        try matchRoute(request, host)
        if let route = request.route, endpoints[route.index].isExempt {
            request.isHealthCheck = true
            return
        }
        guard hosts.contains(head.bytes(host)) else {
            request.route = nil
            throw Rejection(421, .misdirected, detail: "host is not configured")
        }
    }

    private func matchRoute(_ request: Request, _ host: ByteRange) throws(Rejection) {
        let head = request.head
        switch router.match(request, host: head.bytes(host)) {
        case .found(let route):
            request.route = route
            request.body.limit = route.bodyLimit
            request.timeout = route.timeout
        case .methodNotAllowed(let allow):
            var fields = Fields()
            fields.append(.allow, trusted: allow.raw)
            throw Rejection(405, .methodNotAllowed, fields: fields)
        case .notFound:
            throw Rejection(404, .noRoute)
        }
    }

    package func respond(to request: Request) async -> Response {
        guard let route = request.route else { return await pipeline.run(request, nil) }
        return await pipeline.run(request, endpoints[route.index], inputs[route.index])
    }

    package func refuse(_ rejection: Rejection, _ request: Request) -> Response {
        pipeline.refuse(rejection, request)
    }

    package func completed(_ request: Request, _ exchange: ExchangeSummary) {
        if request.limits.needsSettling { pipeline.settle(request, exchange) }
        request.limits.isClosed = true
        observers.completed(request, exchange)
    }

    package func observed(_ event: ConnectionEvent, loop: Int) {
        observers.observed(event, loop: loop)
    }
}

/// The names that a gate answers for: exact, without regard to case or port.
struct HostNames: Sendable {
    private let names: [[UInt8]]
    private let any: Bool

    /// An empty list answers for every host; `gatehouse check` warns of it.
    init(_ hosts: [String]) {
        names = hosts.map { Array($0.lowercased().utf8) }
        any = hosts.isEmpty
    }

    func contains(_ authority: RawSpan) -> Bool {
        if any { return true }
        let length = Self.hostLength(authority)
        for name in names where name.count == length {
            if Self.matches(authority, name) { return true }
        }
        return false
    }

    private static func matches(_ authority: RawSpan, _ name: [UInt8]) -> Bool {
        for index in 0..<name.count where authority.byte(index).asciiLowercased != name[index] {
            return false
        }
        return true
    }

    /// Length of the host without its port; an IPv6 literal keeps its brackets.
    static func hostLength(_ authority: RawSpan) -> Int {
        var index = authority.byteCount
        while index > 0, authority.byte(index - 1).isDigit { index -= 1 }
        guard index > 0, authority.byte(index - 1) == UInt8(ascii: ":") else {
            return authority.byteCount
        }
        return index - 1
    }
}
