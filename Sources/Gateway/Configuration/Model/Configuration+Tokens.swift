public import GatehouseCore

extension Configuration {
    /// Whose tokens are accepted (RFC 7519, RFC 9068).
    public struct Tokens: Sendable {
        /// Nobody's, unless listed.
        public var issuers: [Issuer] = []

        /// No issuer.
        public init() {}

        static let section = Section<Tokens>(
            "`tokens`", Tokens(),
            [
                Field(
                    "issuers", \.issuers,
                    .list(of: .section(Issuer.section), "issuers", in: 1...100),
                    "Who may issue tokens. Without any, only routes for `anyone` can be used.")
            ])
    }

    /// One issuer and what its tokens must hold.
    public struct Issuer: Sendable {
        /// The exact `iss`.
        public var issuer = ""
        /// The tokens' `aud` must hold one of these.
        public var audience: [String] = []
        /// The exact `typ`, in any case. Default `at+jwt`.
        public var type = "at+jwt"
        /// The oldest token accepted, from `iat`. Default 1h.
        public var maxAge = Duration.seconds(3_600)
        /// How far clocks may differ. Default 30s.
        public var leeway = Duration.seconds(30)
        /// The claim that holds roles. Default `roles`.
        public var rolesClaim = "roles"
        /// Keys.
        public var keys: [TokenKey] = []
        /// Path of a JWK Set file (RFC 7517), or nil.
        public var jwks: String?
        /// Address of a JWK Set, or nil.
        public var jwksURL: String?
        /// Path of certificates that the server of `jwksURL` is checked with, or nil.
        public var jwksAuthority: String?

        /// An issuer with the defaults.
        public init(issuer: String, audience: [String], keys: [TokenKey] = []) {
            self.issuer = issuer
            self.audience = audience
            self.keys = keys
        }
    }

    /// A key that checks tokens. Its algorithm is fixed: the token has no say.
    public struct TokenKey: Sendable {
        /// Signature algorithms (RFC 7518, RFC 8037).
        public enum Algorithm: String, CaseIterable, Sendable {
            /// HMAC with SHA-256 and a shared secret.
            case hs256 = "HS256"
            /// RSASSA-PKCS1-v1_5 with SHA-256.
            case rs256 = "RS256"
            /// RSASSA-PSS with SHA-256.
            case ps256 = "PS256"
            /// ECDSA with P-256 and SHA-256.
            case es256 = "ES256"
            /// Ed25519 (`EdDSA` in tokens).
            case ed25519 = "EdDSA"
            /// HMAC with SHA-384.
            case hs384 = "HS384"
            /// HMAC with SHA-512.
            case hs512 = "HS512"
            /// RSASSA-PKCS1-v1_5 with SHA-384.
            case rs384 = "RS384"
            /// RSASSA-PKCS1-v1_5 with SHA-512.
            case rs512 = "RS512"
            /// RSASSA-PSS with SHA-384.
            case ps384 = "PS384"
            /// RSASSA-PSS with SHA-512.
            case ps512 = "PS512"
            /// ECDSA with P-384 and SHA-384.
            case es384 = "ES384"
            /// ECDSA with P-521 and SHA-512.
            case es512 = "ES512"
            /// Ed448.
            case ed448 = "Ed448"
        }

        /// What it checks with.
        public enum Material: Sendable {
            /// A shared secret of 32 bytes or more.
            case secret(Redacted<[UInt8]>)
            /// Path of a public key as a PEM file.
            case publicKey(String)
        }

        /// The `kid` of tokens that it checks; nil for tokens without one.
        public var kid: String?
        /// Its algorithm.
        public var algorithm: Algorithm
        /// What it checks with.
        public var material: Material
        fileprivate var secret: Redacted<[UInt8]>?
        fileprivate var publicKey: String?

        /// A key.
        public init(kid: String?, algorithm: Algorithm, material: Material) {
            self.kid = kid
            self.algorithm = algorithm
            self.material = material
        }
    }
}

