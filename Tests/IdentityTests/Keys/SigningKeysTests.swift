import Foundation
import GatehouseCore
import GatehouseCrypto
import TestSupport
import Testing

@testable import GatehouseIdentity

@Suite struct SigningKeysTests {
    private let folder: ScratchFolder
    private let seal: Seal
    private let start = WallTime(seconds: 1_800_000_000)
    private let day: Int64 = 86_400

    init() throws {
        folder = try ScratchFolder()
        seal = try Seal(key: Redacted([UInt8](repeating: 1, count: 32)))
    }

    private func ring(at now: WallTime) throws -> SigningKeys {
        try SigningKeys(folder: folder.path, seal: seal, now: now)
    }

    private func after(days: Int64) -> WallTime { WallTime(seconds: start.seconds + days * day) }

    private func signer(_ keys: SigningKeys) -> AccessTokenSigner {
        AccessTokenSigner(keys: keys, issuer: "gate", audience: "api", lifetime: .seconds(600))
    }

    private func token(_ keys: SigningKeys, at now: WallTime) -> [UInt8] {
        signer(keys).sign(
            .init(
                subject: "a1", session: .init(id: "s1", epoch: 3), roles: ["editor"], tenant: "t1",
                authentication: .init(methods: ["pwd", "otp"], context: "2", time: now)),
            now: now
        ).token
    }

    @Test func `refuses a ring of another seal, and files that others can read`() throws {
        _ = try ring(at: start)
        let other = try Seal(key: Redacted([UInt8](repeating: 2, count: 32)))
        #expect(throws: ConfigurationError.self) {
            _ = try SigningKeys(folder: folder.path, seal: other, now: start)
        }
        let path = folder.path + "/token-keys"
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { _ = try ring(at: start) }
    }

    @Test func `refuses the tokens of a key that was retired, remembered ones too`() throws {
        let keys = try ring(at: start)
        let verifier = try TokenVerifier(issuers: [signer(keys).rules])
        let cache = VerifiedTokenCache(verifier)
        let old = token(keys, at: start)
        let principal = try cache.verify(old.raw, now: start).principal
        #expect(principal.session == .init(id: "s1", epoch: 3))
        #expect(principal.tenant == "t1")
        #expect(principal.authentication.methods == ["pwd", "otp"])
        #expect(principal.authentication.time == start)
        let name = try #require(keys.list(now: start).first { $0.state == .signing }).keyID
        #expect(try keys.retire("unknown", now: start) == false)
        #expect(try keys.retire(name, now: start))
        #expect(throws: TokenError.unknownKey) { try cache.verify(old.raw, now: start) }
        #expect(throws: TokenError.unknownKey) { try verifier.verify(old.raw, now: start) }
        let new = token(keys, at: start)
        #expect(try cache.verify(new.raw, now: start).principal.subject == "a1")
    }

    @Test func `publishes a key before it signs and keeps it while its tokens live`() throws {
        let keys = try ring(at: start)
        let first = try #require(keys.list(now: start).first).keyID
        func states(_ now: WallTime) throws -> [String: KeySchedule.State] {
            try keys.advance(now: now)
            return Dictionary(
                uniqueKeysWithValues: keys.list(now: now).map { ($0.keyID, $0.state) })
        }
        #expect(try states(after(days: 28)) == [first: .signing])
        let published = try states(after(days: 29))
        #expect(published[first] == .signing)
        let second = try #require(published.first { $0.value == .published }).key
        #expect(try states(after(days: 30)) == [first: .verifying, second: .signing])
        #expect(try states(after(days: 31)) == [second: .signing])
        let set = String(decoding: keys.keySet, as: UTF8.self)
        #expect(!set.contains(first) && set.contains(second))
        #expect(!set.contains("\"d\""))
    }

    @Test func `survives clocks that jump and a ring that slept`() throws {
        let keys = try ring(at: start)
        try keys.advance(now: WallTime(seconds: 0))
        #expect(keys.list(now: WallTime(seconds: 0)).map(\.state) == [.signing])
        try keys.advance(now: after(days: 400))
        // The new key is published for a day first; the old one signs until then.
        #expect(keys.list(now: after(days: 400)).map(\.state) == [.signing, .published])
        try keys.advance(now: after(days: 402))
        #expect(keys.list(now: after(days: 402)).map(\.state) == [.signing])
    }

    @Test func `shares a folder with another process`() throws {
        let one = try ring(at: start)
        let two = try ring(at: start)
        #expect(one.keySet == two.keySet)
        try two.rotate(now: start)
        try one.advance(now: start)
        #expect(one.keySet == two.keySet)
        let verifier = try TokenVerifier(issuers: [signer(one).rules])
        #expect(
            try verifier.verify(token(two, at: start).raw, now: start).principal.roles == ["editor"]
        )
    }

    @Test func `rotates at once when asked, and old tokens still count`() throws {
        let keys = try ring(at: start)
        let verifier = try TokenVerifier(issuers: [signer(keys).rules])
        let old = token(keys, at: start)
        let soon = WallTime(seconds: start.seconds + 60)
        try keys.rotate(now: soon)
        #expect(keys.list(now: soon).map(\.state) == [.verifying, .signing])
        #expect(try verifier.verify(old.raw, now: soon).principal.subject == "a1")
    }

    @Test(arguments: [KeyKind.rsa, .p256, .p384, .p521, .ed25519, .ed448])
    func `makes and uses keys of every kind`(_ kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind)
        let algorithm = try #require(SignatureAlgorithm.allCases.first { $0.keyKind == kind })
        let message = Array("message".utf8)
        var signature = try key.sign(message.raw, algorithm: algorithm)
        func isGood() -> Bool {
            key.publicKey.verify(message.raw, signature: signature.raw, algorithm: algorithm)
        }
        #expect(isGood())
        signature[3] ^= 1
        #expect(!isGood())
        let set =
            Array(#"{"keys":["#.utf8) + key.publicKey.jwk(keyID: "k", algorithm: algorithm)
            + Array("]}".utf8)
        #expect(try JWKSet(set.raw).keys.first?.algorithm == algorithm)
        if kind == .rsa { #expect(key.publicKey.bits == 3_072) }
    }
}
