import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import Testing

@Suite struct JWKSetTests {
    private static let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    private static let ed25519 = #""kty":"OKP","crv":"Ed25519","x":"\#(x)""#
    /// 2048 bits; only its size matters here.
    private static let rsa = {
        let modulus = [0xC1] + [UInt8](repeating: 0x35, count: 255)
        return #""kty":"RSA","e":"AQAB","n":"\#(Base64URL.encode(modulus.raw))""#
    }()

    private func read(_ keys: String..., secrets: Bool = false) throws -> JWKSet {
        let text = Array("{\"keys\":[\(keys.map { "{\($0)}" }.joined(separator: ","))]}".utf8)
        return try JWKSet(text.raw, allowsSecrets: secrets)
    }

    @Test func `refuses private keys and secrets`() {
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            let encoded = Self.ed25519 + #","\#(member)":"AAAA""#
            do { _ = try read(encoded) } catch {
                #expect("\(error)".contains("a private key where a public key belongs"))
                #expect(!"\(error)".contains("AAAA"))
            }
            #expect(throws: ConfigurationError.self) { try read(encoded) }
        }
        let secret = #""kty":"oct","alg":"HS256","k":"\#(Self.x)""#
        #expect(throws: ConfigurationError.self) { try read(secret) }
        #expect(throws: Never.self) { try read(secret, secrets: true) }
        // A secret beside public keys: the file is published, or will be.
        #expect(throws: ConfigurationError.self) {
            try read(secret, Self.ed25519, secrets: true)
        }
    }

    @Test func `pins each key to one algorithm`() throws {
        #expect(try read(Self.ed25519).keys[0].algorithm == .ed25519)
        for name in ["EdDSA", "Ed25519"] {
            let key = Self.ed25519 + #","alg":"\#(name)""#
            #expect(try read(key).keys[0].algorithm == .ed25519)
        }
        for name in ["RS256", "PS512"] {
            let key = Self.rsa + #","alg":"\#(name)""#
            #expect(try read(key).keys[0].algorithm.rawValue == name)
        }
        #expect(throws: ConfigurationError.self) { try read(Self.rsa) }
        for name in ["ES256", "HS256", "RS256"] {
            let key = Self.ed25519 + #","alg":"\#(name)""#
            #expect(throws: ConfigurationError.self) { try read(key) }
        }
    }

    @Test func `passes over keys for other things, and needs one that is left`() throws {
        let others = [
            Self.ed25519 + #","use":"enc""#, Self.ed25519 + #","key_ops":["sign"]"#,
            Self.rsa + #","alg":"RSA-OAEP""#, #""kty":"AKP","alg":"ML-DSA-44","pub":"AA""#,
            #""kty":"OKP","crv":"X25519","x":"\#(Self.x)""#,
            #""kty":"EC","crv":"secp256k1","x":"AA","y":"AA""#,
        ]
        for other in others {
            #expect(throws: ConfigurationError.self) { try read(other) }
            let set = try read(other, Self.ed25519 + #","use":"sig","key_ops":["verify"]"#)
            #expect(set.keys.count == 1)
            #expect(set.skipped == 1)
        }
    }

    @Test func `refuses what is broken`() {
        for text in [
            "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[1]}"#,
            #"{"keys":[{}]}"#, #"{"keys":[],"keys":[]}"#, #"{\#(Self.ed25519)}"#,
        ] {
            #expect(throws: ConfigurationError.self) { try JWKSet(Array(text.utf8).raw) }
        }
        for key in [
            #""kty":"OKP","crv":"Ed25519""#, #""kty":"OKP","crv":"Ed25519","x":1"#,
            #""kty":"OKP","crv":"Ed25519","x":"AA""#, #""kty":"OKP","crv":"Ed25519","x":"A A""#,
            #""kty":"OKP","crv":"Ed25519","x":"\#(Self.x)=""#, Self.ed25519 + #","use":1"#,
            Self.ed25519 + #","key_ops":"verify""#, Self.ed25519 + #","kid":"""#,
            Self.ed25519 + #","kid":1"#, #""kty":"RSA","alg":"RS256","n":"AQAB","e":"AQAB""#,
        ] { #expect(throws: ConfigurationError.self) { try read(key) } }
    }
}
