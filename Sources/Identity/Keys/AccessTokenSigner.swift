package import GatehouseCore
import GatehouseCrypto

/// Makes the access tokens of our own accounts (RFC 9068).
package struct AccessTokenSigner: Sendable {
    /// What a token says.
    package struct Claims: Sendable {
        /// The account's id.
        package var subject: String
        /// The session and its account's epoch.
        package var session: SessionReference
        /// Names of roles.
        package var roles: [String]
        /// Permissions that restrict the token; empty for none.
        package var permissions: [String] = []
        /// The account's tenant.
        package var tenant: String?
        /// How and when its owner was authenticated.
        package var authentication: AuthenticationFacts

        /// The claims of one session.
        package init(
            subject: String, session: SessionReference, roles: [String], tenant: String? = nil,
            authentication: AuthenticationFacts
        ) {
            self.subject = subject
            self.session = session
            self.roles = roles
            self.tenant = tenant
            self.authentication = authentication
        }
    }

    private let keys: SigningKeys
    /// The tokens' `iss`.
    package let issuer: String
    /// The tokens' `aud`.
    package let audience: String
    /// How long a token is good.
    package let lifetime: Duration

    /// Signs with `keys`.
    package init(keys: SigningKeys, issuer: String, audience: String, lifetime: Duration) {
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
    }

    /// What our own verifier demands of these tokens.
    package var rules: TokenIssuer {
        var rules = TokenIssuer(
            issuer: issuer, audience: [audience], type: "at+jwt", maxAge: lifetime,
            leeway: .seconds(5), keys: [])
        rules.keySource = keys
        return rules
    }

    /// A token and its end.
    package func sign(_ claims: Claims, now: WallTime) -> (token: [UInt8], expires: WallTime) {
        let end = WallTime(seconds: now.seconds.saturatingAdd(lifetime.components.seconds))
        var json = JSONWriter()
        json.beginObject()
        json.key("iss")
        json.string(issuer)
        json.key("aud")
        json.string(audience)
        json.key("sub")
        json.string(claims.subject)
        json.key("sid")
        json.string(claims.session.id)
        json.key("epoch")
        json.number(Int(claims.session.epoch))
        json.key("jti")
        json.string(Base64URL.encode(SecureRandom.bytes(16).raw))
        json.key("iat")
        json.number(Int(now.seconds))
        json.key("exp")
        json.number(Int(end.seconds))
        write(claims.roles, "roles", to: &json)
        if !claims.permissions.isEmpty { write(claims.permissions, "permissions", to: &json) }
        if let tenant = claims.tenant {
            json.key("tenant")
            json.string(tenant)
        }
        write(claims.authentication.methods, "amr", to: &json)
        if let context = claims.authentication.context {
            json.key("acr")
            json.string(context)
        }
        if let time = claims.authentication.time {
            json.key("auth_time")
            json.number(Int(time.seconds))
        }
        json.endObject()
        return (keys.sign(claims: json.finish(), type: "at+jwt"), end)
    }

    private func write(_ names: [String], _ key: StaticString, to json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for name in names { json.string(name) }
        json.endArray()
    }
}
