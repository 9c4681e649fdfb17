public import GatehouseCore
public import GatehouseHTTP
package import GatehouseIdentity

/// Asks the route's access rule whether the caller may go on. Denies by default: without a route, a
/// rule or a caller where one is needed, nothing passes.
///
/// Names of roles and permissions are compared whole (PITFALLS 12). A rule that lists nothing lets
/// nobody pass.
public struct RouteAuthorization: Control {
    private let challenge: BearerChallenge
    /// By the routes' indices; empty where routes are judged without a policy.
    private let compiled: [CompiledAccess]

    /// Challenges in the realm `gatehouse`.
    public init() {
        challenge = BearerChallenge()
        compiled = []
    }

    /// Judges these routes by a policy: roles inherit, permissions come from roles too.
    package init(routes: [Route], policy: AccessPolicy) {
        challenge = BearerChallenge()
        compiled = routes.sorted { $0.index < $1.index }.map { Self.compiled($0.access, policy) }
    }

    /// A rule, prepared.
    package static func compiled(_ rule: AccessRule, _ policy: AccessPolicy) -> CompiledAccess {
        switch rule {
        case .anyone: .everybody
        case .signedIn: .everyCaller
        case .roles(let roles): CompiledAccess(oneOf: roles, policy: policy)
        case .permissions(let wanted): CompiledAccess(all: wanted, policy: policy)
        }
    }

    /// Challenges in a realm of one's own; the one that `BearerAuthentication` names.
    public init(realm: String) throws(ConfigurationError) {
        challenge = try BearerChallenge(realm: realm)
        compiled = []
    }

    /// Judges the caller.
    /// - Throws: `Rejection` 404 without a route, 401 without a caller, 403 for a caller who lacks
    ///   a role or permission.
    public func before(_ request: Request) throws(Rejection) -> Response? {
        guard let route = request.route else {
            throw Rejection(404, .noRoute, detail: "no route was found")
        }
        if route.access == .anyone { return nil }
        guard let principal = request.principal else {
            throw Rejection(401, .tokenMissing, detail: "no caller", fields: challenge.missing)
        }
        let isAllowed =
            compiled.indices.contains(route.index)
            ? compiled[route.index].allows(principal) : Self.allows(route.access, principal)
        guard isAllowed else {
            throw Rejection(
                403, .forbidden, detail: Self.detail(route.access), fields: challenge.insufficient)
        }
        return nil
    }

    private static func allows(_ rule: AccessRule, _ principal: Principal) -> Bool {
        switch rule {
        case .anyone, .signedIn: return true
        case .roles(let wanted):
            for role in wanted where principal.roles.contains(role) { return true }
            return false
        case .permissions(let wanted):
            for permission in wanted where !principal.permissions.contains(permission) {
                return false
            }
            return !wanted.isEmpty
        }
    }

    /// For the log: what the route wants. Names are the configuration's, not the caller's.
    private static func detail(_ rule: AccessRule) -> String {
        switch rule {
        case .anyone, .signedIn: ""
        case .roles(let wanted): "needs a role of: \(wanted.joined(separator: ", "))"
        case .permissions(let wanted): "needs permissions: \(wanted.joined(separator: ", "))"
        }
    }
}
