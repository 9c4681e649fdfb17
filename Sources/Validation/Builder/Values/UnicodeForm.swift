import CUTF8Proc
import Glibc

/// The normalisation forms of Unicode (UAX 15).
public enum UnicodeForm: String, Sendable {
    /// Canonical, composed.
    case nfc = "NFC"
    /// Canonical, decomposed.
    case nfd = "NFD"
    /// Compatible, composed.
    case nfkc = "NFKC"
    /// Compatible, decomposed.
    case nfkd = "NFKD"

    /// The text in this form; the same text when the library refuses it.
    func normalised(_ text: SchemaText) -> SchemaText {
        if text.isASCII { return text }
        return normalised(text.utf8).map { SchemaText(utf8: $0) } ?? text
    }

    /// UTF-8 in this form; nil when the library refuses it.
    package func normalised(_ text: [UInt8]) -> [UInt8]? {
        var options = UTF8PROC_STABLE.rawValue
        options |=
            self == .nfc || self == .nfkc
            ? UTF8PROC_COMPOSE.rawValue : UTF8PROC_DECOMPOSE.rawValue
        if self == .nfkc || self == .nfkd { options |= UTF8PROC_COMPAT.rawValue }
        var output: UnsafeMutablePointer<UInt8>?
        let length = unsafe utf8proc_map(
            text, text.count, &output, utf8proc_option_t(rawValue: options))
        guard length >= 0, let output = unsafe output else { return nil }
        defer { unsafe free(output) }
        return unsafe Array(UnsafeBufferPointer(start: output, count: length))
    }
}
