import GatehouseCrypto

/// The `otpauth://` address that authenticator apps read from a QR code.
package struct OTPAuthURI: Sendable {
    /// The whole address. It holds the secret: show it to its owner alone.
    package let text: String

    /// An address for codes by time or, with a first counter of 0, by counter.
    package init(
        issuer: String, account: String, secret: [UInt8], password: OneTimePassword,
        kind: CodeShape.Kind = .totp
    ) {
        let label = Self.encoded(issuer) + ":" + Self.encoded(account)
        text =
            "otpauth://\(kind.rawValue)/\(label)?secret=\(Base32.encode(secret))"
            + "&issuer=\(Self.encoded(issuer))&algorithm=\(password.hash.rawValue)"
            + "&digits=\(password.digits)"
            + (kind == .totp ? "&period=\(password.period)" : "&counter=0")
    }

    /// Everything but unreserved characters percent-encoded (RFC 3986 section 2.3).
    private static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                output.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF".unicodeScalars)
                output += "%"
                output.unicodeScalars.append(digits[Int(byte >> 4)])
                output.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
        return output
    }
}
