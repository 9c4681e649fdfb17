import GatehouseCore

/// Hexadecimal digits.
public struct HexRule: Sendable {
    /// Whether `0x` must stand in front, may, or must not.
    public enum Prefix: Sendable {
        /// It must not.
        case none
        /// It may.
        case optional
        /// It must.
        case required
    }

    /// Whether the digits must make whole bytes. Default false.
    public var isByteAligned = false
    /// Default: none.
    public var prefix = Prefix.none

    /// Any digits, no prefix.
    public init() {}

    package init(isByteAligned: Bool, prefix: Prefix) {
        self.isByteAligned = isByteAligned
        self.prefix = prefix
    }

    package func failure(_ text: RawSpan) -> StaticString? {
        var start = 0
        let isPrefixed =
            text.byteCount > 1 && text.byte(0) == UInt8(ascii: "0")
            && text.byte(1) | 0x20 == UInt8(ascii: "x")
        if isPrefixed, prefix != .none { start = 2 }
        if prefix == .required, !isPrefixed { return "string.hex" }
        let digits = text.extracting(start..<text.byteCount)
        guard digits.isMade(of: { $0.hexDigit != nil }) else { return "string.hex" }
        return isByteAligned && text.byteCount % 2 != 0 ? "string.hexAlign" : nil
    }
}

/// A GUID or UUID (RFC 9562), with the spellings that programs use.
public struct GUIDRule: Sendable {
    /// Which brackets may stand around it.
    public enum Wrapper: Equatable, Sendable {
        /// Any of `{}`, `[]`, `()`, or none.
        case optional
        /// One of them must.
        case required
        /// None may.
        case none
        /// This opening bracket and its fellow must.
        case bracket(Character)
    }

    /// What stands between the groups.
    public enum Separator: Equatable, Sendable {
        /// `-`, `:` or nothing, the same everywhere.
        case optional
        /// `-` or `:`, the same everywhere.
        case required
        /// Nothing.
        case none
        /// This character.
        case character(Character)
    }

    /// Versions that are allowed, 1 to 8; empty for any, also for what has none. Default empty.
    public var versions: Set<UInt8> = []
    /// Default: none. (Joi allows brackets; ask for them.)
    public var wrapper = Wrapper.none
    /// Default: `-`.
    public var separator = Separator.character("-")

    /// The form of RFC 9562 section 4, any version.
    public init() {}

    package init(versions: Set<UInt8>, wrapper: Wrapper, separator: Separator) {
        self.versions = versions
        self.wrapper = wrapper
        self.separator = separator
    }

    package func accepts(_ text: RawSpan) -> Bool {
        var scanner = ByteScanner(text)
        guard let closing = takeOpening(&scanner) else { return false }
        var mark: UInt8 = 0
        for (group, digits) in [8, 4, 4, 4, 12].enumerated() {
            if group == 1 {
                guard let found = takeSeparator(&scanner) else { return false }
                mark = found
            } else if group > 1, mark != 0 {
                guard scanner.take(mark) else { return false }
            }
            if group == 2, !versions.isEmpty {
                guard let version = scanner.next.hexDigit, versions.contains(version) else {
                    return false
                }
            }
            if group == 3, !versions.isEmpty {
                guard let variant = scanner.next.hexDigit, variant >> 2 == 0b10 else {
                    return false
                }
            }
            for _ in 0..<digits {
                guard scanner.next.hexDigit != nil else { return false }
                scanner.skip()
            }
        }
        if closing != 0, !scanner.take(closing) { return false }
        return scanner.isAtEnd
    }

    /// The bracket that must close, 0 for none; nil if the opening is not as it must be.
    private func takeOpening(_ scanner: inout ByteScanner) -> UInt8? {
        let closing: UInt8 =
            switch scanner.next {
            case UInt8(ascii: "{"): UInt8(ascii: "}")
            case UInt8(ascii: "["): UInt8(ascii: "]")
            case UInt8(ascii: "("): UInt8(ascii: ")")
            default: 0
            }
        switch wrapper {
        case .none: if closing != 0 { return nil }
        case .required: if closing == 0 { return nil }
        case .optional: break
        case .bracket(let character):
            guard character.asciiValue == scanner.next, closing != 0 else { return nil }
        }
        if closing != 0 { scanner.skip() }
        return closing
    }

    /// The separator found, 0 for none; nil if it is not as it must be.
    private func takeSeparator(_ scanner: inout ByteScanner) -> UInt8? {
        let next = scanner.next
        let isMark = next == UInt8(ascii: "-") || next == UInt8(ascii: ":")
        switch separator {
        case .none: return isMark ? nil : 0
        case .character(let character): if character.asciiValue != next { return nil }
        case .required: if !isMark { return nil }
        case .optional: if !isMark { return 0 }
        }
        scanner.skip()
        return next
    }
}
