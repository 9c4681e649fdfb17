import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseObservability

/// The limits on the admin listener: their figures, what is left for one client, who is refused
/// most, and forgetting.
struct LimitOperations: Sendable {
    let limits: Limits
    let metrics: Metrics
    let logger: Logger

    /// Clients shown of each list, unless the caller says otherwise.
    private static let topDefault = 10

    var all: [AdminOperations.Operation] {
        ["/limits", "/limits/client", "/limits/top"].map { operation(.get, $0) }
            + [operation(.post, "/limits/reset")]
    }

    private func operation(
        _ method: GatehouseHTTP.Method, _ path: String
    ) -> AdminOperations.Operation {
        .init(method: method, path: path) { (request) async throws(Rejection) in
            try await answer(request)
        }
    }

    private func answer(_ request: Request) async throws(Rejection) -> Response {
        let asText = try parameter("format", request) == "text"
        let limit = try parameter("limit", request)
        if let limit, !limits.desks.contains(where: { $0.policies.contains { $0.name == limit } }) {
            throw Rejection(404, .notFound, detail: "no limit is called so")
        }
        let pages: [LimitPage]
        switch request.path {
        case "/limits": pages = [figures(limit)]
        case "/limits/client": pages = [try await standings(request, limit)]
        case "/limits/top": pages = try top(request, limit)
        case "/limits/reset": pages = [try await reset(request, limit)]
        default: throw Rejection(404, .noRoute)
        }
        return asText ? .text(LimitPage.text(pages)) : .json(LimitPage.json(pages))
    }

    // MARK: What is asked for

    private func parameter(_ name: String, _ request: Request) throws(Rejection) -> String? {
        guard let query = request.head.query else { return nil }
        let head = request.head
        switch QueryParameters.find(name, in: head.bytes(query)) {
        case .none: return nil
        case .one(let value): return value
        case .ambiguous: throw Rejection(400, .invalidInput, detail: "parameter \(name)")
        }
    }

    private func client(_ request: Request) throws(Rejection) -> LimitClient? {
        var client = LimitClient()
        if let text = try parameter("address", request) {
            guard let address = IPAddress(text) else {
                throw Rejection(400, .invalidInput, detail: "address")
            }
            client.address = address
        }
        client.account = try parameter("account", request)
        client.session = try parameter("session", request)
        client.apiKeyID = try parameter("api-key", request)
        client.route = try parameter("route", request)
        guard client != LimitClient() else { return nil }
        client.issuer = try parameter("issuer", request)
        return client
    }

    // MARK: Answers

    private func figures(_ limit: String?) -> LimitPage {
        var page = LimitPage(
            "limits",
            ["limit", "counts", "by", "quota", "window", "clients", "admitted", "refused"])
        let counted = metrics.limitFigures()
        for desk in limits.desks {
            for policy in desk.policies where limit == nil || policy.name == limit {
                let own = counted.first { $0.policy == policy.name }
                let refused = policy.isShadow ? own?.shadowed : own?.refused
                page.rows.append([
                    .text(policy.name),
                    .text(
                        policy.algorithm == .concurrency ? "concurrency" : policy.unit.rawValue),
                    .text(policy.key.map(\.rawValue).joined(separator: "+")),
                    .number(policy.quota),
                    .text("\(policy.window.components.seconds)s"),
                    desk.clients(of: policy.name).map { .number($0) } ?? .none,
                    .number(own?.admitted ?? 0),
                    policy.isShadow ? .text("\(refused ?? 0) (shadow)") : .number(refused ?? 0),
                ])
            }
        }
        return page
    }

    private func standings(_ request: Request, _ limit: String?) async throws(Rejection)
        -> LimitPage
    {
        guard let client = try client(request) else {
            throw Rejection(400, .invalidInput, detail: "no client is named")
        }
        var page = LimitPage("limits", ["limit", "tier", "quota", "remaining", "wait"])
        do throws(Limits.Failure) {
            for one in try await limits.standings(of: client, limit: limit) {
                page.rows.append([
                    .text(one.limit), .text(one.tier), .number(one.quota), .number(one.remaining),
                    .number(one.waitSeconds),
                ])
            }
        } catch { throw Rejection(503, .unavailable, detail: error.description) }
        return page
    }

    private func top(_ request: Request, _ limit: String?) throws(Rejection) -> [LimitPage] {
        let count = try parameter("count", request).flatMap { Int($0) } ?? Self.topDefault
        guard (1...SpaceSavingBound.count).contains(count) else {
            throw Rejection(400, .invalidInput, detail: "count")
        }
        var refused = LimitPage("refused", ["limit", "client", "refused", "at-most-others"])
        var admitted = LimitPage(
            "admitted", ["limit", "client", "admitted-about", "at-most-others"])
        for desk in limits.desks {
            for policy in desk.policies where limit == nil || policy.name == limit {
                guard let top = desk.ranking(of: policy.name)?.top(count) else { continue }
                let name = policy.name + (policy.isShadow ? " (shadow)" : "")
                refused.rows += top.refused.map { Self.row(name, $0) }
                admitted.rows += top.admitted.map { Self.row(name, $0) }
            }
        }
        return [refused, admitted]
    }

    private static func row(_ name: String, _ place: LimitRanking.Place) -> [LimitPage.Cell] {
        [.text(name), .text(place.client), .number(place.count), .number(place.error)]
    }

    private func reset(_ request: Request, _ limit: String?) async throws(Rejection) -> LimitPage {
        var page = LimitPage("reset", ["limit", "counters"])
        if let client = try client(request) {
            do throws(Limits.Failure) {
                for (name, count) in try await limits.reset(client, limit: limit) {
                    page.rows.append([.text(name), .number(count)])
                }
            } catch { throw Rejection(503, .unavailable, detail: error.description) }
        } else {
            guard let limit else {
                throw Rejection(400, .invalidInput, detail: "neither limit nor client")
            }
            guard limits.reset(all: limit) else {
                throw Rejection(409, .conflict, detail: "its store keeps no list of counters")
            }
            page.rows.append([.text(limit), .text("all")])
        }
        logger.security(
            .userUpdated, outcome: .noted, actor: "admin",
            fields: ["action": "limits.reset", "limit": .text(limit ?? "")])
        return page
    }
}

/// Most clients that a list of the admin listener holds.
enum SpaceSavingBound {
    static let count = 100
}
