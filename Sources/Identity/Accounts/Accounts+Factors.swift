package import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

extension Accounts {
    private func secretPlace(_ account: String) -> Seal.Place {
        Seal.Place(table: "factors", column: "secret", row: account)
    }

    func hasFactor(_ account: String, _ connection: any SQLConnection) throws -> Bool {
        let row = try connection.row("SELECT confirmed FROM factors WHERE account = \(account)")
        return try row?.bool("confirmed") ?? false
    }

    private enum CodeVerdict: Sendable { case right([String]), wrong, limited }

    /// Checks a one-time or recovery code and uses it up; the methods that it proved.
    func checkCode(
        _ code: String, _ account: AccountRecord, _ client: ClientContext
    ) throws(AccountError) -> [String] {
        let attempt = try attempt(.code, Array(account.id.utf8), account.id, client)
        if let seconds = try wait(attempt) { throw .throttled(seconds: seconds) }
        let verdict = try write { connection -> CodeVerdict in
            if RecoveryCodes.looksLikeCode(code) {
                let hash = RecoveryCodes.hash(code, key: codeKey)
                let used = try connection.run(
                    "DELETE FROM recovery_codes WHERE hash = \(hash) AND account = \(account.id)")
                return used == 1 ? .right(["rc", "mfa"]) : .wrong
            }
            switch try verify(code, account.id, connection) {
            case .accepted: return .right(["otp", "mfa"])
            case .wrong: return .wrong
            case .limited: return .limited
            }
        }
        switch verdict {
        case .right(let methods):
            throttle.succeeded(attempt)
            return methods
        case .wrong, .limited:
            try failed(attempt)
            if case .limited = verdict { emit(.loginLock, account.id, client, "codes rest") }
            emit(.loginFail, account.id, client, "code")
            throw .codeInvalid
        }
    }

    private func verify(
        _ code: String, _ account: String, _ connection: any SQLConnection
    ) throws -> TOTPVerifier.Verdict {
        guard let row = try connection.row("SELECT * FROM factors WHERE account = \(account)")
        else {
            return .wrong
        }
        let secret = try seal.open(try row.blob("secret"), for: secretPlace(account))
        let factor = StoredFactor(account: account, row: row, connection: connection, now: now)
        let shape = try factor.shape()
        let password = OneTimePassword(secret: Redacted(secret), shape: shape)
        return switch shape.kind {
        case .totp:
            try TOTPVerifier().verify(
                code, with: password, replay: factor, limiter: factor, now: now)
        case .hotp:
            try HOTPVerifier().verify(code, with: password, replay: factor, limiter: factor)
        }
    }

    /// The second step of a sign-in.
    package func completeFactor(
        challenge: Redacted<String>, code: String, client: ClientContext
    ) throws(AccountError) -> IssuedTokens {
        let account = try account(of: challenge, .factor)
        let methods = try checkCode(code, account, client)
        guard try write({ try consume(challenge, $0) }) else { throw .challengeInvalid }
        return try open(account, methods: ["pwd"] + methods, client)
    }

    // MARK: Enrolment

    /// Begins to add a second factor for the caller; inert until its first code was shown.
    package func beginTOTP(
        principal: Principal, password: String, kind: CodeShape.Kind = .totp, client: ClientContext
    ) throws(AccountError) -> TOTPEnrolment {
        try begin(try reauthenticate(principal, password: password, code: nil, client), kind)
    }

    /// Begins to add the second factor without which a sign-in cannot go on.
    package func beginTOTP(
        challenge: Redacted<String>, kind: CodeShape.Kind = .totp, client: ClientContext
    ) throws(AccountError) -> TOTPEnrolment {
        try begin(try account(of: challenge, .enrolment), kind)
    }

    private func begin(
        _ account: AccountRecord, _ kind: CodeShape.Kind
    ) throws(AccountError) -> TOTPEnrolment {
        guard settings.factorPolicy != .never else { throw .notFound }
        var shape = settings.codeShape
        shape.kind = kind
        let secret = SecureRandom.bytes(shape.hash.secretBytes)
        let sealed = seal.seal(secret, for: secretPlace(account.id))
        try write { connection in
            guard try !hasFactor(account.id, connection) else { throw AccountError.conflict }
            try connection.run("DELETE FROM factors WHERE account = \(account.id)")
            try connection.run(
                """
                INSERT INTO factors (account, secret, confirmed, last_step, drift, attempts,
                    attempts_start, kind, hash, digits)
                VALUES (\(account.id), \(sealed), \(false), \(-1), \(0), \(0), \(now),
                    \(shape.kind.rawValue), \(shape.hash.rawValue), \(shape.digits))
                """)
        }
        let password = OneTimePassword(secret: Redacted(secret), shape: shape)
        let uri = OTPAuthURI(
            issuer: settings.serviceName, account: account.email, secret: secret,
            password: password, kind: shape.kind)
        return TOTPEnrolment(
            secret: Redacted(Base32.encode(secret)), uri: Redacted(uri.text))
    }

