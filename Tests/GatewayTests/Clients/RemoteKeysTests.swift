import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import TestSupport
import Testing

@testable import Gatehouse

/// Tokens of an issuer whose keys are fetched: they rotate, the issuer goes away and comes back.
@Suite struct RemoteKeysTests {
    private func answer(_ keys: [(String, PrivateKey)], status: String = "200 OK")
        -> TestUpstream.Answer
    {
        let list = keys.map { name, key in
            String(decoding: key.publicKey.jwk(keyID: name, algorithm: .es256), as: UTF8.self)
        }
        let body = #"{"keys":["# + list.joined(separator: ",") + "]}"
        return .bytes(
            Array(
                ("HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body).utf8))
    }

    private func token(_ key: PrivateKey, _ name: String) throws -> String {
        let now = Int(WallTime.now.seconds)
        let head = #"{"alg":"ES256","typ":"at+jwt","kid":"\#(name)"}"#
        let claims =
            #"{"iss":"https://id","aud":"api","sub":"ada","iat":\#(now),"exp":\#(now + 600)}"#
        let signed =
            Base64URL.encode(Array(head.utf8).raw) + "." + Base64URL.encode(Array(claims.utf8).raw)
        let signature = try key.sign(Array(signed.utf8).raw, algorithm: .es256)
        return signed + "." + Base64URL.encode(signature.raw)
    }

    @Test func `refuses tokens until the keys arrived, and keeps them while the issuer is away`()
        throws
    {
        let key = try PrivateKey.generate(.p256)
        let stranger = try PrivateKey.generate(.p256)
        let issuer = try TestUpstream(answer([("k1", key)], status: "503 Unavailable"))
        let gate = try AccountsGate { configuration in
            configuration.accounts = nil
            var settings = Configuration.Issuer(issuer: "https://id", audience: ["api"])
            settings.jwksURL = "http://127.0.0.1:\(issuer.port)/jwks"
            configuration.tokens.issuers = [settings]
        }
        let good = try token(key, "k1")
        #expect(try gate.send("GET", "/api/x", token: good).code == "token-invalid")
        #expect(eventually { issuer.seen.count >= 1 })
        #expect(try gate.send("GET", "/api/x", token: good).code == "token-invalid")
        issuer.answer(answer([("k1", key)]))
        // The next try comes after the cool-down; a fresh gate need not wait for it.
        let second = try AccountsGate { configuration in
            configuration.accounts = nil
            var settings = Configuration.Issuer(issuer: "https://id", audience: ["api"])
            settings.jwksURL = "http://127.0.0.1:\(issuer.port)/jwks"
            configuration.tokens.issuers = [settings]
        }
        #expect(try eventually { try second.send("GET", "/api/x", token: good).status == 200 })
        issuer.answer(.closes)
        #expect(try second.send("GET", "/api/x", token: good).status == 200)
        let before = issuer.seen.count
        for _ in 0..<50 {
            let forged = try second.send("GET", "/api/x", token: try token(stranger, "invented"))
            #expect(forged.code == "token-invalid")
        }
        let wrong = try second.send("GET", "/api/x", token: try token(stranger, "k1"))
        #expect(wrong.code == "token-invalid")
        #expect(issuer.seen.count <= before + 1)
    }
}
