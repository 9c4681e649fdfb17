import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity

/// Tokens: a file with the key's JWK Set on its first line and a token on its second.
enum TokenWork {
    private struct Prepared {
        let verifier: TokenVerifier
        let token: [UInt8]
    }

    private static func prepare(_ file: String) -> Prepared? {
        guard let bytes = contents(file) else { return nil }
        let lines = bytes.split(separator: 0x0A)
        guard lines.count == 2 else { return nil }
        let set = Array(lines[0])
        guard let keys = try? JWKSet(set.raw, allowsSecrets: true).keys else { return nil }
        let issuer = TokenIssuer(
            issuer: "https://id.example.com", audience: ["api"], type: "at+jwt",
            maxAge: .seconds(7_200), leeway: .seconds(30), keys: keys)
        guard let verifier = try? TokenVerifier(issuers: [issuer]) else { return nil }
        return Prepared(verifier: verifier, token: Array(lines[1]))
    }

    /// As a serving loop does it with a token that it sees for the first time: every check,
    /// signature included.
    static func verify(_ file: String) -> Work? { verify(file, remembers: .bytes(1)) }

    /// As a serving loop does it with a token that it saw before.
    static func verifyCached(_ file: String) -> Work? { verify(file, remembers: .mebibytes(8)) }

    private static func verify(_ file: String, remembers bytesMax: ByteCount) -> Work? {
        guard let prepared = prepare(file) else { return nil }
        let cache = VerifiedTokenCache(prepared.verifier, bytesMax: bytesMax)
        let now = WallTime.now
        return Work {
            do throws(TokenError) {
                _ = try cache.verify(prepared.token.raw, now: now)
                return true
            } catch { return false }
        }
    }

    /// One hash at OWASP's minimum: what bounds sign-ins for each core.
    static func argon2() -> Work? {
        let secret = Redacted(Array("nine quiet engines".utf8))
        return Work { !Argon2.hash(secret, cost: Argon2.Cost()).isEmpty }
    }
}
