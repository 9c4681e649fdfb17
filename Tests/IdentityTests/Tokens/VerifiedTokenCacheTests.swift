import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import Testing

@Suite struct VerifiedTokenCacheTests {
    private let maker: TokenMaker
    private let verifier: TokenVerifier

    init() throws {
        maker = try TokenMaker()
        verifier = try maker.verifier()
    }

    private func verdict(
        _ cache: VerifiedTokenCache, _ token: String, at seconds: Int64 = 1_800_000_000
    ) -> Result<VerifiedToken, TokenError> {
        let bytes = Array(token.utf8)
        do throws(TokenError) {
            return .success(try cache.verify(bytes.raw, now: WallTime(seconds: seconds)))
        } catch { return .failure(error) }
    }

    private func error(_ result: Result<VerifiedToken, TokenError>) -> TokenError? {
        if case .failure(let error) = result { return error }
        return nil
    }

    @Test func `never outlives exp, the maximum age or the clock's jumps`() throws {
        let cache = VerifiedTokenCache(verifier)
        let short = try TokenMaker.hs256()
        let long = try TokenMaker.hs256(
            TokenMaker.claims(["exp": "2100000000", "nbf": "1799999995"]))
        for token in [short, long] { #expect(error(verdict(cache, token)) == nil) }
        #expect(error(verdict(cache, short, at: 1_800_000_329)) == nil)
        #expect(error(verdict(cache, short, at: 1_800_000_330)) == .expired)
        #expect(error(verdict(cache, long, at: 1_800_003_619)) == nil)
        #expect(error(verdict(cache, long, at: 1_800_003_620)) == .tooOld)
        // A clock that is set back: what was good is in the future now.
        for token in [short, long] { #expect(error(verdict(cache, token)) == nil) }
        #expect(error(verdict(cache, short, at: 1_799_999_959)) == .issuedInFuture)
        #expect(error(verdict(cache, long, at: 1_799_999_964)) == .notYetValid)
    }

    @Test func `gives the same verdict and the same caller as long as a token is good`() throws {
        let cache = VerifiedTokenCache(verifier)
        let token = try maker.es256()
        let first = try verdict(cache, token).get()
        let second = try verdict(cache, token).get()
        #expect(first === second)
        #expect(first.principal === second.principal)
    }

    @Test func `never takes a token for another that looks like it`() throws {
        let cache = VerifiedTokenCache(verifier)
        let good = try TokenMaker.hs256()
        _ = try verdict(cache, good).get()
        let bytes = Array(good.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            #expect(error(verdict(cache, String(decoding: changed, as: UTF8.self))) != nil)
        }
        for count in 0..<bytes.count {
            let cut = String(decoding: bytes.prefix(count), as: UTF8.self)
            #expect(error(verdict(cache, cut)) != nil)
            #expect(
                error(verdict(cache, String(decoding: bytes.suffix(count), as: UTF8.self))) != nil)
        }
        #expect(error(verdict(cache, good)) == nil)
    }

    @Test func `does not remember what failed`() throws {
        let cache = VerifiedTokenCache(verifier)
        let early = try TokenMaker.hs256(TokenMaker.claims(["nbf": "1800000100"]))
        #expect(error(verdict(cache, early)) == .notYetValid)
        #expect(error(verdict(cache, early, at: 1_800_000_100)) == nil)
    }

    @Test func `stays within its bounds and goes on working`() throws {
        let few = VerifiedTokenCache(verifier, entriesMax: 8)
        let tight = VerifiedTokenCache(verifier, bytesMax: .kibibytes(16))
        let nothing = VerifiedTokenCache(verifier, bytesMax: .bytes(0))
        let tokens = try (0..<200).map {
            try TokenMaker.hs256(TokenMaker.claims(["sub": #""user-\#($0)""#]))
        }
        for round in 0..<2 {
            for (index, token) in tokens.enumerated() {
                for cache in [few, tight, nothing] {
                    let verified = try verdict(cache, token, at: 1_800_000_000 + Int64(round)).get()
                    #expect(verified.principal.subject == "user-\(index)")
                }
            }
        }
        #expect(few.byteCount <= 8 * 2_048)
        #expect(tight.byteCount <= 16_384)
        #expect(nothing.byteCount == 0)
    }

    @Test func `keeps a token in use when others come and go`() throws {
        let cache = VerifiedTokenCache(verifier, entriesMax: 4)
        let hot = try TokenMaker.hs256()
        let first = try verdict(cache, hot).get()
        for index in 0..<50 {
            let other = try TokenMaker.hs256(TokenMaker.claims(["sub": #""user-\#(index)""#]))
            _ = try verdict(cache, other).get()
            #expect(try verdict(cache, hot).get() === first)
        }
    }
}
