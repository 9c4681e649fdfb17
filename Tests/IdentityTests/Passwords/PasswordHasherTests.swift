import Foundation
import GatehouseCore
import GatehouseCrypto
import Testing

@testable import GatehouseIdentity

@Suite struct PasswordHasherTests {
    private let hasher = PasswordHasher(cost: Argon2.Cost(memoryKiB: 64, passes: 1))

    private func verdict(_ password: String, _ hash: String?) throws -> PasswordHasher.Verdict {
        hasher.verify(try #require(PasswordText(password)), hash)
    }

    @Test func `refuses a wrong password, an unknown account and broken hashes`() throws {
        let hash = hasher.hash(try #require(PasswordText("correct horse")))
        #expect(try verdict("wrong horse", hash).matches == false)
        #expect(try verdict("correct horse", nil).matches == false)
        for broken in ["", "$", "plain", "$argon2id$v=19$m=64,t=1,p=1$$", "$2b$04$short", "$1$a$b"]
        {
            #expect(try verdict("correct horse", broken).matches == false)
        }
        #expect(try verdict("correct horse", hash) == .init(matches: true, needsUpgrade: false))
    }

    @Test func `asks for an upgrade of weaker and foreign hashes`() throws {
        let weak = Argon2.hash(Redacted(Array("pw".utf8)), cost: .init(memoryKiB: 32, passes: 1))
        #expect(try verdict("pw", weak) == .init(matches: true, needsUpgrade: true))
        // RFC 9106 has raw vectors alone; this one was made by argon2-cffi.
        let i =
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"
        #expect(try verdict("password", i) == .init(matches: true, needsUpgrade: true))
        #expect(try verdict("passwort", i).matches == false)
    }

    @Test func `verifies what Django, passlib and kratos write`() throws {
        let password = Array("correct horse battery".utf8)
        let salt = Array("NaClNaClNaCl".utf8)
        func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
        func bare(_ bytes: [UInt8]) -> String {
            base64(bytes).replacingOccurrences(of: "=", with: "")
        }
        let secret = Redacted(password)
        let sha256 = try #require(
            KeyDerivation.pbkdf2(secret, salt: salt, iterations: 1_000, hash: .sha256, count: 32))
        let scrypt = try #require(
            KeyDerivation.scrypt(secret, salt: salt, cost: 1_024, blockSize: 8, lanes: 1, count: 32)
        )
        let passlib = bare(sha256).replacingOccurrences(of: "+", with: ".")
        let hashes = [
            "pbkdf2_sha256$1000$NaClNaClNaCl$\(base64(sha256))",
            "$pbkdf2-sha256$1000$\(bare(salt))$\(passlib)",
            "$pbkdf2-sha256$i=1000,l=32$\(bare(salt))$\(bare(sha256))",
            "$scrypt$ln=10,r=8,p=1$\(bare(salt))$\(bare(scrypt))",
            "$scrypt$ln=1024,r=8,p=1$\(bare(salt))$\(bare(scrypt))",
        ]
        for hash in hashes {
            #expect(PasswordHasher.canVerify(hash), "\(hash)")
            let good = try verdict("correct horse battery", hash)
            #expect(good == .init(matches: true, needsUpgrade: true), "\(hash)")
            #expect(try verdict("correct horse Battery", hash).matches == false)
        }
    }

    @Test func `refuses hashes that ask for too much of the machine`() throws {
        let tail = "c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"
        for hash in [
            "$argon2id$v=19$m=4194304,t=1,p=1$\(tail)",
            "$argon2id$v=19$m=65536,t=1000,p=1$\(tail)",
            "$2b$31$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm",
            "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj",
            "pbkdf2_sha256$999999999$salt$wWKIMhR9lyDFvRz9YTZweHKfbftvj",
        ] { #expect(try verdict("password", hash).matches == false) }
    }

    @Test func `takes the same text typed on different keyboards`() throws {
        let composed = try #require(PasswordText("Pass\u{E9}partout"))
        let decomposed = try #require(PasswordText("Passe\u{301}partout"))
        #expect(composed.bytes.dangerouslyRevealed == decomposed.bytes.dangerouslyRevealed)
        #expect(decomposed.count == 12)
    }

    @Test(
        .enabled(if: Conformance.isPresent("passwords/bcrypt_vectors.json"), "no conformance data"))
    func `verifies pyca's bcrypt vectors`() throws {
        struct Vector: Decodable {
            let password_b64: String
            let hash: String
        }
        let vectors = try JSONDecoder().decode(
            [Vector].self, from: try Conformance.data("passwords/bcrypt_vectors.json"))
        var count = 0
        for vector in vectors {
            let password = Array(try #require(Data(base64Encoded: vector.password_b64)))
            // A NUL ends bcrypt's input; we refuse such passwords instead of cutting them.
            let expected = !password.contains(0)
            #expect(BCrypt.verify(Redacted(password), vector.hash) == expected, "\(vector.hash)")
            #expect(!BCrypt.verify(Redacted([1] + password), vector.hash))
            count += 1
        }
        print("bcrypt vectors: \(count)")
        #expect(count > 20)
    }
}
