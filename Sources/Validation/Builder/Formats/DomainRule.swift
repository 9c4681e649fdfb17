import GatehouseCore

/// A domain name. There is no list of top-level domains by default: the real one changes every
/// month, and a list in a program refuses its users' new addresses until somebody updates it.
public struct DomainRule: Sendable {
    /// Fewest labels. Default 2.
    public var segmentsMin = 2
    /// Most labels; nil for any number. Default nil.
    public var segmentsMax: Int?
    /// Whether labels in other scripts may stand as they are shown. Default true.
    public var allowsUnicode = true
    /// Whether `_` may stand in labels. Default false.
    public var allowsUnderscore = false
    /// Whether the root's dot may end the name. Default false.
    public var allowsFullyQualified = false
    /// Whether the last label may be digits alone. Default false.
    public var allowsNumericTopLevel = false
    /// Whether `*` may be the first label. Default false.
    public var allowsWildcard = false
    /// Whether the last label must have two letters at least and no digits, as every top-level
    /// domain has (`xn--` names excepted). Default false.
    public var needsRealTopLevel = false
    /// Last labels that are allowed, in lower case; nil for all.
    public var topLevelAllowed: Set<String>?
    /// Last labels that are refused, in lower case.
    public var topLevelRefused: Set<String> = []

    /// Two labels or more.
    public init() {}

    private static let nameMax = 256
    private static let labelMax = 63

    package func accepts(_ text: RawSpan) -> Bool {
        guard text.byteCount > 0, text.length(in: .utf16) <= Self.nameMax else { return false }
        if text.isASCII { return acceptsASCII(text) }
        guard allowsUnicode else { return false }
        var plain: [UInt8] = []
        let form = UnicodeForm.nfc.normalised(SchemaText(utf8: text.array)).lowercased
        for label in form.utf8.split(separator: 0x2E, omittingEmptySubsequences: false) {
            let label = Array(label)
            if !plain.isEmpty { plain.append(0x2E) }
            if label.raw.isASCII {
                plain += label
            } else {
                guard IDNA.isName(label.raw) else { return false }
                // Stands for the A-label, whose length the check above bounds.
                plain += Array("xn--a".utf8)
            }
        }
        if let last = form.string.split(separator: ".").last, !acceptsTopLevel(String(last)) {
            return false
        }
        return acceptsASCII(plain.raw)
    }

    private func acceptsTopLevel(_ label: String) -> Bool {
        if topLevelRefused.contains(label) { return false }
        return topLevelAllowed.map { $0.contains(label) } ?? true
    }

    private func acceptsASCII(_ text: RawSpan) -> Bool {
        var end = text.byteCount
        if allowsFullyQualified, end > 1, text.byte(end &- 1) == 0x2E { end &-= 1 }
        var start = 0
        var count = 0
        if allowsWildcard, end > 2, text.byte(0) == 0x2A, text.byte(1) == 0x2E {
            start = 2
            count = 1
        }
        while true {
            var stop = start
            while stop < end, text.byte(stop) != 0x2E { stop &+= 1 }
            let label = text.extracting(start..<stop)
            guard isLabel(label) else { return false }
            count &+= 1
            if stop == end {
                guard isTopLevel(label) else { return false }
                break
            }
            start = stop &+ 1
        }
        return count >= segmentsMin && count <= segmentsMax ?? .max
    }

    private func isLabel(_ label: RawSpan) -> Bool {
        let count = label.byteCount
        guard count > 0, count <= Self.labelMax else { return false }
        let dash = UInt8(ascii: "-")
        guard label.byte(0) != dash, label.byte(count &- 1) != dash else { return false }
        for index in 0..<count {
            let byte = label.byte(index)
            if byte.isASCIIAlphanumeric || byte == dash { continue }
            guard allowsUnderscore, byte == UInt8(ascii: "_") else { return false }
        }
        return true
    }

    private func isTopLevel(_ label: RawSpan) -> Bool {
        if topLevelAllowed != nil || !topLevelRefused.isEmpty {
            let text = SchemaText(utf8: label.array).lowercased.string
            if !text.hasPrefix("xn--a"), !acceptsTopLevel(text) { return false }
        }
        if needsRealTopLevel, segmentsMin > 1, !allowsNumericTopLevel {
            let isEncoded =
                label.byteCount > 4 && label.byte(0) | 0x20 == UInt8(ascii: "x")
                && label.byte(1) | 0x20 == UInt8(ascii: "n")
            if !isEncoded {
                return label.byteCount >= 2 && label.isMade(of: \.isASCIILetter)
            }
        }
        if allowsNumericTopLevel { return true }
        return needsRealTopLevel || segmentsMin == 1
            ? !label.isMade(of: \.isDigit) : label.byte(0).isASCIILetter
    }
}
