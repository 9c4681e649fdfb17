import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

extension Accounts {
    /// The first step: address and password.
    ///
    /// An unknown address, a wrong password and a locked account get one answer, after the same
    /// work.
    package func signIn(
        email: String, password: String, client: ClientContext
    ) throws(AccountError) -> SignInResult {
        let address = EmailAddress(email)
        let text = PasswordText(password)
        let account =
            try address.map { address throws(AccountError) in
                try read { try record(email: address, $0) }
            } ?? nil
        let attempt = try attempt(
            .password, address.map(index) ?? Array(email.utf8.prefix(256)), account?.id, client,
            password: text?.bytes)
        if let seconds = try wait(attempt) {
            emit(.loginFailMax, account?.id, client, "throttled")
            throw .throttled(seconds: seconds)
        }
        let verdict = text.map { hasher.verify($0, account?.password) }
        guard let account, let text, let verdict, verdict.matches, !account.isLocked else {
            try failed(attempt)
            let isLocked = account?.isLocked == true && verdict?.matches == true
            emit(.loginFail, account?.id, client, isLocked ? "locked" : "password")
            throw .invalidCredentials
        }
        throttle.succeeded(attempt)
        if verdict.needsUpgrade { try upgrade(account, text) }
        guard account.isConfirmed || !settings.confirmsEmail else {
            emit(.loginFail, account.id, client, "unconfirmed")
            throw .emailUnconfirmed
        }
        return try proceed(account, methods: ["pwd"], client)
    }

    /// Replaces the hash of another program, or of a lower cost.
    private func upgrade(_ account: AccountRecord, _ text: PasswordText) throws(AccountError) {
        let hash = hasher.hash(text)
        try write { connection in
            try connection.run(
                """
                UPDATE accounts SET password = \(hash)
                WHERE id = \(account.id) AND password = \(account.password)
                """)
        }
    }

    /// An attempt with its counters; the device counts when it is one of the account's.
    func attempt(
        _ kind: SignInThrottle.Kind, _ name: [UInt8], _ account: String?, _ client: ClientContext,
        password: Redacted<[UInt8]>? = nil
    ) throws(AccountError) -> SignInThrottle.Attempt {
        var device: [UInt8]?
        if let account, let hash = client.device.flatMap(OpaqueSecret.hash) {
            let isKnown = try read { connection in
                try connection.row(
                    "SELECT hash FROM devices WHERE hash = \(hash) AND account = \(account)") != nil
            }
            if isKnown { device = hash }
        }
        return SignInThrottle.Attempt(
            kind: kind, address: client.address, account: name, device: device,
            password: password.map {
                OneTimeMAC.sha256.authenticate($0.dangerouslyRevealed, key: indexKey)
            })
    }

    /// How many seconds an attempt must wait; nil for none.
    func wait(_ attempt: SignInThrottle.Attempt) throws(AccountError) -> Int? {
        do throws(ThrottleUnavailable) { return try throttle.wait(attempt, now: uptime) } catch {
            throw .unavailable("sign-in counters: \(error)")
        }
    }

    /// Counts a failed attempt.
    func failed(_ attempt: SignInThrottle.Attempt) throws(AccountError) {
        do throws(ThrottleUnavailable) { try throttle.failed(attempt, now: uptime) } catch {
            throw .unavailable("sign-in counters: \(error)")
        }
    }

    /// The one way on from a proved first factor: asks for the second, or hands out tokens.
    func proceed(
        _ account: AccountRecord, methods: [String], _ client: ClientContext
    ) throws(AccountError) -> SignInResult {
        let hasFactor = try read { try self.hasFactor(account.id, $0) }
        if hasFactor { return .needsFactor(challenge: try challenge(account, .factor)) }
        if mustHaveFactor(account) {
            return .mustEnrol(challenge: try challenge(account, .enrolment))
        }
        return .complete(try open(account, methods: methods, client))
    }

