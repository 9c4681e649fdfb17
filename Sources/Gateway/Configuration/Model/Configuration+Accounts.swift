public import GatehouseCore

extension Configuration {
    /// Accounts that the gateway keeps: sign-in, sessions, second factors, API keys.
    public struct Accounts: Sendable {
        /// Who may make an account.
        public enum Registration: String, CaseIterable, Sendable {
            /// Everybody.
            case open
            /// Administrators alone.
            case closed
        }

        /// Whether accounts have a second factor.
        public enum SecondFactor: String, CaseIterable, Sendable {
            /// Nobody can have one.
            case never
            /// Whoever wants.
            case optional
            /// All accounts, or those with one of `secondFactorRoles`, must.
            case required
        }

        /// The hash of one-time codes.
        public enum CodeAlgorithm: String, CaseIterable, Sendable {
            /// What every authenticator app knows; sound here.
            case sha1 = "SHA1"
            /// SHA-256.
            case sha256 = "SHA256"
            /// SHA-512.
            case sha512 = "SHA512"
        }

        /// Where the keys that sign are kept.
        public enum KeyPlace: String, CaseIterable, Sendable {
            /// Files in the data folder: one gate.
            case folder
            /// The database of accounts: all gates on it sign with the same keys.
            case database
        }

        /// Where accounts are kept: a path, or `postgres://…`; nil for `accounts.db` in the data
        /// folder.
        public var database: String?
        /// Where the keys that sign are kept; nil for the database when that is PostgreSQL, else
        /// the data folder.
        public var keys: KeyPlace?
        /// What the database's content is sealed with.
        public var seal = SealKey()
        /// What mails and authenticator apps call the service.
        public var serviceName = "Gatehouse"
        /// The address of this gate for links in mails; nil for the first host and listener.
        public var url: String?
        /// The tokens' `iss`. Default `gatehouse`.
        public var issuer = "gatehouse"
        /// The tokens' `aud`. Default `gatehouse`.
        public var audience = "gatehouse"
        /// How long an access token is good. Default 10m.
        public var accessTokenLife = Duration.seconds(600)
        /// When an unused session ends. Default 30 days.
        public var refreshIdle = Duration.seconds(30 * 86_400)
        /// When every session ends. Default 90 days.
        public var sessionMax = Duration.seconds(90 * 86_400)
        /// Who may register. Default open.
        public var registration = Registration.open
        /// Whether an address must be confirmed. Default true.
        public var confirmEmail = true
        /// Second factors. Default optional.
        public var secondFactor = SecondFactor.optional
        /// Roles that must have one; empty for all, when it is required.
        public var secondFactorRoles: [String] = []
        /// The hash of codes of new second factors. Default SHA1, as some apps know no other.
        public var codeAlgorithm = CodeAlgorithm.sha1
        /// Digits of codes of new second factors: 6 or 8. Default 6.
        public var codeDigits = 6
        /// How long hashing one password may take when the cost is chosen. Default 50 ms.
        public var passwordHashTime = Duration.milliseconds(50)
        /// Whether browsers may keep tokens in cookies. Default true.
        public var cookies = true
        /// Path of a filter of leaked passwords, or nil.
        public var breachFilter: String?
        /// How mails are sent.
        public var mail = Mail()

        /// The defaults.
        public init() {}
    }

    /// The key that seals what a database holds.
    public struct SealKey: Sendable {
        /// The key; nil for a file in the data folder.
        public var key: Redacted<[UInt8]>?

        /// A file in the data folder, made on the first run.
        public init() {}

        static let section = Section<SealKey>(
            "`seal`", SealKey(),
            [
                Field(
                    "key", \.key, Kind.secret(bytesMin: 32).optional,
                    "At least 32 random bytes. Several gates on one database share it.",
                    shownDefault: "`seal.key` in `data`, made on the first run")
            ])
    }

    /// How mails leave.
    public struct Mail: Sendable {
        /// `From`. Default `gatehouse@localhost`.
        public var from = "gatehouse@localhost"
        /// `smtp://host:587` (with STARTTLS) or `smtps://host:465`; nil for a folder.
        public var smtp: String?
        /// The account at the mail server, or nil.
        public var user: String?
        /// Its password.
        public var password: Redacted<[UInt8]>?
        /// Path of certificates (PEM) that the mail server's is checked with; nil for the system's.
        public var authority: String?
        /// Sends also where the mail server offers no TLS.
        public var dangerouslyAllowPlaintext = false

        /// Mails go to the folder `mail` in the data folder.
        public init() {}
    }
}

extension Configuration.Accounts {
    static let section = Section<Self>("`accounts`", Self(), keeping + rules) {
        accounts, node, decoding in
        if accounts.secondFactor != .required, !accounts.secondFactorRoles.isEmpty {
            decoding.refuse(
                node, "roles for a factor that is not required",
                found:
                    "`second-factor-roles` with `second-factor: \(accounts.secondFactor.rawValue)`",
                expected: "`second-factor: required`")
        }
        if accounts.codeDigits == 7 {
            decoding.refuse(
                node, "codes that few apps can show", found: "`code-digits: 7`",
                expected: "6 or 8")
        }
        if let database = accounts.database, !accounts.isOnServer {
            accounts.database = decoding.resolve(database)
        }
    }

    /// Whether accounts are on a database server, which other gates may use too.
    package var isOnServer: Bool {
        guard let database else { return false }
        return database.hasPrefix("postgres://") || database.hasPrefix("postgresql://")
    }

    /// Whether the keys that sign are in the database.
    package var sharesKeys: Bool { (keys ?? (isOnServer ? .database : .folder)) == .database }

