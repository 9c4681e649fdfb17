import GatehouseCore
package import GatehouseHTTP

/// Asks whether the object that a request names is the caller's own (BOLA, OWASP API1): its owner
/// must be the caller, its tenant the caller's tenant. A stranger's object is answered like one
/// that does not exist.
package struct ObjectAuthorization: Control {
    /// Asks where routes do.
    package init() {}

    package func before(_ request: Request) throws(Rejection) -> Response? {
        guard let route = request.route else { return nil }
        let rule = route.object
        guard rule.owner != nil || rule.tenant != nil else { return nil }
        guard let principal = request.principal else {
            throw Rejection(401, .tokenMissing, detail: "no caller")
        }
        for role in rule.exceptRoles where principal.roles.contains(role) { return nil }
        if let owner = rule.owner {
            guard try value(owner, request) == principal.subject else {
                throw Rejection(404, .notFound, detail: "not the owner")
            }
        }
        if let tenant = rule.tenant {
            guard let own = principal.tenant, try value(tenant, request) == own else {
                throw Rejection(404, .notFound, detail: "another tenant")
            }
        }
        return nil
    }

    /// What the request says; that it says nothing, or two things, is a refusal.
    private func value(_ source: ObjectSource, _ request: Request) throws(Rejection) -> String {
        let head = request.head
        switch source {
        case .path(let name):
            if let value = request.parameter(name) { return value }
        case .query(let name):
            guard let query = head.query else { break }
            switch QueryParameters.find(name, in: head.bytes(query)) {
            case .one(let value): return value
            case .ambiguous: throw Rejection(404, .notFound, detail: "two values of \(name)")
            case .none: break
            }
        case .header(let name):
            var found: String?
            for line in head.lines where head.text(line.name).lowercased() == name.lowercased() {
                guard found == nil else {
                    throw Rejection(404, .notFound, detail: "two fields \(name)")
                }
                found = head.text(line.value)
            }
            if let found { return found }
        }
        throw Rejection(404, .notFound, detail: "the request names no object")
    }
}
