import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

/// Operations on the caller's own account and sessions.
extension AccountsAPI {
    var own: [Application.DeclaredRoute] {
        [
            route(.get, "/auth/me", .signedIn) { try await me($0) },
            route(.delete, "/auth/me", .signedIn) { try await deleteAccount($0) },
            route(.post, "/auth/logout", .signedIn) { try await logout($0) },
            route(.post, "/auth/logout-all", .signedIn) { try await logoutAll($0) },
            route(.put, "/auth/password", .signedIn) { try await changePassword($0) },
            route(.put, "/auth/email", .signedIn) { try await changeEmail($0) },
            route(.get, "/auth/sessions", .signedIn) { try await sessions($0) },
            route(.delete, "/auth/sessions/{id}", .signedIn) { try await endSession($0) },
        ]
    }

    private func me(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        let profile = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.profile(principal: owner)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.string(profile.id)
        json.key("email")
        json.string(profile.email)
        json.key("name")
        json.string(profile.name)
        json.key("roles")
        json.beginArray()
        for role in profile.roles { json.string(role) }
        json.endArray()
        if let tenant = profile.tenant {
            json.key("tenant")
            json.string(tenant)
        }
        json.key("second_factor")
        json.bool(profile.hasFactor)
        json.key("recovery_codes_left")
        json.number(profile.recoveryCodesLeft)
        json.key("created")
        json.number(Int(profile.created.seconds))
        json.endObject()
        return .json(json.finish())
    }

    private func deleteAccount(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let password = try fields.text("password")
        let code = try fields.optionalText("code")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.deleteAccount(
                principal: owner, password: password, code: code, client: client)
        }
        return signedOut()
    }

    private func logout(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.signOut(principal: owner, client: client)
        }
        return signedOut()
    }

    private func logoutAll(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.signOutEverywhere(principal: owner, client: client)
        }
        return signedOut()
    }

    private func changePassword(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let current = try fields.text("current_password")
        let new = try fields.text("new_password")
        let code = try fields.optionalText("code")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.changePassword(
                principal: owner, current: current, new: new, code: code, client: client)
        }
        return .status(204)
    }

    private func changeEmail(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let email = try fields.text("email")
        let password = try fields.text("password")
        let code = try fields.optionalText("code")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.changeEmail(
                principal: owner, password: password, code: code, email: email, client: client)
        }
        return .json(Self.accepted, status: 202)
    }

    private func sessions(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        let sessions = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.sessions(principal: owner)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("sessions")
        json.beginArray()
        for session in sessions {
            json.beginObject()
            json.key("id")
            json.string(session.id)
            json.key("device")
            json.string(session.userAgent)
            json.key("address")
            json.string(session.address)
            json.key("created")
            json.number(Int(session.created.seconds))
            json.key("last_seen")
            json.number(Int(session.lastSeen.seconds))
            json.key("current")
            json.bool(session.isCurrent)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.finish())
    }

    private func endSession(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        guard let id = request.parameter("id") else { throw Rejection(404, .notFound) }
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.revokeSession(principal: owner, id: id, client: client)
        }
        return .status(204)
    }
}
