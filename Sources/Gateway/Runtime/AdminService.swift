import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport
import Synchronization

/// What operators see on the admin listener: metrics, details of health, public keys; and what
/// commands on this machine change there.
final class AdminService: Service {
    private let resources: Resources
    private let upstreams = Mutex<[Upstream]>([])
    private let guardian = GuardHolder()
    /// How long a dependency may be silent, as readiness has it.
    private let tolerance = Mutex(Configuration.Readiness().tolerance)
    let access = AdminAccess()
    private let operations: AdminOperations
    private let connections: @Sendable () -> Int
    private let responder = RejectionResponder()
    private let headers: ResponseHeaders

    init(_ resources: Resources, connections: @escaping @Sendable () -> Int) throws(StartError) {
        self.resources = resources
        self.connections = connections
        let guardian = guardian
        let blocks = BlockOperations(resources.sets.blocks, resources.logger) {
            guardian.current
        }
        let limits = LimitOperations(
            limits: resources.limits, metrics: resources.metrics, logger: resources.logger)
        operations = AdminOperations(access, blocks.all + limits.all)
        do { headers = try ResponseHeaders() } catch { throw StartError("\(error)") }
    }

    func adopt(_ upstreams: [Upstream], _ configuration: Configuration) {
        self.upstreams.withLock { $0 = upstreams }
        let next = BlockGuard(
            trustedProxies: configuration.trustedProxies.compactMap { try? IPNetwork($0) },
            admin: IPAddress(configuration.admin.address.host))
        guardian.current = next
        tolerance.withLock { $0 = configuration.readiness.tolerance }
    }

    func prepare(_ request: Request) {}

    func respond(to request: Request) async -> Response {
        var response: Response
        do throws(Rejection) {
            // A page on another host name that points here (DNS rebinding) gets nothing.
            let head = request.head
            guard HostNames.isLocal(head.bytes(request.hostRange)) else {
                throw Rejection(421, .misdirected, detail: "admin: host")
            }
            response =
                operations.owns(request.path)
                ? try await operations.run(request) : answer(request)
        } catch { response = refuse(error, request) }
        headers.after(request, &response)
        return response
    }

    private func answer(_ request: Request) -> Response {
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
        let tolerance = tolerance.withLock { $0 }
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
            json.string(resources.isDatabaseGood(within: tolerance) ? "ok" : "away")
        }
        if resources.redis != nil {
            json.key("redis")
            json.string(resources.isRedisGood(within: tolerance) ? "ok" : "away")
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

/// What must not be blocked, in the configuration in force.
private final class GuardHolder: Sendable {
    private let held = Mutex(BlockGuard(trustedProxies: [], admin: nil))
    var current: BlockGuard {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
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
