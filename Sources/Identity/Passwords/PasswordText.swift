package import GatehouseCore
import GatehouseValidation

/// A password as it is hashed: normalised to NFC (NIST SP 800-63B section 5.1.1.2), so that every
/// keyboard that shows the same text gives the same bytes.
package struct PasswordText: Sendable {
    /// UTF-8 of the normalised text.
    package let bytes: Redacted<[UInt8]>
    /// Unicode scalars of the normalised text.
    package let count: Int

    /// Most bytes that are looked at; more is refused before any work.
    private static let bytesMax = 4_096

    /// Normalises; nil for a text that is too long to be looked at or holds unassigned code points.
    package init?(_ text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count <= Self.bytesMax else { return nil }
        if utf8.allSatisfy({ $0 < 0x80 }) {
            bytes = Redacted(utf8)
            count = utf8.count
            return
        }
        guard let normal = UnicodeForm.nfc.normalised(utf8) else { return nil }
        bytes = Redacted(normal)
        count = String(decoding: normal, as: UTF8.self).unicodeScalars.count
    }
}
