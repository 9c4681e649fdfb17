import Foundation
import GatehouseCore
import GatehouseCrypto
import Testing

@testable import GatehouseIdentity

@Suite struct OneTimePasswordTests {
    @Test(.enabled(if: Conformance.isPresent("otp/rfc4226_6238.json"), "no conformance data"))
    func `gives the codes of RFC 4226 and RFC 6238`() throws {
        let data = try Conformance.data("otp/rfc4226_6238.json")
        let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        var count = 0
        for entry in try #require(all["hotp"] as? [[String: Any]]) {
            let key = Array(try #require(entry["key_ascii"] as? String).utf8)
            let counter = try #require(entry["counter"] as? Int)
            let code = OneTimePassword(secret: Redacted(key)).code(counter: UInt64(counter))
            #expect(String(decoding: code, as: UTF8.self) == entry["code"] as? String)
            count += 1
        }
        for entry in try #require(all["totp"] as? [[String: Any]]) {
            let key = Array(try #require(entry["key_ascii"] as? String).utf8)
            let time = try #require(entry["time"] as? Int)
            let name = try #require(
                entry["alg"] as? String)
            let hash = try #require(
                OneTimeMAC(rawValue: name.uppercased().replacingOccurrences(of: "-", with: "")))
            let password = OneTimePassword(secret: Redacted(key), hash: hash, digits: 8)
            // Steps, since one of the vectors lies beyond the years that `WallTime` can hold.
            let code = password.code(counter: UInt64(time) / 30)
            #expect(String(decoding: code, as: UTF8.self) == entry["code"] as? String)
            count += 1
        }
        print("one-time codes: \(count)")
        #expect(count == 28)
    }

    @Test func `writes and reads RFC 4648's base32`() {
        for (text, plain) in [("", ""), ("MY", "f"), ("MZXQ", "fo"), ("MZXW6YTBOI", "foobar")] {
            #expect(Base32.encode(Array(plain.utf8)) == text)
            #expect(Base32.decode(text.lowercased() + "=") == Array(plain.utf8))
        }
        #expect(Base32.decode("M1") == nil)
        #expect(Base32.decode("MZ\u{141}Q") == nil)
    }

    @Test func `writes an address that apps read`() {
        let secret = Array("12345678901234567890".utf8)
        let uri = OTPAuthURI(
            issuer: "Ex & Co", account: "a+b@example.com", secret: secret,
            password: OneTimePassword(secret: Redacted(secret)))
        #expect(
            uri.text == "otpauth://totp/Ex%20%26%20Co:a%2Bb%40example.com?secret="
                + "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex%20%26%20Co"
                + "&algorithm=SHA1&digits=6&period=30"
        )
    }
}
