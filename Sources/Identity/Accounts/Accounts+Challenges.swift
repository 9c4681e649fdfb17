import GatehouseCore
import GatehouseStorage

extension Accounts {
    /// What a challenge asks for.
    enum ChallengePurpose: String {
        case factor
        case enrolment
    }

    private static let attemptsMax: Int64 = 5

    /// A short-lived right to go on with a sign-in.
    func challenge(
        _ account: AccountRecord, _ purpose: ChallengePurpose
    ) throws(AccountError) -> Redacted<String> {
        let secret = OpaqueSecret.make()
        try write { connection in
            try connection.run(
                """
                INSERT INTO challenges (hash, purpose, account, attempts, ends)
                VALUES (\(OpaqueSecret.hash(secret)), \(purpose.rawValue), \(account.id), \(0),
                    \(after(settings.challengeLife)))
                """)
        }
        return Redacted(secret)
    }

    /// The account of a challenge; each look counts as a try.
    func account(
        of challenge: Redacted<String>, _ purpose: ChallengePurpose
    ) throws(AccountError) -> AccountRecord {
        guard let hash = OpaqueSecret.hash(challenge.dangerouslyRevealed) else {
            throw .challengeInvalid
        }
        let found = try write { connection -> AccountRecord? in
            let counted = try connection.run(
                """
                UPDATE challenges SET attempts = attempts + 1
                WHERE hash = \(hash) AND purpose = \(purpose.rawValue) AND ends > \(now)
                    AND attempts < \(Self.attemptsMax)
                """)
            guard counted == 1 else { return nil }
            let row = try connection.row("SELECT account FROM challenges WHERE hash = \(hash)")
            return try row.flatMap { try record($0.text("account"), connection) }
        }
        guard let found, !found.isLocked else { throw .challengeInvalid }
        return found
    }

    /// Uses a challenge up; false when somebody else did.
    func consume(
        _ challenge: Redacted<String>, _ connection: any SQLConnection
    ) throws -> Bool {
        let hash = OpaqueSecret.hash(challenge.dangerouslyRevealed)
        return try connection.run("DELETE FROM challenges WHERE hash = \(hash)") == 1
    }

    // MARK: Links

    /// What a link in a mail is for.
    enum LinkPurpose: String {
        case confirm
        case reset
        case changeEmail = "change-email"
        case setUp = "set-up"
        /// Opens nothing.
        case decoy
    }

    /// A link's secret, good for one use.
    func makeLink(
        _ purpose: LinkPurpose, account: String?, data: [UInt8]? = nil, life: Duration,
        _ connection: any SQLConnection
    ) throws -> String {
        let secret = OpaqueSecret.make()
        try connection.run(
            """
            INSERT INTO links (hash, purpose, account, data, ends)
            VALUES (\(OpaqueSecret.hash(secret)), \(purpose.rawValue), \(account), \(data),
                \(after(life)))
            """)
        return secret
    }

    /// Uses a link up: its account and data.
    func redeem(
        _ secret: String, _ purpose: LinkPurpose, _ connection: any SQLConnection
    ) throws -> (account: String?, data: [UInt8]?) {
        guard let hash = OpaqueSecret.hash(secret) else { throw AccountError.linkInvalid }
        let row = try connection.row(
            """
            SELECT account, data FROM links
            WHERE hash = \(hash) AND purpose = \(purpose.rawValue) AND ends > \(now)
            """)
        guard let row, try connection.run("DELETE FROM links WHERE hash = \(hash)") == 1 else {
            throw AccountError.linkInvalid
        }
        return (try row.optionalText("account"), try row.optionalBlob("data"))
    }
}
