package import GatehouseCore
import GatehouseStorage

/// What an administrator does, by the program or by code. Takes effect at once, in every program
/// that uses the database.
extension Accounts {
    private static let pageMax: Int64 = 1_000
    private static let setUpLife = Duration.seconds(86_400)

    /// Adds an account without a password; its owner gets a link to set one.
    package func addAccount(
        email: String, name: String, roles: [String], tenant: String? = nil
    ) throws(AccountError) -> (profile: AccountProfile, link: Redacted<String>) {
        guard let address = EmailAddress(email) else { throw .emailInvalid }
        let name = try checkedName(name)
        let roles = try Self.checkedRoles(roles)
        let (profile, link) = try write { connection in
            let id = try insert(
                address, name: name, password: nil, roles: roles, tenant: tenant,
                isConfirmed: true, created: now, connection)
            let link = try makeLink(.setUp, account: id, life: Self.setUpLife, connection)
            try queue(.setUp, to: address.text, ["token": link], connection)
            guard let account = try record(id, connection) else { throw AccountError.notFound }
            return (try self.profile(account, connection), link)
        }
        emit(.userCreated, profile.id, nil, "by an administrator")
        return (profile, Redacted(link))
    }

    private static func checkedRoles(_ roles: [String]) throws(AccountError) -> [String] {
        let names = Set(roles).sorted()
        guard names.count <= 50,
            names.allSatisfy({ isPermission($0) && !$0.contains("*") })
        else { throw .invalid("roles") }
        return names
    }

    /// Accounts in the order of their creation, after `offset` others.
    package func accounts(offset: Int = 0, limit: Int = 100) throws(AccountError)
        -> [AccountProfile]
    {
        try read { connection in
            try connection.rows(
                """
                SELECT * FROM accounts ORDER BY created, id
                LIMIT \(min(Int64(limit), Self.pageMax)) OFFSET \(offset)
                """
            ).map { try profile(AccountRecord($0, seal), connection) }
        }
    }

    /// How many accounts there are.
    package func count() throws(AccountError) -> Int {
        try read { Int(try $0.row("SELECT COUNT(*) AS n FROM accounts")?.integer("n") ?? 0) }
    }

    /// The account of an address or id.
    package func account(find text: String) throws(AccountError) -> AccountProfile {
        let record = try found(text)
        return try read { try profile(record, $0) }
    }

    private func found(_ text: String) throws(AccountError) -> AccountRecord {
        let found = try read { connection in
            if let address = EmailAddress(text) { return try record(email: address, connection) }
            return try record(text, connection)
        }
        guard let found else { throw .notFound }
        return found
    }

    /// Replaces an account's roles: tokens that are out are refused, so that the next one has them.
    package func setRoles(_ roles: [String], of text: String) throws(AccountError) -> AccountProfile
    {
        let roles = try Self.checkedRoles(roles)
        let account = try found(text)
        try write { connection in
            try connection.run(
                """
                UPDATE accounts SET roles = \(roles.joined(separator: " ")) WHERE id = \(account.id)
                """)
            _ = try raiseEpoch(account.id, connection)
        }
        try followChanges()
        emit(.permissionsChanged, account.id, nil, roles.joined(separator: " "))
        return try self.account(find: account.id)
    }

    /// Keeps an account from signing in, and ends what it has.
    package func lock(_ text: String) throws(AccountError) {
        let account = try found(text)
        try write { connection in
            try connection.run("UPDATE accounts SET locked = \(true) WHERE id = \(account.id)")
            try endAll(account.id, connection)
            _ = try raiseEpoch(account.id, connection)
            let keys = try connection.rows("SELECT id FROM api_keys WHERE account = \(account.id)")
            for key in keys { try note(Change(credential: try key.text("id")), connection) }
        }
        try followChanges()
        emit(.loginLock, account.id, nil, "by an administrator")
    }

    /// Lets an account sign in again.
    package func unlock(_ text: String) throws(AccountError) {
        let account = try found(text)
        try write { try $0.run("UPDATE accounts SET locked = \(false) WHERE id = \(account.id)") }
        emit(.userUpdated, account.id, nil, "unlocked")
    }

    /// Removes an account's second factor for an owner who lost it; the owner is told.
    package func resetFactors(of text: String) throws(AccountError) {
        let account = try found(text)
        try write { connection in
            try dropFactor(account, connection)
            try endAll(account.id, connection)
            _ = try raiseEpoch(account.id, connection)
        }
        try followChanges()
        emit(.userUpdated, account.id, nil, "second factor reset by an administrator")
    }

    /// A link by which the first administrator makes an account; the only account without one.
    package func createSetUpLink(roles: [String]) throws(AccountError) -> Redacted<String> {
        let roles = try Self.checkedRoles(roles)
        let data = Array(roles.joined(separator: " ").utf8)
        return Redacted(
            try write { connection in
                // One such link at a time: whoever asks for another makes the old one useless.
                try connection.run(
                    """
                    DELETE FROM links
                    WHERE account IS NULL AND purpose = \(LinkPurpose.setUp.rawValue)
                    """)
                return try makeLink(
                    .setUp, account: nil, data: data, life: Self.setUpLife, connection)
            })
    }

    /// Uses a set-up link: sets the password of its account, or makes the account that it is for.
    package func redeemSetUpLink(
        token: String, email: String, password: String, client: ClientContext
    ) throws(AccountError) -> SignInResult {
        let address = EmailAddress(email)
        let text = try checkedPassword(password, names: address.map { [$0.text] } ?? [])
        let hash = hasher.hash(text)
        let account = try write { connection -> AccountRecord in
            let (id, data) = try redeem(token, .setUp, connection)
            let account: String
            if let id {
                account = id
                try connection.run(
                    """
                    UPDATE accounts SET password = \(hash), confirmed = \(true) WHERE id = \(id)
                    """)
                try endAll(id, connection)
            } else {
                guard let address else { throw AccountError.emailInvalid }
                let roles = String(decoding: data ?? [], as: UTF8.self)
                account = try insert(
                    address, name: "", password: hash,
                    roles: roles.split(separator: " ").map(String.init), tenant: nil,
                    isConfirmed: true, created: now, connection)
            }
            guard let record = try record(account, connection), !record.isLocked else {
                throw AccountError.linkInvalid
            }
            return record
        }
        try followChanges()
        emit(.passwordChange, account.id, client, "by set-up link")
        return try proceed(account, methods: ["pwd"], client)
    }

    /// One account from elsewhere.
    package struct Import: Sendable {
        package var email: String
        package var name = ""
        package var passwordHash: String?
        package var roles: [String] = []
        package var tenant: String?
        package var isConfirmed = false

        package init(email: String) { self.email = email }
    }

    /// Adds an account with the hash that another program made; it is replaced at the first
    /// sign-in.
    package func importAccount(_ account: Import) throws(AccountError) {
        guard let address = EmailAddress(account.email) else { throw .emailInvalid }
        let name = try checkedName(account.name)
        let roles = try Self.checkedRoles(account.roles)
        if let hash = account.passwordHash, !PasswordHasher.canVerify(hash) {
            throw .invalid("password_hash")
        }
        let id = try write { connection in
            try insert(
                address, name: name, password: account.passwordHash, roles: roles,
                tenant: account.tenant, isConfirmed: account.isConfirmed, created: now, connection)
        }
        emit(.userCreated, id, nil, "imported")
    }
}
