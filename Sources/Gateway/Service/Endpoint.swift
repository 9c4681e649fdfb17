import GatehouseCore
import GatehouseHTTP

/// What answers a route in the end.
enum Endpoint: Sendable {
    /// A handler with its middleware.
    case handler(Next)
    /// An upstream.
    case proxy(ReverseProxy)
    /// The same bytes for everybody.
    case fixed(status: Int, contentType: MediaType?, body: [UInt8])
    /// Liveness and readiness, which tell nothing internal.
    case health(HealthCheck)

    /// Whether limits and access rules are not asked.
    var isExempt: Bool {
        if case .health = self { return true }
        return false
    }

    @inline(__always)
    func respond(to request: Request) async throws(Rejection) -> Response {
        switch self {
        case .handler(let next):
            do { return try await next(request) } catch let rejection as Rejection {
                throw rejection
            } catch {
                throw Rejection(500, .internalError, detail: "handler: \(error)")
            }
        case .proxy(let proxy): return try await proxy.respond(to: request)
        case .fixed(let status, let contentType, let body):
            return Response(status: status, contentType: contentType, body: .bytes(body))
        case .health(let check): return check.respond()
        }
    }
}
