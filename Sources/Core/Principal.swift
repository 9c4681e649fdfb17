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

    /// States who is calling.
    public init(
        subject: String, roles: [String] = [], permissions: [String] = [], issuer: String,
        credentialID: String? = nil, expires: WallTime
    ) {
        self.subject = subject
        self.roles = roles
        self.permissions = permissions
        self.issuer = issuer
        self.credentialID = credentialID
        self.expires = expires
    }
}
