public import GatehouseCore
public import GatehouseHTTP

/// Asks the route's access rule whether the caller may go on. Denies by default: without a route, a
/// rule or a caller where one is needed, nothing passes.
///
/// Names of roles and permissions are compared whole (PITFALLS 12). A rule that lists nothing lets
/// nobody pass.
public struct RouteAuthorization: Control {
    private let challenge: BearerChallenge

    /// Challenges in the realm `gatehouse`.
    public init() { challenge = BearerChallenge() }

    /// Challenges in a realm of one's own; the one that `BearerAuthentication` names.
    public init(realm: String) throws(ConfigurationError) {
        challenge = try BearerChallenge(realm: realm)
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
        guard Self.allows(route.access, principal) else {
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
