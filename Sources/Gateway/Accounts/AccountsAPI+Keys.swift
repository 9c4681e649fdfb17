import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

/// API keys, and the documents that programs read.
extension AccountsAPI {
    /// A key's life when none is asked for: 90 days.
    private static let keyLife: Int64 = 90 * 86_400

    var keys: [Application.DeclaredRoute] {
        [
            route(.get, "/auth/keys", .signedIn) { try await listKeys($0) },
            route(.post, "/auth/keys", .signedIn) { try await makeKey($0) },
            route(.delete, "/auth/keys/{id}", .signedIn) { try await endKey($0) },
        ]
    }

    var documents: [Application.DeclaredRoute] {
        let runtime = runtime
        return [
            route(.get, "/.well-known/jwks.json", .anyone) { _ in
                var response = Response.json(runtime.keys.keySet)
                // Shorter than the day for which a key is published before it signs.
                try response.fields.set(.cacheControl, "public, max-age=3600")
                response.mayBeCached = true
                return response
            },
            route(.get, "/auth/openapi.json", .anyone) { _ in .json(AccountsDocument.json) },
        ]
    }

    private static func write(_ key: APIKeyInfo, to json: inout JSONWriter) {
        json.key("id")
        json.string(key.id)
        json.key("name")
        json.string(key.name)
        json.key("permissions")
        json.beginArray()
        for permission in key.permissions { json.string(permission) }
        json.endArray()
        json.key("created")
        json.number(Int(key.created.seconds))
        json.key("expires")
        json.number(Int(key.expires.seconds))
        if let lastUsed = key.lastUsed {
            json.key("last_used")
            json.number(Int(lastUsed.seconds))
        }
    }

    private func listKeys(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        let keys = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.apiKeys(principal: owner)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("keys")
        json.beginArray()
        for key in keys {
            json.beginObject()
            Self.write(key, to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.finish())
    }

    private struct Made: Sendable {
        let info: APIKeyInfo
        let secret: Redacted<String>
    }

    private func makeKey(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let name = try fields.text("name")
        let permissions = try fields.texts("permissions")
        let seconds = try fields.optionalNumber("expires_in") ?? Self.keyLife
        let password = try fields.text("password")
        let code = try fields.optionalText("code")
        try fields.end()
        guard (1...366 * 86_400).contains(seconds) else {
            throw Rejection(field: "expires_in", "must be 1 second to 366 days")
        }
        let client = client(request)
        let made = try await runtime.run { (accounts) throws(AccountError) in
            let (info, secret) = try accounts.createAPIKey(
                principal: owner, password: password, code: code, name: name,
                permissions: permissions, life: .seconds(seconds), client: client)
            return Made(info: info, secret: secret)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("key")
        json.string(made.secret.dangerouslyRevealed)
        Self.write(made.info, to: &json)
        json.endObject()
        return .json(json.finish(), status: 201)
    }

    private func endKey(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        guard let id = request.parameter("id") else { throw Rejection(404, .notFound) }
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.revokeAPIKey(principal: owner, id: id, client: client)
        }
        return .status(204)
    }
}
