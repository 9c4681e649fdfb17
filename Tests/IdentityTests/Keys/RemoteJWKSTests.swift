import GatehouseCore
import GatehouseCrypto
import Testing

@testable import GatehouseIdentity

@Suite struct RemoteJWKSTests {
    private func set(_ keys: [UInt8]...) -> [UInt8] {
        Array(#"{"keys":["#.utf8) + Array(keys.joined(separator: [UInt8(ascii: ",")]))
            + Array("]}".utf8)
    }

    private func key(_ name: String) throws -> [UInt8] {
        try PrivateKey.generate(.p256).publicKey.jwk(keyID: name, algorithm: .es256)
    }

    private func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `has no keys before the first answer, and keeps the last good ones`() throws {
        let remote = RemoteJWKS(url: "https://id.example.com/jwks")
        #expect(remote.keys() == nil)
        #expect(remote.isDue(now: at(0)))
        #expect(!remote.isDue(now: at(1)))
        try remote.adopt(set(try key("a")), maxAge: nil, now: at(1))
        let first = remote.generation
        for bad in ["", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"EC"}]}"#] {
            #expect(throws: ConfigurationError.self) {
                try remote.adopt(Array(bad.utf8), maxAge: nil, now: at(2))
            }
        }
        #expect(remote.keys() != nil && remote.generation == first)
    }

    @Test func `one broken key takes no other away`() throws {
        let remote = RemoteJWKS(url: "u")
        let broken = Array(#"{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"RS256","kid":"weak"}"#.utf8)
        try remote.adopt(set(broken, try key("good")), maxAge: nil, now: at(0))
        #expect(remote.keys() != nil)
    }

    @Test func `asks early for unknown keys, but not more often than twice a minute`() throws {
        let remote = RemoteJWKS(url: "u")
        #expect(remote.isDue(now: at(0)))
        try remote.adopt(set(try key("a")), maxAge: .seconds(3_600), now: at(0))
        var asked = 0
        for second in 1...300 {
            // A storm of tokens with invented key ids.
            for _ in 0..<100 { remote.keyWasUnknown() }
            if remote.isDue(now: at(Int64(second))) { asked += 1 }
        }
        #expect(asked == 10)
    }

    @Test func `keeps to what the answer says, within bounds`() throws {
        let remote = RemoteJWKS(url: "u")
        for (maxAge, due) in [(0, 60), (120, 120), (10_000_000, 86_400)] as [(Int64, Int64)] {
            let now = at(2_000 * (due + 1))
            #expect(remote.isDue(now: now))
            try remote.adopt(set(try key("a")), maxAge: .seconds(maxAge), now: now)
            #expect(!remote.isDue(now: now + .seconds(due - 1)))
            #expect(remote.isDue(now: now + .seconds(due)))
        }
    }

    @Test func `drops keys that nobody confirmed for a day`() throws {
        let remote = RemoteJWKS(url: "u")
        try remote.adopt(set(try key("a")), maxAge: nil, now: at(0))
        let generation = remote.generation
        _ = remote.isDue(now: at(86_400))
        #expect(remote.keys() != nil)
        _ = remote.isDue(now: at(86_401))
        #expect(remote.keys() == nil && remote.generation != generation)
    }
}
