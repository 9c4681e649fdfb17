import CIDN2
import GatehouseCore

/// International host names by the rules for registering them (IDNA2008, RFC 5891 section 4):
/// contextual rules and right-to-left text included, nothing mapped.
enum IDNA {
    /// Most scalars of a name; in A-labels each takes a byte at least.
    private static let scalarsMax = HostText.nameMax

    /// Whether all labels are valid and the whole fits when written with A-labels.
    static func isName(_ text: RawSpan) -> Bool {
        guard text.byteCount <= scalarsMax * 4 else { return false }
        var name = String.UnicodeScalarView()
        var index = 0
        while index < text.byteCount {
            guard let scalar = text.scalar(at: index), let value = Unicode.Scalar(scalar.value)
            else { return false }
            name.append(isSeparator(value) ? "." : value)
            index += scalar.length
        }
        guard name.count <= scalarsMax else { return false }
        var length = -1
        var labels: [Label] = []
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard let label = Label(String(part)) else { return false }
            length += label.byteCount + 1
            labels.append(label)
        }
        guard length <= HostText.nameMax else { return false }
        // One label written right to left puts all under the Bidi rule (RFC 5893 section 2).
        return !labels.contains { $0.isRightToLeft } || labels.allSatisfy { $0.fitsBidiName }
    }

    /// The dots that people type (RFC 3490 section 3.1).
    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", "\u{3002}", "\u{FF0E}", "\u{FF61}": true
        default: false
        }
    }

    private struct Label {
        /// Length as an A-label.
        let byteCount: Int
        private let text: String

        init?(_ text: String) {
            let bytes = Array(text.utf8)
            guard !bytes.isEmpty, !bytes.contains(0) else { return nil }
            if bytes.raw.isASCII {
                guard HostText.isPlainName(bytes.raw) else { return nil }
                let lower = bytes.map(\.asciiLowercased)
                byteCount = bytes.count
                guard lower.starts(with: Array("xn--".utf8)) else {
                    self.text = text
                    return
                }
                guard let unicode = IDNA.unicode(ofALabel: lower) else { return nil }
                self.text = unicode
            } else {
                guard let count = IDNA.aLabelCount(bytes) else { return nil }
                byteCount = count
                self.text = text
            }
        }

        var isRightToLeft: Bool { text.unicodeScalars.contains { IDNA.isRightToLeft($0) } }

        /// The conditions that the library leaves out: 4 for right-to-left labels, and 1, 3 and 6
        /// for the labels beside them that are written left to right.
        var fitsBidiName: Bool {
            if isRightToLeft { return !mixesDigits }
            guard let first = text.unicodeScalars.first,
                let last = text.unicodeScalars.last
            else { return true }
            return first.properties.isAlphabetic && last != "-"
        }

        /// Whether European and Arabic digits stand together.
        private var mixesDigits: Bool {
            var (european, arabic) = (false, false)
            for scalar in text.unicodeScalars {
                switch scalar.value {
                case 0x30...0x39, 0x6F0...0x6F9: european = true
                case 0x660...0x669: arabic = true
                default: break
                }
            }
            return european && arabic
        }
    }

    /// The blocks of right-to-left scripts.
    private static func isRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark: false
            default: true
            }
        default: false
        }
    }

    /// Length of the A-label of a label that is not ASCII; nil if it breaks a rule.
    private static func aLabelCount(_ label: [UInt8]) -> Int? {
        guard let output = register(label + [0], nil) else { return nil }
        return output.count <= HostText.labelMax ? output.count : nil
    }

    /// What an A-label stands for; nil if it stands for nothing or is not the one way to say it.
    private static func unicode(ofALabel label: [UInt8]) -> String? {
        guard register(nil, label + [0]) != nil else { return nil }
        var output: UnsafeMutablePointer<CChar>?
        let text = label.map { CChar(bitPattern: $0) } + [0]
        let code = unsafe idn2_to_unicode_8z8z(text, &output, 0)
        defer { unsafe idn2_free(output) }
        guard code == IDN2_OK.rawValue, let output = unsafe output else { return nil }
        let unicode = unsafe String(validatingCString: output)
        // A label of ASCII alone has no A-label.
        guard let unicode, unicode.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
        return unicode
    }

    private static func register(_ uLabel: [UInt8]?, _ aLabel: [UInt8]?) -> [UInt8]? {
        var output: UnsafeMutablePointer<UInt8>?
        let code: Int32
        if let uLabel {
            code = unsafe idn2_register_u8(uLabel, nil, &output, 0)
        } else if let aLabel {
            code = unsafe idn2_register_u8(nil, aLabel, &output, 0)
        } else {
            return nil
        }
        defer { unsafe idn2_free(output) }
        guard code == IDN2_OK.rawValue, var next = unsafe output else { return nil }
        var bytes: [UInt8] = []
        while unsafe next.pointee != 0 {
            unsafe bytes.append(next.pointee)
            unsafe next += 1
        }
        return bytes
    }
}
