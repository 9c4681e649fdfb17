import Foundation
import GatehouseCore
import GatehouseCrypto
import TestSupport
import Testing

@testable import GatehouseIdentity

/// Our tokens at other libraries, and theirs at our verifier: joserfc (Python) and Debian's `jose`
/// (C). PyJWT has its tests at the running gate.
@Suite struct InteroperationTests {
    /// Ed448 is known to neither.
    private static let algorithms = SignatureAlgorithm.allCases.filter { $0 != .ed448 }
    private static let script = Tool.root + "/Tests/IdentityTests/Tokens/joserfc_tokens.py"
    private static let secret = Redacted([UInt8](repeating: 0x5A, count: 64))

    private func issuer(_ keys: [VerificationKey]) -> TokenIssuer {
        TokenIssuer(
            issuer: "https://id.example.com", audience: ["api"], type: "at+jwt",
            maxAge: .seconds(3_600), leeway: .seconds(30), keys: keys)
    }

    private struct Own {
        /// JWKs with what checks the tokens: secrets too.
        var keys: [String] = []
        var tokens: [String: String] = [:]
    }

    /// A token of ours by every algorithm, each with a key of its own.
    private func own() throws -> Own {
        var own = Own()
        let hmac: [SignatureAlgorithm: HashAlgorithm] = [
            .hs256: .sha256, .hs384: .sha384, .hs512: .sha512,
        ]
        for algorithm in Self.algorithms {
            let name = algorithm.rawValue
            let header = #"{"alg":"\#(name)","typ":"at+jwt","kid":"\#(name)"}"#
            if let hash = hmac[algorithm] {
                let secret = Self.secret.dangerouslyRevealed
                let k = Base64URL.encode(secret.raw)
                own.keys.append(#"{"kty":"oct","kid":"\#(name)","alg":"\#(name)","k":"\#(k)"}"#)
                own.tokens[name] = try TokenMaker.hs256(
                    header: header, hash: hash, secret: Self.secret)
            } else {
                let key = try PrivateKey.generate(try #require(algorithm.keyKind))
                let jwk = key.publicKey.jwk(keyID: name, algorithm: algorithm)
                own.keys.append(String(decoding: jwk, as: UTF8.self))
                own.tokens[name] = try TokenMaker.sign(
                    TokenMaker.signed(header, TokenMaker.claims()), with: key, algorithm)
            }
        }
        return own
    }

    @Test(.enabled(if: Tool.hasPythonPackage("joserfc"), "joserfc is not installed in .venv"))
    func `joserfc refuses our tokens changed, and accepts them as they are`() throws {
        let own = try own()
        let folder = try ScratchFolder()
        let tokens = own.tokens.map { #""\#($0)":"\#($1)""# }.joined(separator: ",")
        let keys = own.keys.joined(separator: ",")
        try folder.write(#"{"keys":[\#(keys)],"tokens":{\#(tokens)}}"#, "given.json")
        let tool = try Tool(python: [Self.script, "check", folder.path + "/given.json"])
        let good = try JSONDecoder().decode([String].self, from: Data(tool.output.utf8))
        #expect(Set(good) == Set(Self.algorithms.map(\.rawValue)), "\(tool.error)")
        print("joserfc took tokens of \(good.count) algorithms, and none of them changed")
    }

    @Test(.enabled(if: Tool.hasPythonPackage("joserfc"), "joserfc is not installed in .venv"))
    func `refuses tokens of joserfc changed, and accepts them as they are`() throws {
        let names = Self.algorithms.map(\.rawValue)
        let tool = try Tool(python: [Self.script, "make", TokenMaker.claims()] + names)
        let made = try #require(
            try JSONSerialization.jsonObject(with: Data(tool.output.utf8)) as? [String: Any],
            "\(tool.error)")
        let tokens = try #require(made["tokens"] as? [String: String])
        var keys: [VerificationKey] = []
        for kind in ["public", "secret"] {
            let set = try JSONSerialization.data(
                withJSONObject: ["keys": try #require(made[kind])])
            let bytes = [UInt8](set)
            keys += try JWKSet(bytes.raw, allowsSecrets: kind == "secret").keys
        }
        let verifier = try TokenVerifier(issuers: [issuer(keys)])
        for (name, token) in tokens {
            #expect(verifier.refusal(token) == nil, "\(name)")
            var parts = token.split(separator: ".").map(String.init)
            parts[2] = (parts[2].first == "A" ? "B" : "A") + parts[2].dropFirst()
            #expect(verifier.refusal(parts.joined(separator: ".")) == .badSignature, "\(name)")
        }
        #expect(Set(tokens.keys) == Set(names))
        print("tokens of joserfc by \(tokens.count) algorithms taken, and none of them changed")
    }

    @Test(.enabled(if: Tool.areInstalled("jose"), "jose is not installed"))
    func `the jose tool refuses our tokens changed, and accepts them as they are`() throws {
        let own = try own()
        let folder = try ScratchFolder()
        for (index, algorithm) in Self.algorithms.enumerated() where algorithm != .ed25519 {
            let token = try #require(own.tokens[algorithm.rawValue])
            try folder.write(own.keys[index], "key.jwk")
            for isChanged in [false, true] {
                var parts = token.split(separator: ".").map(String.init)
                if isChanged { parts[1] = TokenMaker.signed("{}", "{}").dropLast(4) + "AAAA" }
                try folder.write(parts.joined(separator: "."), "token")
                let tool = try Tool(
                    "jose", ["jws", "ver", "-i", "token", "-k", "key.jwk", "-O", "claims"],
                    in: folder.path)
                #expect((tool.code == 0) != isChanged, "\(algorithm) \(tool.error)")
            }
        }
    }

    @Test(.enabled(if: Tool.areInstalled("jose"), "jose is not installed"))
    func `refuses tokens of the jose tool changed, and accepts them as they are`() throws {
        let folder = try ScratchFolder()
        try folder.write(TokenMaker.claims(), "claims")
        for algorithm in Self.algorithms where algorithm != .ed25519 {
            let name = algorithm.rawValue
            func jose(_ arguments: String...) throws {
                let tool = try Tool("jose", arguments, in: folder.path)
                #expect(tool.code == 0, "\(name): \(tool.error)")
            }
            try jose("jwk", "gen", "-i", #"{"alg":"\#(name)","kid":"k"}"#, "-o", "private")
            let header = #"{"protected":{"typ":"at+jwt","kid":"k"}}"#
            try jose(
                "jws", "sig", "-I", "claims", "-k", "private", "-s", header, "-c", "-o", "token")
            if algorithm.isSymmetric {
                try folder.write(try folder.text("private"), "public")
            } else {
                try jose("jwk", "pub", "-i", "private", "-o", "public")
            }
            let set = Array(#"{"keys":[\#(try folder.text("public"))]}"#.utf8)
            let keys = try JWKSet(set.raw, allowsSecrets: algorithm.isSymmetric).keys
            let verifier = try TokenVerifier(issuers: [issuer(keys)])
            let token = try folder.text("token")
            #expect(verifier.refusal(token) == nil, "\(name)")
            var parts = token.split(separator: ".").map(String.init)
            parts[2] = (parts[2].first == "A" ? "B" : "A") + parts[2].dropFirst()
            #expect(verifier.refusal(parts.joined(separator: ".")) == .badSignature, "\(name)")
        }
    }
}
