import GatehouseCore
import GatehouseCrypto
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import Testing

@Suite struct BearerAuthenticationTests {
    private let secret = Redacted(Array("0123456789abcdef0123456789ABCDEF".utf8))
    private let control: BearerAuthentication
    private static let base = #"Bearer realm="gatehouse""#
    private static let invalid =
        base + #", error="invalid_token", error_description="The access token is not valid""#
    private static let expired =
        base + #", error="invalid_token", error_description="The access token expired""#

    init() throws {
        let key = try VerificationKey(keyID: "k", algorithm: .hs256, secret: secret)
        let verifier = try TokenVerifier(issuers: [
            TokenIssuer(
                issuer: "id", audience: ["api"], type: "at+jwt", maxAge: .seconds(600), keys: [key])
        ])
        control = try BearerAuthentication(verifier: verifier)
    }

    private func token(exp: Int = 1_800_000_300) throws -> String {
        let header = Array(#"{"alg":"HS256","typ":"at+jwt","kid":"k"}"#.utf8)
        let payload = Array(
            #"{"iss":"id","aud":"api","sub":"u","iat":1799999990,"exp":\#(exp),"roles":"admin"}"#
                .utf8)
        let text = Base64URL.encode(header.raw) + "." + Base64URL.encode(payload.raw)
        let tag = HMACContext(try HMACKey(secret, algorithm: .sha256))
            .authenticate(Array(text.utf8).raw)
        return text + "." + Base64URL.encode(tag.raw)
    }

    private func refusal(
        _ values: String..., access: AccessRule? = .signedIn, at seconds: Int64 = 1_800_000_000
    ) -> Rejection? {
        control.refusal(
            makeRequest(values.map { (.authorization, $0) }, access: access, at: seconds))
    }

    @Test func `refuses a request without a token, and only where one is needed`() {
        for access in [AccessRule.signedIn, .roles(["a"]), .permissions(["b"])] {
            let rejection = refusal(access: access)
            #expect(rejection?.status == 401)
            #expect(rejection?.code == .tokenMissing)
            // RFC 6750 section 3.1: no error code when no credential was sent.
            #expect(rejection?.fields[.wwwAuthenticate] == Self.base)
        }
        #expect(refusal(access: .anyone) == nil)
        #expect(refusal(access: nil) == nil)
    }

    /// PITFALLS 7: any scheme passed.
    @Test(arguments: [
        "Basic dXNlcjpwYXNz", "Foo x.y.z", "Bearerx x.y.z", "Token a", "", "bear er x",
    ])
    func `does not take another scheme for Bearer`(_ value: String) {
        #expect(refusal(value)?.code == .tokenMissing)
        #expect(refusal(value, access: .anyone) == nil)
    }

    @Test func `refuses a bad token on every route`() throws {
        let good = try token()
        let bad = [
            "Bearer", "Bearer ", "Bearer  ", "Bearer x", "Bearer \(good) x",
            "Bearer \(good),\(good)",
            "Bearer \"\(good)\"", "Bearer \(good)=", "Bearer \(good.dropLast(2))",
            "Bearer \t\(good)",
            "Bearer a b", "Bearer \u{E9}",
        ]
        for value in bad {
            for access in [AccessRule.signedIn, .anyone] {
                let rejection = refusal(value, access: access)
                #expect(rejection?.status == 401, "\(value)")
                #expect(rejection?.code == .tokenInvalid, "\(value)")
                #expect(rejection?.fields[.wwwAuthenticate] == Self.invalid)
                #expect(rejection?.detail.isEmpty == false)
            }
        }
    }

    @Test func `refuses two Authorization fields, even equal ones`() throws {
        let good = try token()
        #expect(refusal("Bearer \(good)", "Bearer \(good)")?.code == .tokenInvalid)
        #expect(refusal("Bearer \(good)", "Basic x")?.code == .tokenInvalid)
        #expect(refusal("Basic x", "Bearer \(good)", access: .anyone)?.code == .tokenInvalid)
    }

    @Test func `tells a client that its token expired, with cache and without`() throws {
        let value = "Bearer \(try token())"
        let storage = LoopStorage()
        for storage in [storage, nil] {
            let before = makeRequest([(.authorization, value)], access: .signedIn, storage: storage)
            #expect(control.refusal(before) == nil)
            let after = makeRequest(
                [(.authorization, value)], access: .anyone, storage: storage, at: 1_800_000_330)
            let rejection = control.refusal(after)
            #expect(rejection?.status == 401)
            #expect(rejection?.code == .tokenExpired)
            #expect(rejection?.detail == "expired")
            #expect(rejection?.fields[.wwwAuthenticate] == Self.expired)
            #expect(after.principal == nil)
        }
    }

    @Test func `the log learns why and the client does not`() throws {
        let changed = try token().replacing(".", with: "..", maxReplacements: 1)
        let rejection = refusal("Bearer \(changed)")
        #expect(rejection?.detail == "malformed: not three parts")
        #expect(rejection?.fields[.wwwAuthenticate] == Self.invalid)
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func `finds out who is calling`(_ scheme: String) throws {
        let value = try token()
        for spaces in [" ", "   "] {
            for access in [AccessRule.signedIn, .anyone] {
                let request = makeRequest(
                    [(.authorization, scheme + spaces + value)], access: access)
                #expect(control.refusal(request) == nil)
                #expect(request.principal?.subject == "u")
                #expect(request.principal?.roles == ["admin"])
            }
        }
    }

    @Test func `the same caller is the same object on every request of a loop`() throws {
        let storage = LoopStorage()
        let field = (FieldName.authorization, "Bearer \(try token())")
        let first = makeRequest([field], access: .signedIn, storage: storage)
        let second = makeRequest([field], access: .signedIn, storage: storage)
        #expect(control.refusal(first) == nil)
        #expect(control.refusal(second) == nil)
        #expect(first.principal != nil && first.principal === second.principal)
    }

    @Test func `without an issuer nobody can sign in`() throws {
        let control = try BearerAuthentication(verifier: nil)
        let field = (FieldName.authorization, "Bearer \(try token())")
        for fields in [[], [field]] {
            let rejection = control.refusal(makeRequest(fields, access: .signedIn))
            #expect(rejection?.code == .tokenMissing)
            #expect(rejection?.detail == "no issuer is configured")
        }
        // Whoever stands behind the gate may know the token.
        let request = makeRequest([field], access: .anyone)
        #expect(control.refusal(request) == nil)
        #expect(request.principal == nil)
    }

    @Test(arguments: [
        "", "a\"b", "a\\b", "a\r\nSet-Cookie: x", "é", String(repeating: "x", count: 129),
    ])
    func `refuses a realm that could split the field`(_ realm: String) {
        #expect(throws: ConfigurationError.self) {
            try BearerAuthentication(verifier: nil, realm: realm)
        }
        #expect(throws: ConfigurationError.self) { try RouteAuthorization(realm: realm) }
    }
}
