package import GatehouseCore
import GatehouseCrypto

/// Ten codes for the day on which the phone is lost: shown once, kept as keyed hashes, each good
/// for one use. A code has 60 random bits.
package enum RecoveryCodes {
    /// How many are made at a time.
    package static let count = 10
    private static let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)
    private static let characters = 12

    /// New codes, such as `K7QM-2VXD-9RTB`.
    package static func make() -> [String] {
        (0..<count).map { _ in
            var text = ""
            for (index, byte) in SecureRandom.bytes(characters).enumerated() {
                if index > 0, index % 4 == 0 { text += "-" }
                text.unicodeScalars.append(Unicode.Scalar(alphabet[Int(byte & 31)]))
            }
            return text
        }
    }

    /// Whether a text can be a recovery code at all, as it differs from a one-time code.
    package static func looksLikeCode(_ text: String) -> Bool {
        normalised(text).count == characters
    }

    /// What is kept of a code: a MAC under a key of its own, so that a stolen database alone allows
    /// no search.
    package static func hash(_ code: String, key: Redacted<[UInt8]>) -> [UInt8] {
        OneTimeMAC.sha256.authenticate(normalised(code), key: key)
    }

    /// In either case, with or without dashes and spaces.
    private static func normalised(_ text: String) -> [UInt8] {
        text.utf8.prefix(64).compactMap { byte in
            switch byte {
            case 0x61...0x7A: byte - 0x20
            case 0x41...0x5A, 0x30...0x39: byte
            default: nil
            }
        }
    }
}
