import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import GatehouseValidation
import Testing

@Suite struct TokenClaimTests {
    private let maker: TokenMaker
    private let verifier: TokenVerifier

    init() throws {
        maker = try TokenMaker()
        verifier = try maker.verifier()
    }

    private func refusal(
        _ changes: [String: String?], now: WallTime = TokenMaker.now
    ) throws -> TokenError? {
        verifier.refusal(try TokenMaker.hs256(TokenMaker.claims(changes)), now: now)
    }

    /// PITFALLS 3: no claim may be left out.
    @Test func `refuses tokens without a claim that is needed`() throws {
        for (name, claim) in [
            ("iss", TokenError.Claim.iss), ("sub", .sub), ("aud", .aud), ("exp", .exp),
            ("iat", .iat),
        ] {
            #expect(try refusal([name: nil as String?]) == .missingClaim(claim))
        }
        for name in ["jti", "roles", "scope"] {
            #expect(try refusal([name: nil as String?]) == nil)
        }
    }

    @Test func `refuses claims of another type`() throws {
        let bad: [(String, String, TokenError)] = [
            ("iss", "1", .malformedClaim(.iss)),
            ("iss", #"["https://id.example.com"]"#, .malformedClaim(.iss)),
            ("sub", "1", .malformedClaim(.sub)), ("sub", #""""#, .malformedClaim(.sub)),
            ("sub", "null", .malformedClaim(.sub)), ("aud", "1", .malformedClaim(.aud)),
            ("aud", #"["api",1]"#, .malformedClaim(.aud)),
            ("aud", #"{"api":1}"#, .malformedClaim(.aud)),
            ("exp", #""1800000300""#, .malformedClaim(.exp)),
            ("exp", "null", .malformedClaim(.exp)),
            ("exp", "true", .malformedClaim(.exp)), ("exp", "-1", .malformedClaim(.exp)),
            ("iat", "[]", .malformedClaim(.iat)), ("nbf", #""x""#, .malformedClaim(.nbf)),
            ("nbf", "null", .malformedClaim(.nbf)), ("jti", "1", .malformedClaim(.jti)),
            ("roles", "1", .malformedClaim(.roles)),
            ("roles", #"["a",1]"#, .malformedClaim(.roles)),
            ("roles", #"{"admin":true}"#, .malformedClaim(.roles)),
            ("scope", "[]", .malformedClaim(.scope)),
            ("permissions", #""all""#, .malformedClaim(.permissions)),
        ]
        for (name, value, error) in bad { #expect(try refusal([name: value]) == error, "\(name)") }
    }

    @Test func `refuses tokens of and for others`() throws {
        for issuer in [
            "https://id.example.com/", "https://ID.example.com", "http://id.example.com",
        ] {
            #expect(try refusal(["iss": #""\#(issuer)""#]) == .unknownIssuer)
        }
        for audience in [#""web""#, #""API""#, #""api ""#, "[]", #"["web"]"#, #"["apis","ap"]"#] {
            #expect(try refusal(["aud": audience]) == .wrongAudience)
        }
        for audience in [#""api""#, #"["web","api"]"#, #""\u0061pi""#] {
            #expect(try refusal(["aud": audience]) == nil)
        }
    }

    /// PITFALLS 1: `iat: Date.now()` and what is computed from it.
    @Test func `refuses dates in milliseconds`() throws {
        #expect(try refusal(["iat": "1800000000000"]) == .malformedClaim(.iat))
        #expect(try refusal(["exp": "1800003600000"]) == .malformedClaim(.exp))
        #expect(
            try refusal(["iat": "1800000000000", "exp": "1800000003600"]) == .malformedClaim(.iat))
    }

    @Test func `refuses dates that overflow, and reads those with fractions exactly`() throws {
        for number in [
            "9223372036854775807", "9223372036854775808", "1e400", "1e18", "1E+99",
            "99999999999999999999999999", "9223372037", "9223372036.9",
        ] { #expect(try refusal(["exp": number]) == .malformedClaim(.exp), "\(number)") }
        let start = WallTime(seconds: 1_800_000_330)
        // exp + leeway of 30 s is the first moment that is too late.
        for (number, nanoseconds) in [
            ("1800000300", 0), ("1800000300.0", 0), ("1.8000003e9", 0), ("18000003000e-1", 0),
            ("1800000300.5", 500_000_000), ("1800000300.000000001", 1),
            ("1800000300.0000000001", 0), ("1.8000003005E+9", 500_000_000),
            ("0.00000000018000003e19", 0), ("18000003000000000000000000e-16", 0),
        ] {
            let end = WallTime(nanoseconds: start.nanoseconds + Int64(nanoseconds))
            let before = WallTime(nanoseconds: end.nanoseconds - 1)
            #expect(try refusal(["exp": number], now: end) == .expired, "\(number)")
            #expect(try refusal(["exp": number], now: before) == nil, "\(number)")
        }
        #expect(try refusal(["exp": "0"]) == .expired)
        #expect(try refusal(["exp": "0e99"]) == .expired)
    }

    @Test func `is right at the edge of every clock`() throws {
        func at(_ seconds: Int64, _ nanoseconds: Int64 = 0) -> WallTime {
            WallTime(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
        }
        // iat 1799999990, exp 1800000300, leeway 30.
        #expect(try refusal([:], now: at(1_799_999_960)) == nil)
        #expect(try refusal([:], now: at(1_799_999_959, 999_999_999)) == .issuedInFuture)
        #expect(try refusal([:], now: at(1_800_000_329, 999_999_999)) == nil)
        #expect(try refusal([:], now: at(1_800_000_330)) == .expired)
        let early: [String: String?] = ["nbf": "1800000100"]
        #expect(try refusal(early, now: at(1_800_000_069, 999_999_999)) == .notYetValid)
        #expect(try refusal(early, now: at(1_800_000_070)) == nil)
        // Ten years of exp do not help: the maximum age is an hour from iat.
        let long: [String: String?] = ["exp": "2100000000"]
        #expect(try refusal(long, now: at(1_800_003_619, 999_999_999)) == nil)
        #expect(try refusal(long, now: at(1_800_003_620)) == .tooOld)
    }

    @Test func `tells who is calling`() throws {
        let token = try TokenMaker.hs256(
            TokenMaker.claims(["permissions": #"["a:b"]"#, "tenant": #""t7""#]))
        let bytes = Array(token.utf8)
        let verified = try verifier.verify(bytes.raw, now: TokenMaker.now)
        let principal = verified.principal
        #expect(principal.subject == "user-1")
        #expect(principal.issuer == "https://id.example.com")
        #expect(principal.roles == ["admin", "user"])
        #expect(principal.permissions == ["a:b", "items:read", "items:write"])
        #expect(principal.credentialID == "t-1")
        #expect(principal.expires == WallTime(seconds: 1_800_000_330))
        var tape = JSONTape()
        let payload = verified.claims
        let claims = try tape.parse(payload.raw)
        let tenant = claims["tenant"]?.string
        #expect(tenant == "t7")
    }

    @Test func `takes one role as a string, and no role as none`() throws {
        for (value, roles) in [
            (#""admin""#, ["admin"]), ("[]", []), (nil, []), (#"["a","b"]"#, ["a", "b"]),
        ] as [(String?, [String])] {
            let token = try TokenMaker.hs256(TokenMaker.claims(["roles": value]))
            let bytes = Array(token.utf8)
            let verified = try verifier.verify(bytes.raw, now: TokenMaker.now)
            #expect(verified.principal.roles == roles)
        }
    }

    @Test func `keeps issuers apart`() throws {
        var other = try maker.issuer([
            VerificationKey(keyID: "h1", algorithm: .es256, publicKey: maker.p256.publicKey)
        ])
        other.issuer = "https://other.example.com"
        other.rolesClaim = "https://other.example.com/roles"
        let both = try TokenVerifier(issuers: [maker.issuer(), other])
        let header = #"{"alg":"ES256","typ":"at+jwt","kid":"h1"}"#
        let claims = TokenMaker.claims([
            "iss": #""https://other.example.com""#, "https://other.example.com/roles": #""x""#,
        ])
        let token = Array(try maker.es256(header: header, claims).utf8)
        let verified = try both.verify(token.raw, now: TokenMaker.now)
        #expect(verified.principal.roles == ["x"])
        // One issuer's key does not vouch for another's claims.
        #expect(both.refusal(try TokenMaker.hs256(claims)) == .wrongAlgorithm)
        #expect(both.refusal(try maker.es256(header: header)) == .wrongAlgorithm)
        #expect(both.refusal(try TokenMaker.hs256()) == nil)
    }

    @Test func `can't be made without a rule`() throws {
        let good = try maker.issuer()
        #expect(throws: ConfigurationError.self) { try TokenVerifier(issuers: []) }
        #expect(throws: ConfigurationError.self) { try TokenVerifier(issuers: [good, good]) }
        let changes: [(inout TokenIssuer) -> Void] = [
            { $0.issuer = "" }, { $0.audience = [] }, { $0.audience = [""] }, { $0.type = "" },
            { $0.type = "application/" }, { $0.maxAge = .zero }, { $0.maxAge = .seconds(-1) },
            { $0.maxAge = .seconds(1_000_000_000) }, { $0.leeway = .seconds(301) },
            { $0.leeway = .seconds(-1) }, { $0.rolesClaim = "" }, { $0.keys = [] },
            { $0.keys.append($0.keys[0]) },
        ]
        for change in changes {
            var issuer = good
            change(&issuer)
            #expect(throws: ConfigurationError.self) { try TokenVerifier(issuers: [issuer]) }
        }
        let nameless = try VerificationKey(
            keyID: nil, algorithm: .hs256, secret: TokenMaker.secret)
        #expect(throws: ConfigurationError.self) {
            try TokenVerifier(issuers: [maker.issuer([nameless, nameless])])
        }
    }

    @Test func `pins a key to an algorithm that it can do`() throws {
        for algorithm in SignatureAlgorithm.allCases {
            let key = try? VerificationKey(
                keyID: nil, algorithm: algorithm, publicKey: maker.p256.publicKey)
            #expect((key != nil) == (algorithm == .es256))
            let secret = Redacted([UInt8](repeating: 1, count: 64))
            let shared = try? VerificationKey(keyID: nil, algorithm: algorithm, secret: secret)
            #expect((shared != nil) == algorithm.isSymmetric)
        }
        // PITFALLS 6: a secret shorter than the hash.
        #expect(throws: KeyError.tooShort(bits: 248, bitsMin: 256)) {
            try VerificationKey(
                keyID: nil, algorithm: .hs256,
                secret: Redacted([UInt8](repeating: 1, count: 31)))
        }
    }

    /// RFC 7515 appendix A.1: the example's key and token, whose claims are not enough for us.
    @Test func `agrees with the example of the RFC on the signature`() throws {
        let set = Array(
            (#"{"keys":[{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-E"#
                + #"stJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}"#).utf8)
        let keys = try JWKSet(set.raw, allowsSecrets: true).keys
        let verifier = try TokenVerifier(issuers: [
            TokenIssuer(
                issuer: "joe", audience: ["api"], type: "JWT", maxAge: .seconds(60), keys: keys)
        ])
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzOD"
            + "AsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        let good = token + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(verifier.refusal(good) == .missingClaim(.iat))
        let bad = token + ".eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(verifier.refusal(bad) == .badSignature)
    }
}
