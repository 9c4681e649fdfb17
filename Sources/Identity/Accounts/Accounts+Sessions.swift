package import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

/// A row of `sessions` as refreshing needs it.
private struct SessionRecord: Sendable {
    let account: String
    let nonce: [UInt8]
    let generation: Int64
    let rotated: WallTime
    let authenticated: WallTime
    let methods: [String]
    let idleEnd: WallTime
    let finalEnd: WallTime
    let hasEnded: Bool

    init(_ row: SQLRow) throws {
        account = try row.text("account")
        nonce = try row.blob("nonce")
        generation = try row.integer("generation")
        rotated = try row.time("rotated")
        authenticated = try row.time("authenticated")
        methods = try row.text("methods").split(separator: " ").map(String.init)
        idleEnd = try row.time("idle_end")
        finalEnd = try row.time("final_end")
        hasEnded = try row.optionalTime("ended") != nil
    }
}

extension Accounts {
    private enum Refresh: Sendable {
        case rotated(AccountRecord, SessionRecord)
        case refused(account: String?)
        case reused(account: String)
    }

    /// New tokens for a refresh token, which is good once.
    ///
    /// A token that was used a moment ago is answered with the same successor again, because its
    /// answer may have been lost; of any number of parallel uses one session with one newest token
    /// remains. A token that was used before that ends its session: somebody else has it.
    package func refresh(
        token: Redacted<String>, client: ClientContext
    ) throws(AccountError) -> IssuedTokens {
        guard let shown = RefreshToken(token.dangerouslyRevealed) else { throw .refreshInvalid }
        switch try write({ try rotate(shown, client, $0) }) {
        case .refused(let account):
            emit(.sessionExpired, account, client, "refresh token refused")
            throw .refreshInvalid
        case .reused(let account):
            try followChanges()
            emit(.tokenReuse, account, client, "a used refresh token: the session was ended")
            throw .refreshInvalid
        case .rotated(let account, let session):
            let next = RefreshToken(
                session: shown.session, generation: shown.generation + 1, nonce: session.nonce,
                key: refreshKey)
            return issue(
                account, next, methods: session.methods, authenticated: session.authenticated,
                refreshExpires: min(after(settings.refreshIdle), session.finalEnd))
        }
    }

    private func rotate(
        _ shown: RefreshToken, _ client: ClientContext, _ connection: any SQLConnection
    ) throws -> Refresh {
        let id = shown.sessionID
        let generation = Int64(shown.generation)
        guard let before = try session(id, connection),
            shown.isAuthentic(nonce: before.nonce, key: refreshKey), generation < UInt32.max
        else { return .refused(account: nil) }
        let idleEnd = min(after(settings.refreshIdle), before.finalEnd)
        // One of any number of parallel calls changes the row; the others see its new state.
        let changed = try connection.run(
            """
            UPDATE sessions SET generation = generation + 1, rotated = \(now), last_seen = \(now),
                address = \("\(client.address)"), idle_end = \(idleEnd)
            WHERE id = \(id) AND generation = \(generation) AND ended IS NULL
                AND idle_end > \(now) AND final_end > \(now)
            """)
        guard let after = try session(id, connection),
            let account = try record(after.account, connection)
        else { return .refused(account: nil) }
        guard !after.hasEnded, after.finalEnd > now, after.idleEnd > now, !account.isLocked else {
            return .refused(account: account.id)
        }
        if changed == 1 { return .rotated(account, after) }
        let age = now.nanoseconds - after.rotated.nanoseconds
        if after.generation == generation + 1, age <= settings.refreshGrace.nanoseconds {
            return .rotated(account, after)
        }
        try end(id, account: account.id, connection)
        return .reused(account: account.id)
    }

    private func session(
        _ id: String, _ connection: any SQLConnection
    ) throws -> SessionRecord? {
        try connection.row("SELECT * FROM sessions WHERE id = \(id)").map(SessionRecord.init)
    }

    /// Ends one session in the caller's transaction.
    func end(_ id: String, account: String, _ connection: any SQLConnection) throws {
        try connection.run(
            """
            UPDATE sessions SET ended = \(now)
            WHERE id = \(id) AND account = \(account) AND ended IS NULL
            """)
        try note(Change(session: id), connection)
    }

    /// Ends all sessions of an account but one, and every token that is out but that one's.
    func endAll(
        _ account: String, except kept: String? = nil, _ connection: any SQLConnection
    ) throws {
        let open = try connection.rows(
            "SELECT id FROM sessions WHERE account = \(account) AND ended IS NULL")
        for row in open {
            let id = try row.text("id")
            if id != kept { try end(id, account: account, connection) }
        }
    }

    /// Ends the caller's session.
    package func signOut(principal: Principal, client: ClientContext) throws(AccountError) {
        guard let session = principal.session else { throw .sessionInvalid }
        try write { try end(session.id, account: principal.subject, $0) }
        try followChanges()
        emit(.tokenRevoked, principal.subject, client, "signed out")
    }

    /// Ends all of the caller's sessions.
    package func signOutEverywhere(
        principal: Principal, client: ClientContext
    ) throws(AccountError) {
        try write { try endAll(principal.subject, $0) }
        try followChanges()
        emit(.tokenRevoked, principal.subject, client, "signed out everywhere")
    }

    /// The caller's open sessions, newest first.
    package func sessions(principal: Principal) throws(AccountError) -> [SessionInfo] {
        let current = principal.session?.id
        return try read { connection in
            try connection.rows(
                """
                SELECT * FROM sessions WHERE account = \(principal.subject) AND ended IS NULL
                    AND idle_end > \(now) AND final_end > \(now)
                ORDER BY last_seen DESC LIMIT 100
                """
            ).map { row in
                let id = try row.text("id")
                return SessionInfo(
                    id: id, userAgent: try row.text("agent"), address: try row.text("address"),
                    created: try row.time("created"), lastSeen: try row.time("last_seen"),
                    isCurrent: id == current)
            }
        }
    }

    /// Ends one of the caller's sessions.
    package func revokeSession(
        principal: Principal, id: String, client: ClientContext
    ) throws(AccountError) {
        try write { connection in
            let row = try connection.row(
                """
                SELECT id FROM sessions
                WHERE id = \(id) AND account = \(principal.subject) AND ended IS NULL
                """)
            guard row != nil else { throw AccountError.notFound }
            try end(id, account: principal.subject, connection)
        }
        try followChanges()
        emit(.tokenRevoked, principal.subject, client, "session ended by its owner")
    }
}
