/// Who is calling, as proved by a credential: an immutable snapshot.
public final class Principal: Sendable {
    /// The credential's subject (`sub`).
    public let subject: String
    /// Names of roles; compared exactly and whole, never by substring.
    public let roles: [String]
    /// Names of permissions (`scope` and `permissions` claims).
    public let permissions: [String]
    /// Who vouched (`iss`).
    public let issuer: String
    /// The credential's own id (`jti`), when it has one.
    public let credentialID: String?
    /// When the credential stops being good.
    public let expires: WallTime
    /// The tenant that the caller belongs to (`tenant`), when the issuer knows tenants.
    public let tenant: String?
    /// The session that the credential belongs to (`sid`), when it belongs to one.
    public let session: SessionReference?
    /// How the caller proved who they are.
    public let authentication: AuthenticationFacts
    /// Further claims that the configuration asks for, such as a plan: texts, by their names.
    public let claims: [String: String]

    /// States who is calling.
    public init(
        subject: String, roles: [String] = [], permissions: [String] = [], issuer: String,
        credentialID: String? = nil, expires: WallTime, tenant: String? = nil,
        session: SessionReference? = nil, authentication: AuthenticationFacts = .unknown,
        claims: [String: String] = [:]
    ) {
        self.subject = subject
        self.roles = roles
        self.permissions = permissions
        self.issuer = issuer
        self.credentialID = credentialID
        self.expires = expires
        self.tenant = tenant
        self.session = session
        self.authentication = authentication
        self.claims = claims
    }
}

/// The session behind a credential, for revocation that takes effect at once.
public struct SessionReference: Hashable, Sendable {
    /// The session's id (`sid`).
    public let id: String
    /// The account's session epoch when the credential was made (`epoch`): a credential of an
    /// earlier epoch than the account's is no good any more.
    public let epoch: Int64

    /// Names a session.
    public init(id: String, epoch: Int64) {
        self.id = id
        self.epoch = epoch
    }
}

/// How and when a caller proved who they are (OpenID Connect Core section 2, RFC 8176, RFC 9470).
public struct AuthenticationFacts: Hashable, Sendable {
    /// Methods used (`amr`): `pwd`, `otp`, `mfa`, `hwk`, `rc` …
    public let methods: [String]
    /// The class of authentication (`acr`), when the issuer states one.
    public let context: String?
    /// When the caller last proved it (`auth_time`); nil when the issuer does not say.
    public let time: WallTime?

    /// States how a caller was authenticated.
    public init(methods: [String] = [], context: String? = nil, time: WallTime? = nil) {
        self.methods = methods
        self.context = context
        self.time = time
    }

    /// Nothing is known.
    public static let unknown = AuthenticationFacts()
}