    private static let day = Duration.seconds(86_400)

    private static let keeping: [Field<Self>] = [
        Field(
            "database", \.database, Kind.databasePlace.optional,
            "Where accounts are kept: a file (SQLite), or a PostgreSQL server for several gates. "
                + "An address with a password comes from `{ env: NAME }` or `{ file: PATH }`.",
            shownDefault: "`accounts.db` in `data`"),
        Field(
            "keys", \.keys, Kind<KeyPlace>.choice.optional,
            "Where the keys that sign tokens are kept, sealed. Gates that share a database keep "
                + "them there.",
            shownDefault: "`database` on PostgreSQL, else `folder`"),
        Field(
            "seal", \.seal, .section(Configuration.SealKey.section),
            "What addresses and secrets in the database are sealed with."),
        Field(
            "service-name", \.serviceName, .text("a name", max: 64),
            "What mails and authenticator apps call the service."),
        Field(
            "url", \.url, Kind.text("an https address", max: 512).optional,
            "Where this gate is reached, for links in mails.",
            shownDefault: "the first of `hosts` and its listener"),
        Field("issuer", \.issuer, .text("the tokens' `iss`", max: 512), "The tokens' `iss`."),
        Field("audience", \.audience, .text("the tokens' `aud`", max: 512), "The tokens' `aud`."),
        Field("mail", \.mail, .section(Configuration.Mail.section), "How mails are sent."),
    ]

    private static let rules: [Field<Self>] = [
        Field(
            "access-token-life", \.accessTokenLife, .duration(.seconds(60)...(.seconds(3_600))),
            "How long an access token is good."),
        Field(
            "refresh-idle", \.refreshIdle, .duration(.seconds(300)...(day * 366)),
            "When a session that is not used ends."),
        Field(
            "session-max", \.sessionMax, .duration(.seconds(300)...(day * 366)),
            "When a session ends, used or not."),
        Field("registration", \.registration, .choice, "Who may make an account."),
        Field(
            "confirm-email", \.confirmEmail, .bool,
            "Whether an address must be confirmed before the first sign-in."),
        Field("second-factor", \.secondFactor, .choice, "Whether accounts have a second factor."),
        Field(
            "second-factor-roles", \.secondFactorRoles,
            .unique(of: .grant, "roles", in: 0...100),
            "Roles that must have one, when it is `required`.", shownDefault: "all accounts"),
        Field(
            "code-algorithm", \.codeAlgorithm, .choice,
            "Hash of the codes of new second factors. Some authenticator apps know SHA1 alone, and "
                + "show wrong codes for others."),
        Field(
            "code-digits", \.codeDigits, .integer(6...8),
            "Digits of the codes of new second factors: 6 or 8."),
        Field(
            "password-hash-time", \.passwordHashTime,
            .duration(.milliseconds(10)...(.milliseconds(1_000))),
            "How long hashing one password may take. On the first run the passes of Argon2id that "
                + "fit are counted and kept in the database; never fewer than OWASP's two."),
        Field(
            "cookies", \.cookies, .bool,
            "Whether browsers may keep their tokens in cookies, for the pages under `/account`."),
        Field(
            "breach-filter", \.breachFilter,
            Kind.path.optional,
            "A filter of leaked passwords that `gatehouse breach import` made."),
    ]
}

extension Configuration.Mail {
    static let section = Section<Self>(
        "`mail`", Self(),
        [
            Field("from", \.from, .text("an e-mail address", max: 254), "The sender's address."),
            Field(
                "smtp", \.smtp,
                Kind.text("`smtp://HOST:PORT` or `smtps://HOST:PORT`", max: 512).optional,
                "The mail server; `smtp` demands STARTTLS.",
                shownDefault: "mails go to the folder `mail` in `data`"),
            Field(
                "user", \.user, Kind.text("a name", max: 254).optional,
                "The account at the mail server."),
            Field(
                "password", \.password, Kind.secret(bytesMin: 1).optional, "The account's password."
            ),
            Field(
                "authority", \.authority, Kind.file("certificates (PEM)").optional,
                "Certificates that the mail server's is checked with.",
                shownDefault: "the system's"),
            Field(
                "dangerously-allow-plaintext", \.dangerouslyAllowPlaintext, .bool,
                "Sends also where the mail server offers no TLS."),
        ]
    ) { mail, node, decoding in
        if let smtp = mail.smtp, !smtp.hasPrefix("smtp://"), !smtp.hasPrefix("smtps://") {
            decoding.refuse(
                node, "no address of a mail server", found: "`\(smtp.printable(max: 60))`",
                expected: "`smtp://HOST:PORT` or `smtps://HOST:PORT`")
        }
        if (mail.user == nil) != (mail.password == nil) {
            decoding.refuse(
                node, "half a mail account", found: "one of `user` and `password`",
                expected: "both or neither")
        }
    }
}

extension Kind where Value == String {
    /// A path or the address of a database server; one that holds a password stands elsewhere.
    fileprivate static var databasePlace: Kind {
        let text = Kind.text("a path or `postgres://…`", max: 4_000)
        let apart = Kind<Redacted<[UInt8]>>.secret(bytesMin: 1)
        var kind = Kind(
            "a path, `postgres://…`, `{ env: NAME }` or `{ file: PATH }`", write: text.write
        ) { node, decoding in
            guard case .mapping = node.content else { return text.read(node, &decoding) }
            return apart.read(node, &decoding).flatMap { secret in
                String(validating: secret.dangerouslyRevealed, as: UTF8.self)
            }
        }
        kind.isSecret = true
        return kind
    }
}
