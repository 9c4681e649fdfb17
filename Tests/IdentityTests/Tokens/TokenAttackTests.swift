import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import Testing

/// Ways in which verifiers were fooled; each must be refused, and for the right reason.
@Suite struct TokenAttackTests {
    private let maker: TokenMaker
    private let verifier: TokenVerifier

    init() throws {
        maker = try TokenMaker()
        verifier = try maker.verifier()
    }

    @Test func `accepts what is good, by every algorithm`() throws {
        for token in [try TokenMaker.hs256(), try maker.es256(), try maker.eddsa()] {
            #expect(verifier.refusal(token) == nil)
        }
        // RFC 9864's name of the same algorithm.
        let token = try maker.eddsa(header: #"{"alg":"Ed25519","typ":"at+jwt","kid":"o1"}"#)
        #expect(verifier.refusal(token) == nil)
    }

    @Test(arguments: ["none", "None", "NONE", "nOnE", "noNE", ""])
    func `refuses tokens without a signature`(_ name: String) throws {
        for kid in [#","kid":"h1""#, ""] {
            let header = #"{"alg":"\#(name)","typ":"at+jwt"\#(kid)}"#
            let signed = TokenMaker.signed(header, TokenMaker.claims())
            #expect(verifier.refusal(signed + ".") == .malformed(.parts))
            #expect(verifier.refusal(signed) == .malformed(.parts))
            #expect(verifier.refusal(signed + ".AAAA") == .wrongAlgorithm)
            #expect(verifier.refusal(try TokenMaker.hs256(header: header)) == .wrongAlgorithm)
        }
    }

    @Test(arguments: ["hs256", "Hs256", "HS256 ", "HS-256", "HMAC", "es256", "EDDSA", "ed25519"])
    func `takes algorithm names letter by letter`(_ name: String) throws {
        let header = #"{"alg":"\#(name)","typ":"at+jwt","kid":"h1"}"#
        #expect(verifier.refusal(try TokenMaker.hs256(header: header)) == .wrongAlgorithm)
    }

    @Test func `never takes a public key for a shared secret`() throws {
        // The attacker signs with the public key's bytes as HMAC secret (RFC 8725 section 2.1).
        for kid in ["e1", "o1"] {
            let numbers = (kid == "e1" ? maker.p256 : maker.ed25519).publicKey.numbers
            for secret in [numbers.first, numbers.first + numbers.second] {
                let token = try TokenMaker.hs256(
                    header: #"{"alg":"HS256","typ":"at+jwt","kid":"\#(kid)"}"#,
                    secret: Redacted(secret))
                #expect(verifier.refusal(token) == .wrongAlgorithm)
            }
        }
    }

    @Test func `refuses every other algorithm than the key's`() throws {
        for name in ["HS384", "HS512"] {
            let hash: HashAlgorithm = name == "HS384" ? .sha384 : .sha512
            let secret = Redacted([UInt8](repeating: 1, count: 64))
            let token = try TokenMaker.hs256(
                header: #"{"alg":"\#(name)","typ":"at+jwt","kid":"h1"}"#, hash: hash, secret: secret
            )
            #expect(verifier.refusal(token) == .wrongAlgorithm)
        }
        let crossed = try maker.es256(header: #"{"alg":"EdDSA","typ":"at+jwt","kid":"o1"}"#)
        #expect(verifier.refusal(crossed) == .badSignature)
    }

    @Test func `refuses keys that the token brings, and extensions`() throws {
        let key = try PrivateKey.generate(.p256)
        let jwk = String(
            decoding: key.publicKey.jwk(keyID: "e1", algorithm: .es256), as: UTF8.self)
        let members: [(String, TokenError.Header)] = [
            (#""jwk":\#(jwk)"#, .jwk), (#""jku":"https://evil.example/keys""#, .jku),
            (#""x5u":"https://evil.example/c.pem""#, .x5u), (#""x5c":["MIIB"]"#, .x5c),
            (#""crit":["exp"],"exp":1"#, .crit), (#""crit":[]"#, .crit), (#""b64":false"#, .b64),
            (#""crit":["b64"],"b64":false"#, .crit), (#""zip":"DEF""#, .zip),
            (#""jw\u006b":{}"#, .jwk),
        ]
        for (member, name) in members {
            let header = #"{"alg":"ES256","typ":"at+jwt","kid":"e1",\#(member)}"#
            let text = TokenMaker.signed(header, TokenMaker.claims())
            let forged = try TokenMaker.sign(text, with: key, .es256)
            #expect(verifier.refusal(forged) == .forbiddenHeader(name))
            // Rightly signed too: nothing that we don't obey passes unnoticed.
            #expect(verifier.refusal(try maker.es256(header: header)) == .forbiddenHeader(name))
        }
    }

    @Test(
        arguments: [
            "e2", "E1", "e1 ", "../../dev/null", "' OR 1=1 --", "h1\\u0000", "e", "e1e1",
            "file:///etc/passwd", "%2e%2e",
        ]) func `refuses key ids that it does not know, whatever they spell`(_ kid: String) throws
    {
        let token = try maker.es256(header: #"{"alg":"ES256","typ":"at+jwt","kid":"\#(kid)"}"#)
        #expect(verifier.refusal(token) == .unknownKey)
    }

    @Test func `never falls back to another key`() throws {
        let anonymous = try TokenMaker.hs256(header: #"{"alg":"HS256","typ":"at+jwt"}"#)
        #expect(verifier.refusal(anonymous) == .unknownKey)
        let key = try VerificationKey(
            keyID: nil, algorithm: .hs256, secret: TokenMaker.secret)
        let nameless = try TokenVerifier(issuers: [maker.issuer([key])])
        #expect(nameless.refusal(anonymous) == nil)
        #expect(nameless.refusal(try TokenMaker.hs256()) == .unknownKey)
        let empty = try TokenMaker.hs256(header: #"{"alg":"HS256","typ":"at+jwt","kid":""}"#)
        #expect(nameless.refusal(empty) == .unknownKey)
        for kid in ["1", "null", "[]", "{}", "true"] {
            let header = #"{"alg":"HS256","typ":"at+jwt","kid":\#(kid)}"#
            let token = try TokenMaker.hs256(header: header)
            #expect(nameless.refusal(token) == .malformed(.header))
        }
    }

    @Test func `refuses psychic and other degenerate signatures`() throws {
        let text = TokenMaker.signed(
            #"{"alg":"ES256","typ":"at+jwt","kid":"e1"}"#, TokenMaker.claims())
        // The order n of P-256.
        let order: [UInt8] = [
            0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xBC,
            0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25,
            0x51,
        ]
        let zero = [UInt8](repeating: 0, count: 32)
        let one = zero.dropLast() + [1]
        let full = [UInt8](repeating: 0xFF, count: 32)
        for r in [zero, Array(one), order, full] {
            for s in [zero, Array(one), order, full] {
                let token = text + "." + Base64URL.encode((r + s).raw)
                #expect(verifier.refusal(token) == .badSignature)
            }
        }
        for count in [1, 32, 63, 65, 72, 128] {
            let bytes = [UInt8](repeating: 1, count: count)
            let token = text + "." + Base64URL.encode(bytes.raw)
            #expect(verifier.refusal(token) == .badSignature)
        }
    }

    @Test func `refuses a signature in DER`() throws {
        let good = try maker.es256()
        let dot = good.lastIndex(of: ".") ?? good.endIndex
        let raw = Base64URL.decode(Array(good[good.index(after: dot)...].utf8).raw) ?? []
        let r: [UInt8] = [2, 33, 0] + raw[..<32]
        let s: [UInt8] = [2, 33, 0] + raw[32...]
        let der = [0x30, UInt8(r.count + s.count)] + r + s
        let token = good[..<dot] + "." + Base64URL.encode(der.raw)
        #expect(verifier.refusal(String(token)) == .badSignature)
    }

    @Test func `refuses every respelling of a good token`() throws {
        for good in [try TokenMaker.hs256(), try maker.eddsa()] {
            // Slack bits: the last character's low bits decode to nothing.
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            for character in alphabet where character != good.last {
                #expect(verifier.refusal(good.dropLast() + String(character)) != nil)
            }
            let parts = good.split(separator: ".").map(String.init)
            let bad = [
                good + "=", good + "==", good + "\n", " " + good, good + ".", "." + good,
                good + ".AAAA", parts.joined(separator: ".."), parts.joined(separator: " . "),
                parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + "." + parts[2],
                "\(parts[0]).\(parts[1])", parts[0], "", ".", "..", "...", "Bearer " + good,
                good.replacing("-", with: "+").replacing("_", with: "/") + "\u{0}",
                parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[2] + "." + parts[2],
            ]
            for token in bad { #expect(verifier.refusal(token) != nil, "\(token)") }
        }
    }

    @Test func `refuses a token that is cut or changed anywhere`() throws {
        let good = Array(try TokenMaker.hs256().utf8)
        for count in 0..<good.count {
            let cut = String(decoding: good.prefix(count), as: UTF8.self)
            #expect(verifier.refusal(cut) != nil)
        }
        for place in good.indices {
            var changed = good
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : 0x41
            #expect(verifier.refusal(String(decoding: changed, as: UTF8.self)) != nil)
        }
    }

    @Test func `refuses members that occur twice`() throws {
        for header in [
            #"{"alg":"HS256","alg":"HS256","typ":"at+jwt","kid":"h1"}"#,
            #"{"alg":"HS256","typ":"at+jwt","kid":"h1","kid":"h1"}"#,
            #"{"alg":"none","a\u006cg":"HS256","typ":"at+jwt","kid":"h1"}"#,
        ] {
            #expect(verifier.refusal(try TokenMaker.hs256(header: header)) == .malformed(.header))
        }
        for extra in [#""sub":"admin""#, #""r\u006fles":[]"#, #""exp":1900000000"#] {
            let payload = TokenMaker.claims().dropLast() + "," + extra + "}"
            let token = try TokenMaker.hs256(String(payload))
            #expect(verifier.refusal(token) == .malformed(.payload))
        }
    }

    @Test func `refuses the JSON forms and five parts`() throws {
        let parts = try TokenMaker.hs256().split(separator: ".")
        for text in [
            #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#,
            #"{"payload":"\#(parts[1])","signatures":[{"protected":"\#(parts[0])"}]}"#,
            "a.b.c.d.e",
        ] { #expect(verifier.refusal(text) == .malformed(.parts)) }
    }

    @Test func `refuses headers and payloads that are no objects`() throws {
        for text in ["", "[]", "null", #""x""#, "1", "{", "{}x", "\u{FEFF}{}", "{'a':1}"] {
            #expect(verifier.refusal(try TokenMaker.hs256(header: text)) != nil)
            #expect(verifier.refusal(try TokenMaker.hs256(text)) != nil)
        }
        let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        let token = try TokenMaker.hs256(TokenMaker.claims(["x": deep]))
        #expect(verifier.refusal(token) == .malformed(.payload))
    }

    @Test func `refuses tokens over 8 KiB`() throws {
        let base = try TokenMaker.hs256(TokenMaker.claims(["x": #""""#])).utf8.count
        func token(_ size: Int) throws -> String {
            // A payload of three bytes more is four characters more.
            let filler = String(repeating: "x", count: (size - base) * 3 / 4)
            return try TokenMaker.hs256(
                TokenMaker.claims([
                    "x": #"["\#(filler.prefix(4_000))","\#(filler.dropFirst(4_000))"]"#
                ]))
        }
        let large = try token(8_180)
        #expect(large.utf8.count > 8_150 && large.utf8.count <= 8_192)
        #expect(verifier.refusal(large) == nil)
        #expect(verifier.refusal(try token(8_300)) == .malformed(.tooLong))
        #expect(verifier.refusal(String(repeating: ".", count: 100_000)) == .malformed(.tooLong))
    }

    @Test func `refuses tokens made for another purpose`() throws {
        for type in [
            #""typ":"JWT""#, #""typ":"dpop+jwt""#, #""typ":"at+jwt2""#, #""typ":"text/at+jwt""#,
            #""typ":"application/x/at+jwt""#, #""x":1"#, #""typ":"""#, #""typ":"at+jw\u0074""#,
        ] {
            let header = #"{"alg":"HS256","kid":"h1",\#(type)}"#
            #expect(verifier.refusal(try TokenMaker.hs256(header: header)) == .wrongType)
        }
        for type in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            let header = #"{"alg":"HS256","kid":"h1","typ":"\#(type)"}"#
            #expect(verifier.refusal(try TokenMaker.hs256(header: header)) == nil)
        }
    }
}
