/// Somebody whose tokens are accepted, and what these must hold. Nothing has a default that would
/// switch a check off: a verifier without issuer, audience, type, age or keys can't be made.
public struct TokenIssuer: Sendable {
    /// The exact `iss`.
    public var issuer: String
    /// What we are called: the token's `aud` must hold one of these.
    public var audience: [String]
    /// The `typ` of its tokens, such as `at+jwt` (RFC 9068); in any case, with or without
    /// `application/`. Keeps tokens made for another purpose out.
    public var type: String
    /// The oldest token accepted, counted from `iat`, whatever `exp` says.
    public var maxAge: Duration
    /// How far its clock and ours may differ.
    public var leeway: Duration
    /// The claim that holds roles, as a string or a list.
    public var rolesClaim: String
    /// Further claims that are kept, where they are texts: what tiers of limits ask for.
    package var claims: [String] = []
    /// Its keys, each pinned to one algorithm.
    public var keys: [VerificationKey]
    /// Keys that change, in place of `keys`.
    package var keySource: (any VerificationKeySource)?

    /// States whose tokens are accepted; `TokenVerifier` checks it.
    /// - Parameters:
    ///   - maxAge: more than zero, at most 10 years.
    ///   - leeway: zero to five minutes.
    public init(
        issuer: String, audience: [String], type: String, maxAge: Duration,
        leeway: Duration = .seconds(30), rolesClaim: String = "roles", keys: [VerificationKey]
    ) {
        self.issuer = issuer
        self.audience = audience
        self.type = type
        self.maxAge = maxAge
        self.leeway = leeway
        self.rolesClaim = rolesClaim
        self.keys = keys
    }
}
