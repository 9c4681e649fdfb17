package import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

extension Accounts {
    private static let keyPrefix = "gk1_"
    private static let keysMax: Int64 = 50
    private static let permissionsMax = 50
    /// A key that is used again within this time is not written again.
    private static let lastUsedStep = Duration.seconds(60)

    /// Makes an API key for a program: shown once, kept as a hash. It acts for its owner with the
    /// named permissions alone, as long as its owner has them, and ends.
    package func createAPIKey(
        principal: Principal, password: String, code: String?, name: String, permissions: [String],
        life: Duration, client: ClientContext
    ) throws(AccountError) -> (key: APIKeyInfo, secret: Redacted<String>) {
        let name = try checkedName(name)
        guard life > .zero, life <= settings.keyLifeMax else { throw .invalid("expires_in") }
        guard (1...Self.permissionsMax).contains(permissions.count),
            permissions.allSatisfy({ Self.isPermission($0) && !$0.contains("*") })
        else { throw .invalid("permissions") }
        let account = try reauthenticate(principal, password: password, code: code, client)
        let secret = OpaqueSecret.make()
        let info = APIKeyInfo(
            id: OpaqueSecret.makeName(), name: name, permissions: permissions, created: now,
            expires: after(life), lastUsed: nil)
        try write { connection in
            let row = try connection.row(
                "SELECT COUNT(*) AS n FROM api_keys WHERE account = \(account.id)")
            guard try row?.integer("n") ?? 0 < Self.keysMax else { throw AccountError.conflict }
            try connection.run(
                """
                INSERT INTO api_keys (id, account, hash, name, permissions, created, ends)
                VALUES (\(info.id), \(account.id), \(OpaqueSecret.hash(secret)), \(name),
                    \(permissions.joined(separator: " ")), \(info.created), \(info.expires))
                """)
            try queue(.keyCreated, to: account.email, ["name": name], connection)
        }
        emit(.tokenCreated, account.id, client, "API key")
        return (info, Redacted(Self.keyPrefix + info.id + "." + secret))
    }

    /// Words with `:` between them, as in `notes:read`.
    static func isPermission(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                $0.isDigit || (0x61...0x7A).contains($0 | 0x20) || ":*_-.".utf8.contains($0)
            }
    }

    /// The caller's keys.
    package func apiKeys(principal: Principal) throws(AccountError) -> [APIKeyInfo] {
        try read { connection in
            try connection.rows(
                "SELECT * FROM api_keys WHERE account = \(principal.subject) ORDER BY created"
            ).map { row in
                APIKeyInfo(
                    id: try row.text("id"), name: try row.text("name"),
                    permissions: try row.text("permissions").split(separator: " ").map(String.init),
                    created: try row.time("created"), expires: try row.time("ends"),
                    lastUsed: try row.optionalTime("last_used"))
            }
        }
    }

    /// Ends one of the caller's keys.
    package func revokeAPIKey(
        principal: Principal, id: String, client: ClientContext
    ) throws(AccountError) {
        try write { connection in
            let removed = try connection.run(
                "DELETE FROM api_keys WHERE id = \(id) AND account = \(principal.subject)")
            guard removed == 1 else { throw AccountError.notFound }
            try note(Change(credential: id), connection)
        }
        try followChanges()
        emit(.tokenDelete, principal.subject, client, "API key")
    }

    /// Whether a credential looks like an API key of ours.
    package static func isAPIKey(_ text: String) -> Bool { text.hasPrefix(keyPrefix) }

    /// The owner of an API key, with the key's permissions and no roles; nil for one that is
    /// unknown, ended or of a locked account.
    package func authenticate(apiKey text: String) throws(AccountError) -> Principal? {
        let parts = text.dropFirst(Self.keyPrefix.count).split(separator: ".")
        guard Self.isAPIKey(text), parts.count == 2,
            let hash = OpaqueSecret.hash(String(parts[1]))
        else { return nil }
        let id = String(parts[0])
        let now = now
        let row = try read { connection in
            try connection.row(
                """
                SELECT k.account, k.hash, k.permissions, k.ends, k.last_used, a.locked, a.tenant,
                    a.epoch, a.roles
                FROM api_keys k JOIN accounts a ON a.id = k.account
                WHERE k.id = \(id) AND k.ends > \(now)
                """)
        }
        guard let row else { return nil }
        do throws(DatabaseError) {
            let kept = try row.blob("hash")
            guard ConstantTime.equal(kept.raw, hash.raw), try !row.bool("locked") else {
                return nil
            }
            touch(id, lastUsed: try row.optionalTime("last_used"), now)
            let roles = try row.text("roles").split(separator: " ").map(String.init)
            let named = try row.text("permissions").split(separator: " ").map(String.init)
            return Principal(
                subject: try row.text("account"), roles: [],
                permissions: named.filter { permits(roles, $0) },
                issuer: tokens.issuer, credentialID: id, expires: try row.time("ends"),
                tenant: try row.optionalText("tenant"),
                session: SessionReference(id: "key-" + id, epoch: try row.integer("epoch")),
                authentication: AuthenticationFacts(methods: ["key"]))
        } catch { throw .unavailable(error.description) }
    }

    private func touch(_ id: String, lastUsed: WallTime?, _ now: WallTime) {
        let step = Self.lastUsedStep.nanoseconds
        if let lastUsed, now.nanoseconds - lastUsed.nanoseconds < step { return }
        // A date for people: that it could not be written is no reason to refuse the caller.
        _ = try? write { try $0.run("UPDATE api_keys SET last_used = \(now) WHERE id = \(id)") }
    }
}
