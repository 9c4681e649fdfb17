public import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

extension Configuration {
    /// The Redis that several gates share: counters of limits, sign-in failures, revocations and
    /// block lists.
    public struct Redis: Sendable {
        /// Where it is: `redis://`, `rediss://`, `redis+sentinel://`, `redis+cluster://` or
        /// `redis+unix://`.
        public var url = Redacted("")
        /// What names in Redis are hashed with, the same at every gate; nil to derive it from the
        /// password in the address.
        public var key: Redacted<[UInt8]>?
        /// Path of the only certificates (PEM) that count; nil for the system's.
        public var authority: String?
        /// The name that certificates must hold; nil for the address's host.
        public var serverName: String?
        /// Who we are to sentinels; nil for nobody in particular.
        public var sentinelUser: String?
        /// The password that sentinels ask for; nil for none.
        public var sentinelPassword: Redacted<[UInt8]>?
        /// What every name in Redis begins with. Default `gatehouse:`.
        public var prefix = "gatehouse:"
        /// How long a connection may take to be ready. Default 1s.
        public var connectTimeout = Duration.seconds(1)
        /// How long an answer may take. Default 250 ms.
        public var timeout = Duration.milliseconds(250)

        /// What happens while it can't be asked.
        public var whenUnavailable = Unavailable()

        /// A Redis at an address.
        public init(url: Redacted<String>) { self.url = url }

        static let section = Section<Redis>(
            "`redis`", Redis(url: Redacted("")),
            [
                Field(
                    "url", \.url, .serverAddress,
                    "`redis://host:6379/0`, `rediss://` with TLS, "
                        + "`redis+sentinel://host,host/0?master=name`, "
                        + "`redis+cluster://host,host` or `redis+unix:///path`; user and password "
                        + "as in `redis://user:password@host`, and then not in this file.",
                    isRequired: true),
                Field(
                    "key", \.key, Kind.secret(bytesMin: 32).optional,
                    "What names in Redis are hashed with: the same at every gate, and secret, so "
                        + "that nobody can aim at another's counter.",
                    shownDefault: "derived from the password in `url`"),
                Field(
                    "authority", \.authority, Kind.path.optional,
                    "Certificates (PEM) that the server's is checked with.",
                    shownDefault: "the system's"),
                Field(
                    "server-name", \.serverName, Kind.host.optional,
                    "The name that the server's certificate must hold.",
                    shownDefault: "the host in `url`"),
                Field(
                    "sentinel-user", \.sentinelUser, Kind.text("a name", max: 128).optional,
                    "The user that sentinels know.", shownDefault: "none"),
                Field(
                    "sentinel-password", \.sentinelPassword, Kind.secret(bytesMin: 1).optional,
                    "The password that sentinels ask for; the one in `url` is the servers'."),
                Field(
                    "prefix", \.prefix, .text("a prefix", max: 64),
                    "What every name in Redis begins with."),
                Field(
                    "connect-timeout", \.connectTimeout,
                    .duration(.milliseconds(50)...(.seconds(30))),
                    "How long a connection may take to be ready."),
                Field(
                    "timeout", \.timeout, .duration(.milliseconds(50)...(.seconds(10))),
                    "How long an answer may take. A slower one counts as none."),
                Field(
                    "when-unavailable", \.whenUnavailable, .section(Unavailable.section),
                    "What happens while it can't be asked: there is no default."),
            ],
            check: { redis, node, decoding in redis.check(node, &decoding) })

        /// What each part does while Redis can't be asked, or is too slow.
        public struct Unavailable: Sendable {
            /// What becomes of sign-ins, whose failures can't be counted for all gates.
            public enum SignIn: String, CaseIterable, Sendable {
                /// They are answered with 503.
                case refuse
                /// Each gate counts by itself.
                case local
            }

            /// What becomes of sessions that another gate may have ended.
            public enum Revocations: String, CaseIterable, Sendable {
                /// They are answered with 503.
                case refuse
                /// They are believed until they expire, in minutes.
                case allow
                /// They are believed if the database, which is asked all the time, does not say
                /// otherwise; with the database gone too they are answered with 503.
                case database
            }

            /// Of limits that don't say it themselves.
            public var limits: RateLimit.Unavailable?
            /// Of sign-ins; must be said where there are accounts.
            public var signIn: SignIn?
            /// Of sessions; must be said where there are accounts.
            public var revocations: Revocations?

            /// Nothing is said.
            public init() {}

            static let section = Section<Unavailable>(
                "`when-unavailable`", Unavailable(),
                [
                    Field(
                        "limits", \.limits, Kind<RateLimit.Unavailable>.choice.optional,
                        "Of limits that don't say it themselves: `refuse` answers 503, `allow` "
                            + "counts nothing, `local` counts in each gate against a share.",
                        shownDefault: "none: each limit says it"),
                    Field(
                        "sign-in", \.signIn, Kind<SignIn>.choice.optional,
                        "Of sign-ins: `refuse` answers 503, `local` counts failures in each gate.",
                        shownDefault: "none: must be said where there are accounts"),
                    Field(
                        "revocations", \.revocations, Kind<Revocations>.choice.optional,
                        "Of sessions that another gate may have ended: `refuse` answers 503, "
                            + "`database` believes the database, which is asked 20 times a second "
                            + "on PostgreSQL and twice a second as a file, "
                            + "`allow` believes the token.",
                        shownDefault: "none: must be said where there are accounts"),
                ])
        }
    }
}