extension Configuration.Issuer {
    static let section = Section<Self>(
        "an issuer", Self(issuer: "", audience: []), claims + keyring
    ) {
        issuer, node, decoding in
        if issuer.keys.isEmpty, issuer.jwks == nil, issuer.jwksURL == nil {
            decoding.refuse(
                node, "an issuer without keys", found: "neither `keys`, `jwks` nor `jwks-url`",
                expected: "`keys`, `jwks` or both, or `jwks-url`")
        }
        if let url = issuer.jwksURL {
            let isLocal = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"]
                .contains { url.hasPrefix($0) }
            if !url.hasPrefix("https://"), !isLocal {
                decoding.refuse(
                    node, "keys over a connection that anybody can change",
                    found: "`\(url.printable(max: 100))`", expected: "an `https` address")
            }
            if !issuer.keys.isEmpty || issuer.jwks != nil {
                decoding.refuse(
                    node, "fixed keys beside keys that change",
                    found: "`jwks-url` with `keys` or `jwks`", expected: "one of them")
            }
        }
        var seen: Set<String> = []
        for key in issuer.keys where !seen.insert(key.kid ?? "").inserted {
            decoding.refuse(
                node, "two keys of one name",
                found: key.kid.map { "`\($0.printable(max: 60))` twice" }
                    ?? "two keys without `kid`",
                expected: "a `kid` for each key, all different")
        }
    }

    private static let claims: [Field<Self>] = [
        Field(
            "issuer", \.issuer, .text("the tokens' `iss`", max: 512), "The tokens' `iss`, exactly.",
            isRequired: true),
        Field(
            "audience", \.audience,
            .oneOrMore(of: .text("an audience", max: 512), "audiences", max: 16),
            "The tokens' `aud` must hold it, or one of these.", isRequired: true),
        Field(
            "type", \.type, .text("the tokens' `typ`", max: 64),
            "The tokens' `typ`: keeps tokens made for another purpose out."),
        Field(
            "max-age", \.maxAge, .duration(.seconds(1)...(.seconds(365 * 86_400))),
            "The oldest token accepted, counted from its `iat`."),
        Field(
            "leeway", \.leeway, .duration(.seconds(0)...(.seconds(300))),
            "How far clocks may differ."),
        Field(
            "roles-claim", \.rolesClaim, .text("a claim's name", max: 256),
            "The claim that holds roles: text, or a list."),
    ]

    private static let keyring: [Field<Self>] = [
        Field(
            "keys", \.keys,
            .list(of: .section(Configuration.TokenKey.section), "keys", in: 1...100),
            "Keys that check the tokens."),
        Field(
            "jwks-url", \.jwksURL, Kind.text("an https address", max: 1_024).optional,
            "Address of a JWK Set. It is asked for in the background, and kept while the server is "
                + "away."),
        Field(
            "jwks-authority", \.jwksAuthority, Kind.file("certificates (PEM)").optional,
            "Certificates that the server of `jwks-url` is checked with.",
            shownDefault: "the system's"),
        Field(
            "jwks", \.jwks, Kind.file("a JWK Set file").optional,
            "A JWK Set file with further keys; read again on reload."),
    ]
}

extension Configuration.TokenKey {
    static let section = Section<Self>(
        "a token key", Self(kid: nil, algorithm: .es256, material: .publicKey("")),
        [
            Field(
                "kid", \.kid, Kind.text("a key id", max: 256).optional,
                "The `kid` of tokens that it checks.", shownDefault: "tokens without `kid`"),
            Field(
                "algorithm", \.algorithm, .choice,
                "The one algorithm that it checks; `EdDSA` means Ed25519.", isRequired: true),
            Field(
                "secret", \.secret, Kind.secret(bytesMin: 32).optional,
                "For `HS256`, `HS384` and `HS512`: where the shared secret is, `{ env: NAME }` or "
                    + "`{ file: PATH }`. Others must not be able to read the file; a final newline "
                    + "is cut off."),
            Field(
                "public-key", \.publicKey, Kind.file("a PEM file with a public key").optional,
                "For the other algorithms: PEM file with the public key."),
        ]
    ) { key, node, decoding in
        let isShared = [.hs256, .hs384, .hs512].contains(key.algorithm)
        let wanted = isShared ? "secret" : "public-key"
        switch (key.secret, key.publicKey) {
        case (let secret?, nil) where isShared: key.material = .secret(secret)
        case (nil, let path?) where !isShared: key.material = .publicKey(path)
        default:
            let found = [
                key.secret.map { _ in "`secret`" }, key.publicKey.map { _ in "`public-key`" },
            ]
            decoding.refuse(
                node, "a key that does not fit its algorithm",
                found: found.compactMap(\.self).joined(separator: " and ").orNothing,
                expected: "`\(wanted)` alone, for `\(key.algorithm.rawValue)`")
        }
        key.secret = nil
    }
}

extension String {
    fileprivate var orNothing: String { isEmpty ? "neither `secret` nor `public-key`" : self }
}
