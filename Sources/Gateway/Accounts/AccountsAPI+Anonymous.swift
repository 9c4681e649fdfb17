import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity

/// Operations for callers who have no session yet, or only its refresh token.
extension AccountsAPI {
    var anonymous: [Application.DeclaredRoute] {
        [
            route(.post, "/auth/register", .anyone) { try await register($0) },
            route(.post, "/auth/confirm", .anyone) { try await confirm($0) },
            route(.post, "/auth/confirm/resend", .anyone) { try await resend($0) },
            route(.post, "/auth/login", .anyone) { try await login($0) },
            route(.post, "/auth/login/factor", .anyone) { try await loginFactor($0) },
            route(.post, "/auth/login/enrol", .anyone) { try await loginEnrol($0) },
            route(.post, "/auth/login/enrol/confirm", .anyone) { try await loginEnrolled($0) },
            route(.post, "/auth/refresh", .anyone) { try await refresh($0) },
            route(.post, "/auth/password/forgot", .anyone) { try await forgot($0) },
            route(.post, "/auth/password/reset", .anyone) { try await reset($0) },
            route(.post, "/auth/email/confirm", .anyone) { try await confirmEmail($0) },
            route(.post, "/auth/setup", .anyone) { try await setUp($0) },
        ]
    }

    private func register(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let email = try fields.text("email")
        let password = try fields.text("password")
        let name = try fields.optionalText("name") ?? ""
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.register(email: email, password: password, name: name, client: client)
        }
        return .json(Self.accepted, status: 202)
    }

    private func confirm(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let token = try fields.text("token")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.confirmEmail(token: token, client: client)
        }
        return .status(204)
    }

    private func resend(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let email = try fields.text("email")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.resendConfirmation(email: email, client: client)
        }
        return .json(Self.accepted, status: 202)
    }

    private func login(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let email = try fields.text("email")
        let password = try fields.text("password")
        let cookies = try wantsCookies(&fields, request)
        try fields.end()
        let client = client(request)
        let result = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.signIn(email: email, password: password, client: client)
        }
        return signIn(result, cookies: cookies)
    }

    private func loginFactor(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let challenge = Redacted(try fields.text("challenge"))
        let code = try fields.text("code")
        let cookies = try wantsCookies(&fields, request)
        try fields.end()
        let client = client(request)
        let issued = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.completeFactor(challenge: challenge, code: code, client: client)
        }
        return tokens(issued, cookies: cookies)
    }

    private func loginEnrol(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let challenge = Redacted(try fields.text("challenge"))
        let kind = try Self.codeKind(&fields)
        try fields.end()
        let client = client(request)
        let enrolment = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.beginTOTP(challenge: challenge, kind: kind, client: client)
        }
        return Self.enrolment(enrolment)
    }

    private func loginEnrolled(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let challenge = Redacted(try fields.text("challenge"))
        let code = try fields.text("code")
        let cookies = try wantsCookies(&fields, request)
        try fields.end()
        let client = client(request)
        let done = try await runtime.run { (accounts) throws(AccountError) in
            let (codes, tokens) = try accounts.confirmTOTP(
                challenge: challenge, code: code, client: client)
            return Enrolled(codes: codes, tokens: tokens)
        }
        return tokens(done.tokens, cookies: cookies, more: ["recovery_codes": done.codes])
    }

    private struct Enrolled: Sendable {
        let codes: [String]
        let tokens: IssuedTokens
    }

    /// The refresh token in the body, or in its cookie: then the answer is in cookies too.
    private func refresh(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let shown = try fields.optionalText("refresh_token")
        try fields.end()
        let head = request.head
        let cookie = Cookies.value(of: AccountCookies.refresh, in: head).map(head.text)
        guard let token = shown ?? cookie else { throw Rejection(AccountError.refreshInvalid) }
        let client = client(request)
        let issued = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.refresh(token: Redacted(token), client: client)
        }
        return tokens(issued, cookies: shown == nil)
    }

    private func forgot(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let email = try fields.text("email")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.forgotPassword(email: email, client: client)
        }
        return .json(Self.accepted, status: 202)
    }

    private func reset(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let token = try fields.text("token")
        let password = try fields.text("password")
        let cookies = try wantsCookies(&fields, request)
        try fields.end()
        let client = client(request)
        let result = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.resetPassword(token: token, password: password, client: client)
        }
        return signIn(result, cookies: cookies)
    }

    private func confirmEmail(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let token = try fields.text("token")
        try fields.end()
        let client = client(request)
        try await runtime.run { (accounts) throws(AccountError) in
            try accounts.confirmEmailChange(token: token, client: client)
        }
        return .status(204)
    }

    private func setUp(_ request: Request) async throws -> Response {
        var fields = try await JSONFields(request)
        let token = try fields.text("token")
        let email = try fields.optionalText("email") ?? ""
        let password = try fields.text("password")
        let cookies = try wantsCookies(&fields, request)
        try fields.end()
        let client = client(request)
        let result = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.redeemSetUpLink(
                token: token, email: email, password: password, client: client)
        }
        return signIn(result, cookies: cookies)
    }
}