    /// Whether the policy asks this account for a second factor.
    func mustHaveFactor(_ account: AccountRecord) -> Bool {
        switch settings.factorPolicy {
        case .never, .optional: false
        case .required: true
        case .requiredFor(let roles): account.roles.contains(where: roles.contains)
        }
    }

    /// Opens a session. Called where every factor that the account needs was proved.
    func open(
        _ account: AccountRecord, methods: [String], _ client: ClientContext
    ) throws(AccountError) -> IssuedTokens {
        let session = SecureRandom.bytes(16)
        let nonce = SecureRandom.bytes(16)
        let now = now
        let refresh = RefreshToken(session: session, generation: 0, nonce: nonce, key: refreshKey)
        let idleEnd = min(after(settings.refreshIdle), after(settings.sessionMax))
        let device = OpaqueSecret.make()
        let newDevice = try write { connection in
            // The account may have been locked or raised since it was read.
            guard let current = try record(account.id, connection), !current.isLocked,
                current.epoch == account.epoch
            else { throw AccountError.sessionInvalid }
            try connection.run(
                """
                INSERT INTO sessions (id, account, nonce, generation, rotated, created, last_seen,
                    authenticated, methods, agent, address, idle_end, final_end)
                VALUES (\(refresh.sessionID), \(account.id), \(nonce), \(0), \(now), \(now), \(now),
                    \(now), \(methods.joined(separator: " ")), \(Self.cleaned(client.userAgent)),
                    \("\(client.address)"), \(idleEnd), \(after(settings.sessionMax)))
                """)
            return try remember(device, of: account, client, connection)
        }
        emit(.loginSuccess, account.id, client, methods.joined(separator: " "))
        return issue(
            account, refresh, methods: methods, authenticated: now, refreshExpires: idleEnd,
            device: newDevice ? device : nil)
    }

    /// Keeps the device for the owner; true when it was not known. The owner hears of new ones.
    private func remember(
        _ device: String, of account: AccountRecord, _ client: ClientContext,
        _ connection: any SQLConnection
    ) throws -> Bool {
        if let hash = client.device.flatMap(OpaqueSecret.hash) {
            let known = try connection.run(
                """
                UPDATE devices SET last_seen = \(now)
                WHERE hash = \(hash) AND account = \(account.id)
                """)
            if known > 0 { return false }
        }
        let others = try connection.row(
            "SELECT COUNT(*) AS n FROM devices WHERE account = \(account.id)")
        if try others?.integer("n") ?? 0 > 0 {
            try queue(.newDevice, to: account.email, ["address": "\(client.address)"], connection)
        }
        try connection.run(
            """
            INSERT INTO devices (hash, account, last_seen)
            VALUES (\(OpaqueSecret.hash(device)), \(account.id), \(now))
            """)
        return true
    }

    /// Tokens for a session whose row was just written.
    func issue(
        _ account: AccountRecord, _ refresh: RefreshToken, methods: [String],
        authenticated: WallTime, refreshExpires: WallTime, device: String? = nil
    ) -> IssuedTokens {
        let claims = AccessTokenSigner.Claims(
            subject: account.id,
            session: SessionReference(id: refresh.sessionID, epoch: account.epoch),
            roles: account.roles, tenant: account.tenant,
            authentication: AuthenticationFacts(
                methods: methods, context: methods.contains("mfa") ? "2" : "1",
                time: authenticated))
        let (token, expires) = tokens.sign(claims, now: now)
        return IssuedTokens(
            accessToken: token, accessExpires: expires, refreshToken: refresh.text,
            refreshExpires: refreshExpires, sessionID: refresh.sessionID, device: device)
    }

    /// A client's own text, short and without what a terminal or page could take for more.
    static func cleaned(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(200).map { scalar in
                scalar.value >= 0x20 && scalar.value < 0x7F ? Character(scalar) : "?"
            })
    }
}