extension Configuration.Redis {
    private func check(_ node: YAMLNode, _ decoding: inout Decoding) {
        do throws(ConfigurationError) {
            let parsed = try client()
            if key == nil, parsed.credentials == nil {
                decoding.refuse(
                    node, "nothing secret to hash names with",
                    found: "neither `key` nor a password in `url`",
                    expected: "`key: { env: NAME }`, the same at every gate",
                    suggestion: "make one with `openssl rand -hex 32`")
            }
            var isSentinel = false
            if case .sentinel = parsed.layout { isSentinel = true }
            if sentinelPassword == nil ? sentinelUser != nil : !isSentinel {
                decoding.refuse(
                    node, "credentials for sentinels that can't be used",
                    found: sentinelPassword == nil
                        ? "`sentinel-user` without `sentinel-password`"
                        : "`sentinel-password` without sentinels",
                    expected: "both, with an address that begins with `redis+sentinel`")
            }
            if parsed.encryption == nil, authority != nil || serverName != nil {
                decoding.refuse(
                    node, "certificates without TLS", found: "`authority` or `server-name`",
                    expected: "an address that begins with `rediss`")
            }
        } catch {
            decoding.refuse(
                node, "an address that can't be used", found: "not shown: it \(error.why)",
                expected: "`redis://host:port/0` or another form of docs/REDIS.md")
        }
    }

    /// What the client is made of.
    package func client() throws(ConfigurationError) -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url.dangerouslyRevealed)
        configuration.encryption?.authority = authority
        configuration.encryption?.serverName = serverName
        if let sentinelPassword {
            let text = String(decoding: sentinelPassword.dangerouslyRevealed, as: UTF8.self)
            configuration.sentinelCredentials = RedisConfiguration.Credentials(
                user: sentinelUser, password: Redacted(text))
        }
        configuration.limits.connectTimeout = connectTimeout
        configuration.limits.commandTimeout = timeout
        return configuration
    }

    /// The secret that counters' names are hashed with, the same at every gate.
    package func seed() throws(ConfigurationError) -> CounterSeed {
        let secret: Redacted<[UInt8]>
        if let key {
            secret = key
        } else if let credentials = try client().credentials {
            secret = Redacted(Array(credentials.password.dangerouslyRevealed.utf8))
        } else {
            throw .invalid("redis.key", "is missing, and the address has no password")
        }
        let bytes = OneTimeMAC.sha256.authenticate(Array("gatehouse counters".utf8), key: secret)
        let words = bytes.raw
        return CounterSeed(words.word(0), words.word(8))
    }

    /// Everything that a running gate can't change: compared, never shown.
    var fixedAtStart: [String] {
        [
            url.dangerouslyRevealed, key.map { "\($0.dangerouslyRevealed)" } ?? "",
            authority ?? "", serverName ?? "", sentinelUser ?? "",
            sentinelPassword.map { "\($0.dangerouslyRevealed)" } ?? "", prefix,
            "\(connectTimeout)", "\(timeout)", whenUnavailable.signIn?.rawValue ?? "",
            whenUnavailable.revocations?.rawValue ?? "",
        ]
    }

    /// The address without what is secret, for logs.
    package var place: String {
        guard let configuration = try? client() else { return "redis" }
        return switch configuration.layout {
        case .single(let address): address.description
        case .sentinel(let addresses, let master):
            "\(master) of \(addresses.map(\.description).joined(separator: ","))"
        case .cluster(let addresses): addresses.map(\.description).joined(separator: ",")
        }
    }
}

extension ConfigurationError {
    /// What is wrong, without the key that it is wrong with.
    fileprivate var why: String {
        switch self {
        case .invalid(_, let why): why
        }
    }
}

extension Kind where Value == Redacted<String> {
    /// The address of a server. One that holds a password stands elsewhere: in the environment or
    /// in a file.
    static var serverAddress: Kind {
        let apart = Kind<Redacted<[UInt8]>>.secret(bytesMin: 1)
        let name = "an address without a password, `{ env: NAME }` or `{ file: PATH }`"
        var kind = Kind(name, isSensitive: true, write: { _ in "none" }) { node, decoding in
            guard case .scalar(let text, _) = node.content, !node.isNull else {
                return apart.read(node, &decoding).flatMap { secret in
                    String(validating: secret.dangerouslyRevealed, as: UTF8.self).map {
                        Redacted($0)
                    }
                }
            }
            guard !text.contains("@"), !text.contains("${"), text.contains("://") else {
                decoding.hide(node)
                decoding.refuse(
                    node, "an address that may hold a secret",
                    found: "something that is not shown", expected: name,
                    suggestion: "keep it apart: `url: { env: REDIS_URL }`")
                return nil
            }
            return Redacted(text)
        }
        kind.isSecret = true
        return kind
    }
}