    /// Ends the caller's enrolment with a first code: ten recovery codes, shown once.
    package func confirmTOTP(
        principal: Principal, code: String, client: ClientContext
    ) throws(AccountError) -> [String] {
        try confirm(try record(principal), code, keeping: principal.session?.id, client)
    }

    /// Ends the enrolment that a sign-in waits for, and the sign-in.
    package func confirmTOTP(
        challenge: Redacted<String>, code: String, client: ClientContext
    ) throws(AccountError) -> (codes: [String], tokens: IssuedTokens) {
        let account = try account(of: challenge, .enrolment)
        let codes = try confirm(account, code, keeping: nil, client)
        guard try write({ try consume(challenge, $0) }) else { throw .challengeInvalid }
        return (codes, try open(account, methods: ["pwd", "otp", "mfa"], client))
    }

    private func confirm(
        _ account: AccountRecord, _ code: String, keeping session: String?, _ client: ClientContext
    ) throws(AccountError) -> [String] {
        let codes = RecoveryCodes.make()
        let isRight = try write { connection -> Bool in
            guard try !hasFactor(account.id, connection),
                try verify(code, account.id, connection) == .accepted
            else { return false }
            try connection.run(
                "UPDATE factors SET confirmed = \(true) WHERE account = \(account.id)")
            try replaceCodes(codes, account.id, connection)
            // Sessions from before the factor did not prove it.
            try endAll(account.id, except: session, connection)
            try queue(.factorAdded, to: account.email, [:], connection)
            return true
        }
        guard isRight else {
            emit(.loginFail, account.id, client, "enrolment code")
            throw .codeInvalid
        }
        try followChanges()
        emit(.userUpdated, account.id, client, "second factor added")
        return codes
    }

    private func replaceCodes(
        _ codes: [String], _ account: String, _ connection: any SQLConnection
    ) throws {
        try connection.run("DELETE FROM recovery_codes WHERE account = \(account)")
        for code in codes {
            let hash = RecoveryCodes.hash(code, key: codeKey)
            try connection.run(
                "INSERT INTO recovery_codes (hash, account) VALUES (\(hash), \(account))")
        }
    }

    /// Ten new recovery codes in place of the old ones.
    package func replaceRecoveryCodes(
        principal: Principal, password: String, code: String?, client: ClientContext
    ) throws(AccountError) -> [String] {
        let account = try reauthenticate(principal, password: password, code: code, client)
        let codes = RecoveryCodes.make()
        try write { connection in
            guard try hasFactor(account.id, connection) else { throw AccountError.notFound }
            try replaceCodes(codes, account.id, connection)
            try queue(.recoveryCodesReplaced, to: account.email, [:], connection)
        }
        emit(.userUpdated, account.id, client, "recovery codes replaced")
        return codes
    }

    /// Removes the caller's second factor, where the policy does not ask for it.
    package func removeTOTP(
        principal: Principal, password: String, code: String?, client: ClientContext
    ) throws(AccountError) {
        let account = try reauthenticate(principal, password: password, code: code, client)
        guard !mustHaveFactor(account) else { throw .factorRequired }
        try write { connection in
            guard try hasFactor(account.id, connection) else { throw AccountError.notFound }
            try dropFactor(account, connection)
            try endAll(account.id, except: principal.session?.id, connection)
        }
        try followChanges()
        emit(.userUpdated, account.id, client, "second factor removed")
    }

    func dropFactor(_ account: AccountRecord, _ connection: any SQLConnection) throws {
        try connection.run("DELETE FROM factors WHERE account = \(account.id)")
        try connection.run("DELETE FROM recovery_codes WHERE account = \(account.id)")
        try connection.run("DELETE FROM challenges WHERE account = \(account.id)")
        try queue(.factorRemoved, to: account.email, [:], connection)
    }

    /// Proves the caller anew in the running session: fresh `auth_time` and methods (RFC 9470).
    package func stepUp(
        principal: Principal, password: String?, code: String?, client: ClientContext
    ) throws(AccountError) -> (token: [UInt8], expires: WallTime) {
        guard let reference = principal.session else { throw .sessionInvalid }
        let account = try record(principal)
        var methods: [String]
        if try read({ try hasFactor(account.id, $0) }) {
            methods = ["pwd"] + (try checkCode(code ?? "", account, client))
        } else {
            _ = try reauthenticate(principal, password: password ?? "", code: nil, client)
            methods = ["pwd"]
        }
        let now = now
        try write { connection in
            let changed = try connection.run(
                """
                UPDATE sessions SET authenticated = \(now), methods = \(methods.joined(separator: " "))
                WHERE id = \(reference.id) AND account = \(account.id) AND ended IS NULL
                """)
            guard changed == 1 else { throw AccountError.sessionInvalid }
        }
        emit(.loginSuccess, account.id, client, "step-up")
        return tokens.sign(
            AccessTokenSigner.Claims(
                subject: account.id,
                session: SessionReference(id: reference.id, epoch: account.epoch),
                roles: account.roles, tenant: account.tenant,
                authentication: AuthenticationFacts(
                    methods: methods, context: methods.contains("mfa") ? "2" : "1", time: now)),
            now: now)
    }
}
