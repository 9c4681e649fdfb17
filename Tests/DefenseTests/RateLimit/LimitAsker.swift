import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Testing

/// Sends made-up requests to a control, with a clock of its own, and settles them.
final class LimitAsker {
    static let second: Int64 = 1_000_000_000
    let control: RateLimit
    var now: Int64 = 0

    init(
        _ policies: RateLimitPolicy..., systems: (any AutonomousSystems)? = nil,
        rankings: [String: LimitRanking] = [:]
    ) throws {
        var surroundings = LimitSurroundings()
        surroundings.systems = systems
        surroundings.rankings = rankings
        control = try RateLimit(
            policies, named: nil, store: MemoryCounterStore(RateLimit.rules(of: policies)),
            surroundings: surroundings)
    }

    /// One request on its way, counted but not yet over.
    struct Sent {
        let request: Request
        let refusal: Rejection?
        var isAdmitted: Bool { refusal == nil }
    }

    func send(
        _ client: String = "192.0.2.1", method: String = "GET", path: String = "/",
        principal: Principal? = nil, route: Route? = nil, fields: [(String, String)] = []
    ) -> Sent {
        let request = parsedRequest(path, fields, method: method)
        request.client = IPAddress(client) ?? IPAddress(high: 0, low: 0)
        request.received = MonotonicTime(nanoseconds: now)
        request.route = route
        request.principal = principal
        request.id = RequestID(high: 1, low: 1)
        do throws(Rejection) {
            _ = try control.before(request)
            return Sent(request: request, refusal: nil)
        } catch { return Sent(request: request, refusal: error) }
    }

    /// Ends a request as the gate does.
    func end(_ sent: Sent, status: Int = 200, received: Int = 0, sent bytes: Int = 0) {
        var exchange = ExchangeSummary()
        exchange.status = sent.refusal?.status ?? status
        exchange.contentReceived = received
        exchange.contentSent = bytes
        if sent.request.limits.needsSettling {
            control.settle(sent.request, exchange, at: MonotonicTime(nanoseconds: now))
        }
        sent.request.limits.isClosed = true
    }

    /// One request from beginning to end; whether it was admitted.
    func ask(
        _ client: String = "192.0.2.1", method: String = "GET", principal: Principal? = nil,
        route: Route? = nil, status: Int = 200
    ) -> Bool {
        let sent = send(client, method: method, principal: principal, route: route)
        end(sent, status: status)
        return sent.isAdmitted
    }

    func fields(_ sent: Sent) -> [String] {
        var response = Response.status(204)
        control.after(sent.request, &response)
        return response.fields.lines.map { "\($0.name): \($0.value)" }
    }
}

extension Principal {
    /// A caller for tests.
    static func named(
        _ subject: String, roles: [String] = [], claims: [String: String] = [:],
        session: String? = nil, key: String? = nil
    ) -> Principal {
        Principal(
            subject: subject, roles: roles, issuer: "test", credentialID: key,
            expires: WallTime(seconds: 0),
            session: session.map { SessionReference(id: $0, epoch: 0) },
            authentication: AuthenticationFacts(methods: key == nil ? [] : ["key"]),
            claims: claims)
    }
}
