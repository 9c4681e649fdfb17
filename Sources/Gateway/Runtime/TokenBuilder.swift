public import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity

/// Makes issuers and their keys of the configuration.
struct TokenBuilder {
    /// Keeps the sets of other issuers; nil for a look without the network.
    var remote: RemoteKeySets?
    /// Further claims that limits ask for.
    var claims: [String] = []

    func build(_ tokens: Configuration.Tokens) throws(ConfigurationError) -> [TokenIssuer] {
        var issuers: [TokenIssuer] = []
        for settings in tokens.issuers {
            var keys: [VerificationKey] = []
            for key in settings.keys { keys.append(try self.key(key)) }
            if let path = settings.jwks {
                let json = try content(path)
                keys += try JWKSet(json.raw).keys
            }
            var issuer = TokenIssuer(
                issuer: settings.issuer, audience: settings.audience, type: settings.type,
                maxAge: settings.maxAge, leeway: settings.leeway,
                rolesClaim: settings.rolesClaim, keys: keys)
            issuer.claims = claims
            if let url = settings.jwksURL {
                issuer.keySource =
                    remote?.set(
                        url, authority: settings.jwksAuthority,
                        allowsPlaintext: url.hasPrefix("http://")) ?? RemoteJWKS(url: url)
            }
            issuers.append(issuer)
        }
        return issuers
    }

    private func key(_ key: Configuration.TokenKey) throws(ConfigurationError) -> VerificationKey {
        guard let algorithm = SignatureAlgorithm(rawValue: key.algorithm.rawValue) else {
            throw .invalid("algorithm", "\(key.algorithm.rawValue) is not supported")
        }
        switch key.material {
        case .secret(let secret):
            return try checked(key) { () throws(KeyError) in
                try VerificationKey(keyID: key.kid, algorithm: algorithm, secret: secret)
            }
        case .publicKey(let path):
            let pem = try content(path)
            return try checked(key) { () throws(KeyError) in
                try VerificationKey(
                    keyID: key.kid, algorithm: algorithm, publicKey: try PublicKey(pem: pem.raw))
            }
        }
    }

    private func checked(
        _ key: Configuration.TokenKey, _ make: () throws(KeyError) -> VerificationKey
    ) throws(ConfigurationError) -> VerificationKey {
        do throws(KeyError) { return try make() } catch {
            throw .invalid("keys.\(key.kid ?? "")", error.description)
        }
    }

    private func content(_ path: String) throws(ConfigurationError) -> [UInt8] {
        switch FileLook(path: path, bytesMax: JWKSet.bytesMax.bytes) {
        case .content(let content, _): return content.dangerouslyRevealed
        case .failure(let why): throw .invalid(path, why)
        }
    }
}

extension QuickStart {
    /// A token of the development issuer, good for an hour; nil without one in the configuration.
    public static func token(_ configuration: Configuration, now: WallTime) -> String? {
        let issuers = configuration.tokens.issuers
        guard let issuer = issuers.first(where: { $0.issuer == QuickStart.issuer }),
            let material = issuer.keys.first?.material, case .secret(let secret) = material
        else { return nil }
        let key: HMACKey
        do throws(KeyError) { key = try HMACKey(secret, algorithm: .sha256) } catch { return nil }
        var header = JSONWriter()
        header.beginObject()
        header.key("alg")
        header.string("HS256")
        header.key("typ")
        header.string(issuer.type)
        header.key("kid")
        header.string(QuickStart.issuer)
        header.endObject()
        let signed =
            encoded(header.finish()) + "." + encoded(claims(issuer, now: now))
        let input = Array(signed.utf8)
        let tag = HMACContext(key).authenticate(input.raw)
        return signed + "." + encoded(tag)
    }

    private static func encoded(_ bytes: [UInt8]) -> String { Base64URL.encode(bytes.raw) }

    private static func claims(_ issuer: Configuration.Issuer, now: WallTime) -> [UInt8] {
        var claims = JSONWriter()
        claims.beginObject()
        claims.key("iss")
        claims.string(issuer.issuer)
        claims.key("aud")
        claims.string(issuer.audience.first ?? "")
        claims.key("sub")
        claims.string("developer")
        claims.key("roles")
        claims.beginArray()
        claims.string("admin")
        claims.endArray()
        claims.key("iat")
        claims.number(Int(now.seconds))
        claims.key("exp")
        claims.number(Int(now.seconds) + 3_600)
        claims.endObject()
        return claims.finish()
    }
}
