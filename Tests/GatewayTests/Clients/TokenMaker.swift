import Foundation
import GatehouseCore
import GatehouseCrypto

/// Signs tokens as an issuer would: `iss: test`, `aud: api`.
enum TokenMaker {
    static let secret = "a-secret-of-the-tests-0123456789abcdef"

    /// An issuer for a configuration; write the secret to `token.secret` beside it.
    static let issuer = """
        tokens:
          issuers:
            - { issuer: test, audience: api, keys: [{ kid: k1, algorithm: HS256, secret: { file: token.secret } }] }
        """

    static func token(_ subject: String, roles: [String] = []) throws -> String {
        let now = WallTime.now.seconds
        let header = #"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#
        let list = roles.map { "\"\($0)\"" }.joined(separator: ",")
        let claims =
            #"{"iss":"test","aud":"api","sub":"\#(subject)","roles":[\#(list)],"#
            + #""iat":\#(now),"exp":\#(now + 600)}"#
        let input = [header, claims].map { encoded(Array($0.utf8)) }.joined(separator: ".")
        let key = try HMACKey(Redacted(Array(secret.utf8)), algorithm: .sha256)
        let bytes = Array(input.utf8)
        return input + "." + encoded(HMACContext(key).authenticate(bytes.raw))
    }

    static func encoded(_ bytes: [UInt8]) -> String { Base64URL.encode(bytes.raw) }
}
