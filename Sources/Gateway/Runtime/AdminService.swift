import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport
import Synchronization

/// What operators see on the admin listener: metrics, details of health, public keys.
final class AdminService: Service {
    private let resources: Resources
    private let upstreams = Mutex<[Upstream]>([])
    private let connections: @Sendable () -> Int
    private let responder = RejectionResponder()
    private let headers: ResponseHeaders

    init(_ resources: Resources, connections: @escaping @Sendable () -> Int) throws(StartError) {
        self.resources = resources
        self.connections = connections
        do { headers = try ResponseHeaders() } catch { throw StartError("\(error)") }
    }

    func adopt(_ upstreams: [Upstream]) { self.upstreams.withLock { $0 = upstreams } }

    func prepare(_ request: Request) {}

    func respond(to request: Request) async -> Response {
        var response = answer(request)
        headers.after(request, &response)
        return response
    }

    /// A page on another host name that points here (DNS rebinding) gets nothing: names other than
    /// addresses and `localhost` are refused.
    private func answer(_ request: Request) -> Response {
        let head = request.head
        guard HostNames.isLocal(head.bytes(request.hostRange)) else {
            return refuse(Rejection(421, .misdirected, detail: "admin: host"), request)
        }
        guard request.method == .get || request.method == .head else {
            return refuse(Rejection(405, .methodNotAllowed), request)
        }
        switch request.path {
        case "/metrics":
            return Response(
                contentType: MediaType(Metrics.mediaType), body: .bytes(resources.metrics.render()))
        case "/health": return .json(health())
        case "/health/live": return .json(Array(#"{"status":"ok"}"#.utf8))
        case "/identity/jwks.json": return .json(resources.identity.keySet)
        default: return refuse(Rejection(404, .noRoute), request)
        }
    }

    private func health() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("status")
        json.string(resources.readiness.isDraining ? "draining" : "ok")
        json.key("version")
        json.string(Gatehouse.version)
        json.key("connections")
        json.number(connections())
        if resources.accounts != nil {
            json.key("database")
            json.string(resources.isDatabaseGood(within: .seconds(3)) ? "ok" : "away")
        }
        json.key("upstreams")
        json.beginArray()
        for upstream in upstreams.withLock({ $0 }) {
            for target in upstream.targets {
                json.beginObject()
                json.key("upstream")
                json.string(upstream.name)
                json.key("server")
                json.string(target.authority)
                json.key("healthy")
                json.bool(target.isHealthy)
                json.key("inFlight")
                json.number(target.load)
                json.endObject()
            }
        }
        json.endArray()
        json.endObject()
        return json.finish()
    }

    func refuse(_ rejection: Rejection, _ request: Request) -> Response {
        responder.response(for: rejection, request: request)
    }

    func completed(_ request: Request, _ exchange: ExchangeSummary) {}
    func observed(_ event: ConnectionEvent, loop: Int) {}
}

extension HostNames {
    /// Whether an authority names this machine: an address literal or `localhost`.
    static func isLocal(_ authority: RawSpan) -> Bool {
        let host = authority.extracting(0..<hostLength(authority))
        if host.equalsIgnoringCase("localhost") { return true }
        let count = host.byteCount
        guard count > 2, host.byte(0) == UInt8(ascii: "[") else { return IPAddress(host) != nil }
        return host.byte(count - 1) == UInt8(ascii: "]")
            && IPAddress(host.extracting(1..<count - 1)) != nil
    }
}
