import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import Testing

@Suite struct IdentityTokenTests {
    private let now = TokenMaker.now
    private let principal = Principal(
        subject: "user \"1\"\n", roles: ["admin"], permissions: ["a:b", "c"],
        issuer: "https://id.example.com", expires: WallTime(seconds: 1_800_001_000))

    /// What an upstream does: checks our token with nothing but the key set.
    private func verify(
        _ token: [UInt8], with signer: IdentityTokenSigner, audience: String = "items",
        now: WallTime
    ) throws -> VerifiedToken {
        let set = signer.keySet
        let keys = try JWKSet(set.raw).keys
        let verifier = try TokenVerifier(issuers: [
            TokenIssuer(
                issuer: "gatehouse", audience: [audience], type: "gatehouse-identity+jwt",
                maxAge: .seconds(60), leeway: .zero, keys: keys)
        ])
        return try verifier.verify(token.raw, now: now)
    }

    @Test func `an upstream learns who is calling from the key set alone`() throws {
        let signer = try IdentityTokenSigner(key: .generate(.ed25519))
        let token = signer.sign(principal, audience: "items", now: now)
        let verified = try verify(token, with: signer, now: now)
        #expect(verified.principal.subject == principal.subject)
        #expect(verified.principal.roles == ["admin"])
        #expect(verified.principal.permissions == ["a:b", "c"])
        #expect(verified.principal.credentialID?.count == 32)
        #expect(throws: TokenError.wrongAudience) {
            try verify(token, with: signer, audience: "orders", now: now)
        }
        #expect(throws: TokenError.expired) {
            try verify(token, with: signer, now: WallTime(seconds: 1_800_000_060))
        }
        let other = try IdentityTokenSigner(key: .generate(.ed25519))
        #expect(throws: TokenError.unknownKey) { try verify(token, with: other, now: now) }
    }

    @Test func `does not outlive the caller's credential`() throws {
        let signer = try IdentityTokenSigner(key: .generate(.ed25519))
        let late = WallTime(seconds: 1_800_000_990)
        let token = signer.sign(principal, audience: "items", now: late)
        #expect(throws: TokenError.expired) {
            try verify(token, with: signer, now: WallTime(seconds: 1_800_001_000))
        }
        #expect(throws: Never.self) {
            try verify(token, with: signer, now: WallTime(seconds: 1_800_000_999))
        }
    }

    @Test func `refuses settings that make no sense`() throws {
        let key = try PrivateKey.generate(.ed25519)
        #expect(throws: ConfigurationError.self) {
            try IdentityTokenSigner(key: .generate(.p256))
        }
        #expect(throws: ConfigurationError.self) { try IdentityTokenSigner(key: key, issuer: "") }
        for lifetime in [0, 4, 601] {
            #expect(throws: ConfigurationError.self) {
                try IdentityTokenSigner(key: key, lifetime: .seconds(lifetime))
            }
        }
    }

    @Test func `a token is used for half its life, for one caller and one upstream`() throws {
        let signer = try IdentityTokenSigner(key: .generate(.ed25519))
        let cache = IdentityTokenCache(signer)
        let first = cache.token(for: principal, audience: "items", now: now)
        func later(_ seconds: Int64) -> WallTime { WallTime(seconds: now.seconds + seconds) }
        #expect(cache.token(for: principal, audience: "items", now: later(29)) == first)
        #expect(cache.token(for: principal, audience: "orders", now: now) != first)
        #expect(cache.token(for: principal, audience: "items", now: later(29)) == first)
        let twin = Principal(subject: "x", issuer: "y", expires: later(1_000))
        #expect(cache.token(for: twin, audience: "items", now: now) != first)
        let second = cache.token(for: principal, audience: "items", now: later(30))
        #expect(second != first)
        // A clock that is set back must not stretch a token's life.
        #expect(cache.token(for: principal, audience: "items", now: now) != second)
    }

    @Test func `stays within its bounds`() throws {
        let signer = try IdentityTokenSigner(key: .generate(.ed25519))
        let cache = IdentityTokenCache(signer)
        for index in 0..<(IdentityTokenCache.entriesMax + 100) {
            let caller = Principal(
                subject: "\(index)", issuer: "x", expires: WallTime(seconds: 1_900_000_000))
            #expect(!cache.token(for: caller, audience: "items", now: now).isEmpty)
        }
    }

    @Test func `makes its key once, for its owner alone`() throws {
        let folder = NSTemporaryDirectory() + "identity-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try IdentityTokenSigner(folder: folder)
        let again = try IdentityTokenSigner(folder: folder)
        #expect(first.keyID == again.keyID)
        let path = folder + "/identity-key.pem"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { try IdentityTokenSigner(folder: folder) }
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { try IdentityTokenSigner(folder: folder) }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: "/dev/null")
        #expect(throws: ConfigurationError.self) { try IdentityTokenSigner(folder: folder) }
        #expect(throws: ConfigurationError.self) {
            try IdentityTokenSigner(folder: folder + "/missing")
        }
    }

    /// RFC 8037 appendix A.3.
    @Test func `names a key by its thumbprint`() throws {
        let text = Array("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".utf8)
        let point = Base64URL.decode(text.raw) ?? []
        let key = try PublicKey(ed25519: point.raw)
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test func `a key survives as a JWK`() throws {
        for (kind, algorithm) in [(KeyKind.p256, SignatureAlgorithm.es256), (.ed25519, .ed25519)] {
            let key = try PrivateKey.generate(kind).publicKey
            let jwk = key.jwk(keyID: "k", algorithm: algorithm)
            let set = Array(#"{"keys":["#.utf8) + jwk + Array("]}".utf8)
            let read = try JWKSet(set.raw)
            #expect(read.keys.count == 1)
            #expect(read.keys[0].keyID == "k")
            #expect(read.keys[0].algorithm == algorithm)
        }
    }
}
