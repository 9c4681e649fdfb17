import GatehouseCore
import GatehouseHTTP

/// What answers a route in the end.
enum Endpoint: Sendable {
    /// A handler with its middleware.
    case handler(Next)
    /// An upstream.
    case proxy(ReverseProxy)
    /// An upstream whose JSON is judged.
    case guarded(ObjectGuard)
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
            do { return try await next(request) } catch { throw Rejection(handlerError: error) }
        case .proxy(let proxy): return try await proxy.respond(to: request)
        case .guarded(let guarded): return try await guarded.respond(to: request)
        case .fixed(let status, let contentType, let body):
            return Response(status: status, contentType: contentType, body: .bytes(body))
        case .health(let check): return check.respond()
        }
    }
}

extension Rejection {
    /// Most characters of an unexpected error's description that the log gets.
    private static let detailMax = 1_024

    /// What a handler threw: a refusal as itself, a broken body as its refusal, anything else as
    /// 500 with its description in the log alone.
    init(handlerError error: any Error) {
        switch error {
        case let rejection as Rejection: self = rejection
        case let broken as BodyError: self.init(broken)
        default:
            let detail = "\(type(of: error)): \(error)".prefix(Self.detailMax)
            self.init(500, .internalError, detail: String(detail))
        }
    }
}
