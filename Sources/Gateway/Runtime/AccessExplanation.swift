package import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity

/// Says how requests would be decided, with the rules that decide them.
package struct AccessExplanation {
    private let routes: [Configuration.Route]
    private let policy: AccessPolicy
    private let router: Router

    /// Reads the rules of a configuration.
    package init(_ configuration: Configuration) throws(ConfigurationError) {
        routes = configuration.routes
        policy = try AccessPolicy(configuration.roles)
        var all: [Route] = []
        for (index, route) in configuration.routes.enumerated() {
            all.append(
                Route(
                    name: route.path, methods: route.methods, pattern: route.path,
                    hosts: route.hosts, access: route.access, object: route.object, index: index))
        }
        router = try Router(routes: all)
    }

    /// The steps of one decision, and its end.
    package func check(
        _ method: String, _ path: String, subject: String?, roles: [String], tenant: String?
    ) -> (steps: [String], isAllowed: Bool) {
        guard let route = route(method, path) else {
            return (["route: none takes \(method) \(path)", "refused: 404 no-route"], false)
        }
        var steps = ["route: \(route.pattern)", "rule: \(Self.text(route.access))"]
        let principal = subject.map {
            Principal(
                subject: $0, roles: roles, issuer: "explained", expires: WallTime(seconds: .max),
                tenant: tenant)
        }
        steps.append("caller: \(subject.map { "\($0) with roles \(roles)" } ?? "nobody")")
        if case .permissions(let wanted) = route.access {
            for permission in wanted {
                steps.append("\(permission): \(text(policy.verdict(on: permission, roles: roles)))")
            }
        }
        let isAllowed = RouteAuthorization.compiled(route.access, policy).allows(principal)
        guard isAllowed else {
            steps.append(principal == nil ? "refused: 401 token-missing" : "refused: 403 forbidden")
            return (steps, false)
        }
        let rule = route.object
        if rule.owner != nil {
            steps.append("then: the object's owner must be the caller, else 404")
        }
        if rule.tenant != nil { steps.append("then: the tenant must be the caller's, else 404") }
        if let age = rule.stepUp {
            steps.append("then: a second factor of the last \(age.components.seconds) s, else 401")
        }
        steps.append("allowed")
        return (steps, true)
    }

    private func route(_ method: String, _ path: String) -> Route? {
        let request = Request()
        var parser = RequestParser()
        let buffer = Buffer(capacity: 16_384)
        let text = Array("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard text.count < 16_384 else { return nil }
        buffer.append(text)
        guard (try? parser.parse(buffer, into: request.head)) == true else { return nil }
        let head = request.head
        guard case .found(let route) = router.match(request, host: head.bytes(request.hostRange))
        else { return nil }
        return route
    }

    private static func text(_ rule: AccessRule) -> String {
        switch rule {
        case .anyone: "anyone"
        case .signedIn: "signed-in"
        case .roles(let roles): "one of the roles \(roles.joined(separator: ", "))"
        case .permissions(let names): "all of the permissions \(names.joined(separator: ", "))"
        }
    }

    private func text(_ verdict: AccessPolicy.Verdict) -> String {
        switch verdict {
        case .granted(let role, let pattern): "granted by \(role) (\(pattern))"
        case .denied(let role, let pattern): "denied by \(role) (\(pattern))"
        case .absent: "granted by no role"
        }
    }

    /// A line for each route, a column for each role; `+` where the role alone is enough.
    package func matrix() -> String {
        var names = policy.roleNames
        for route in routes {
            if case .roles(let wanted) = route.access {
                for role in wanted where !names.contains(role) { names.append(role) }
            }
        }
        var text = "anybody  signed-in  \(names.joined(separator: "  "))  ROUTE\n"
        for route in routes {
            let compiled = RouteAuthorization.compiled(route.access, policy)
            func cell(_ principal: Principal?, _ width: Int) -> String {
                (compiled.allows(principal) ? "+" : "-") + String(repeating: " ", count: width + 1)
            }
            func caller(_ roles: [String]) -> Principal {
                Principal(
                    subject: "somebody", roles: roles, issuer: "explained",
                    expires: WallTime(seconds: .max))
            }
            text += cell(nil, 7) + cell(caller([]), 9)
            for name in names { text += cell(caller([name]), name.count) }
            let methods =
                route.methods == Configuration.Route.everyMethod
                ? "all" : route.methods.map(\.rawValue).joined(separator: ",")
            text += "\(methods) \(route.path)\n"
        }
        return text
    }
}
