import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

/// Second factors, recovery codes, step-up.
extension AccountsAPI {
    var factors: [Application.DeclaredRoute] {
        [
            route(.post, "/auth/factors/totp", .signedIn) { try await begin($0) },
            route(.post, "/auth/factors/totp/confirm", .signedIn) { try await confirmTOTP($0) },
            route(.delete, "/auth/factors/totp", .signedIn) { try await removeTOTP($0) },
            route(.post, "/auth/factors/recovery-codes", .signedIn) { try await newCodes($0) },
            route(.post, "/auth/step-up", .signedIn) { try await stepUp($0) },
        ]
    }

    /// The secret as text, address and picture: shown once.
    static func enrolment(_ enrolment: TOTPEnrolment) -> Response {
        let uri = enrolment.uri.dangerouslyRevealed
        var json = JSONWriter()
        json.beginObject()
        json.key("secret")
        json.string(enrolment.secret.dangerouslyRevealed)
        json.key("uri")
        json.string(uri)
        json.key("qr_svg")
        json.string(QRCode(uri)?.svg ?? "")
        json.endObject()
        return .json(json.finish())
    }

    /// Codes by time, unless the owner's token counts.
    static func codeKind(_ fields: inout JSONFields) throws(Rejection) -> CodeShape.Kind {
        guard let text = try fields.optionalText("kind") else { return .totp }
        guard let kind = CodeShape.Kind(rawValue: text) else {
            throw Rejection(field: "kind", "neither totp nor hotp")
        }
        return kind
    }

    static func codes(_ codes: [String]) -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.key("recovery_codes")
        json.beginArray()
        for code in codes { json.string(code) }
        json.endArray()
        json.endObject()
        return .json(json.finish())
    }

    private func begin(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let password = try fields.text("password")
        let kind = try Self.codeKind(&fields)
        try fields.end()
        let client = client(request)
        let enrolment = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.beginTOTP(
                principal: owner, password: password, kind: kind, client: client)
        }
        return Self.enrolment(enrolment)
    }

    private func confirmTOTP(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let code = try fields.text("code")
        try fields.end()
        let client = client(request)
        let codes = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.confirmTOTP(principal: owner, code: code, client: client)
        }
        return Self.codes(codes)
    }

    private func removeTOTP(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let password = try fields.text("password")
        let code = try fields.optionalText("code")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.removeTOTP(
                principal: owner, password: password, code: code, client: client)
        }
        return .status(204)
    }

    private func newCodes(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let password = try fields.text("password")
        let code = try fields.optionalText("code")
        try fields.end()
        let client = client(request)
        let codes = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.replaceRecoveryCodes(
                principal: owner, password: password, code: code, client: client)
        }
        return Self.codes(codes)
    }

    private struct Fresh: Sendable {
        let token: [UInt8]
        let expires: WallTime
    }

    private func stepUp(_ request: Request) async throws -> Response {
        let owner = try owner(request)
        var fields = try await JSONFields(request)
        let password = try fields.optionalText("password")
        let code = try fields.optionalText("code")
        try fields.end()
        let client = client(request)
        let fresh = try await runtime.run { (accounts) throws(AccountError) in
            let (token, expires) = try accounts.stepUp(
                principal: owner, password: password, code: code, client: client)
            return Fresh(token: token, expires: expires)
        }
        let life = Int(fresh.expires.seconds - WallTime.now.seconds)
        var json = JSONWriter()
        json.beginObject()
        let text = String(decoding: fresh.token, as: UTF8.self)
        if !request.isCookieAuthenticated {
            json.key("access_token")
            json.string(text)
            json.key("token_type")
            json.string("Bearer" as StaticString)
        }
        json.key("expires_in")
        json.number(life)
        json.endObject()
        var response = Response.json(json.finish())
        if request.isCookieAuthenticated {
            Cookies.set("__Host-gatehouse-access", text, maxAge: life, in: &response.fields)
        }
        return response
    }
}
