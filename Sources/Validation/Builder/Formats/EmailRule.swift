import GatehouseCore

/// An e-mail address (RFC 5321 section 4.1.2 with RFC 6531): a dot-string before the `@`, a domain
/// behind it. Quoted local parts, display names and address literals are valid in mail but surprise
/// programs; each is a choice.
public struct EmailRule: Sendable {
    /// Whether something may stand before the address: `Joe <joe@example.com>`.
    public enum DisplayName: Sendable {
        /// It must not.
        case refused
        /// It may.
        case allowed
        /// It must.
        case required
    }

    /// What the domain must be.
    public var domain = DomainRule()
    /// Whether letters of all scripts may stand in the local part. Default true.
    public var allowsUnicode = true
    /// Whether the bounds of RFC 5321 (64 and 254 bytes) are not applied. Default false.
    public var ignoresLength = false
    /// Whether `"john doe"@example.com` is accepted. Default false.
    public var allowsQuotedLocalPart = false
    /// Whether an IP address may stand for the domain, in brackets or not. Default false.
    public var allowsAddressLiteral = false
    /// Default: refused.
    public var displayName = DisplayName.refused
    /// Characters that the local part must not hold.
    public var refusedCharacters: Set<Character> = []
    /// Domains that are the only ones, in lower case; nil for all.
    public var hostsAllowed: Set<String>?
    /// Domains that are refused, in lower case.
    public var hostsRefused: Set<String> = []
    /// Whether Gmail's own rules for names hold for its addresses. Default false.
    public var checksProviderRules = false
    /// More than one address, with this character between them; nil for one. Default nil.
    public var listSeparator: Character?

    /// One plain address.
    public init() {}

    private static let addressMax = 254
    private static let localMax = 64
    /// Most addresses of a list.
    private static let listMax = 100

    package func accepts(_ text: RawSpan) -> Bool {
        guard let separator = listSeparator?.asciiValue else { return acceptsNamed(text) }
        var start = 0
        for _ in 0..<Self.listMax {
            let stop = text.firstIndex(of: separator, from: start) ?? text.byteCount
            var (first, last) = (start, stop)
            if start > 0 { while first < last, text.byte(first).isSpace { first &+= 1 } }
            if stop < text.byteCount {
                while last > first, text.byte(last &- 1).isSpace { last &-= 1 }
            }
            guard acceptsNamed(text.extracting(first..<last)) else { return false }
            if stop == text.byteCount { return true }
            start = stop &+ 1
        }
        return false
    }

    private func acceptsNamed(_ text: RawSpan) -> Bool {
        guard displayName != .refused else { return acceptsAddress(text) }
        guard let open = text.lastIndex(of: UInt8(ascii: "<")), open > 0 else {
            return displayName == .allowed && acceptsAddress(text)
        }
        guard text.byteCount > open &+ 1,
            text.byte(text.byteCount &- 1) == UInt8(ascii: ">"),
            MailDisplayName.accepts(text.extracting(0..<open))
        else { return false }
        return acceptsAddress(text.extracting((open &+ 1)..<(text.byteCount &- 1)))
    }

    private func acceptsAddress(_ text: RawSpan) -> Bool {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
        let local = text.extracting(0..<at)
        let host = text.extracting((at &+ 1)..<text.byteCount)
        if !ignoresLength {
            guard text.length(in: .utf16) <= Self.addressMax, local.byteCount <= Self.localMax
            else { return false }
        }
        guard acceptsLocal(local), acceptsHost(host) else { return false }
        return !checksProviderRules || MailProviderRules.accept(local, host)
    }

    private func acceptsHost(_ host: RawSpan) -> Bool {
        if hostsAllowed != nil || !hostsRefused.isEmpty {
            let name = SchemaText(utf8: host.array).lowercased.string
            if hostsRefused.contains(name) { return false }
            if let hostsAllowed, !hostsAllowed.contains(name) { return false }
        }
        if domain.accepts(host) { return true }
        guard allowsAddressLiteral else { return false }
        if IPRule().failure(host) == nil { return true }
        guard host.byteCount > 2, host.byte(0) == UInt8(ascii: "["),
            host.byte(host.byteCount &- 1) == UInt8(ascii: "]")
        else { return false }
        return IPRule().failure(host.extracting(1..<(host.byteCount &- 1))) == nil
    }

    private func acceptsLocal(_ local: RawSpan) -> Bool {
        if !refusedCharacters.isEmpty {
            let text = String(lossy: local)
            if text.contains(where: { refusedCharacters.contains($0) }) { return false }
        }
        let quote = UInt8(ascii: "\"")
        if allowsQuotedLocalPart, local.byteCount > 1, local.byte(0) == quote,
            local.byte(local.byteCount &- 1) == quote
        {
            return acceptsQuoted(local.extracting(1..<(local.byteCount &- 1)))
        }
        var isEmptySegment = true
        var index = 0
        while index < local.byteCount {
            let byte = local.byte(index)
            if byte == UInt8(ascii: ".") {
                if isEmptySegment { return false }
                isEmptySegment = true
                index &+= 1
                continue
            }
            isEmptySegment = false
            if byte < 0x80 {
                guard byte.isMailText else { return false }
                index &+= 1
            } else {
                let length = local.scalarLength(at: index)
                guard allowsUnicode, length > 0, local.isVisibleScalar(at: index) else {
                    return false
                }
                index &+= length
            }
        }
        return !isEmptySegment
    }

    /// Any ASCII but quotes, which a backslash must introduce.
    private func acceptsQuoted(_ text: RawSpan) -> Bool {
        var index = 0
        while index < text.byteCount {
            let byte = text.byte(index)
            if byte == UInt8(ascii: "\\") {
                guard index &+ 1 < text.byteCount, text.byte(index &+ 1) < 0x80 else {
                    return false
                }
                index &+= 2
                continue
            }
            if byte == UInt8(ascii: "\"") { return false }
            if byte >= 0x80, !allowsUnicode { return false }
            index &+= 1
        }
        return true
    }
}

/// The phrase before an address in angle brackets.
private enum MailDisplayName {
    private static let specials = Set(".\";<>".utf8)

    static func accepts(_ text: RawSpan) -> Bool {
        var end = text.byteCount
        if end > 0, text.byte(end &- 1) == 0x20 { end &-= 1 }
        for index in 0..<end where text.byte(index) < 0x20 || text.byte(index) == 0x7F {
            return false
        }
        let quote = UInt8(ascii: "\"")
        var start = 0
        let isQuoted = end > 1 && text.byte(0) == quote && text.byte(end &- 1) == quote
        if isQuoted {
            start = 1
            end &-= 1
        }
        let phrase = text.extracting(start..<end)
        guard !phrase.isMade(of: \.isSpace), phrase.byteCount > 0 else { return false }
        var isSpecial = false
        var quotes = 0
        var escapes = 0
        for index in 0..<phrase.byteCount {
            let byte = phrase.byte(index)
            if byte == quote {
                quotes += 1
                if index > 0, phrase.byte(index &- 1) == UInt8(ascii: "\\") { escapes += 1 }
            }
            if specials.contains(byte) { isSpecial = true }
        }
        return !isSpecial || isQuoted && quotes == escapes
    }
}

/// What Gmail says of its own names: 6 to 30 letters and digits, dots between them, and anything
/// behind a plus.
private enum MailProviderRules {
    static func accept(_ local: RawSpan, _ host: RawSpan) -> Bool {
        guard host.equalsIgnoringCase("gmail.com") || host.equalsIgnoringCase("googlemail.com")
        else { return true }
        let end = local.firstIndex(of: UInt8(ascii: "+")) ?? local.byteCount
        var letters = 0
        var isEmptySegment = true
        for index in 0..<end {
            let byte = local.byte(index)
            if byte == UInt8(ascii: ".") {
                if isEmptySegment { return false }
                isEmptySegment = true
            } else {
                guard byte.isASCIIAlphanumeric else { return false }
                isEmptySegment = false
                letters += 1
            }
        }
        return !isEmptySegment && (6...30).contains(letters)
    }
}

extension UInt8 {
    /// White space of ASCII.
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    /// `atext` of RFC 5322 section 3.2.3.
    var isMailText: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F,
            0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E:
            true
        default: false
        }
    }
}

extension RawSpan {
    /// Whether the scalar at `index` shows something: no controls, spaces, or marks that hide or
    /// reorder others.
    func isVisibleScalar(at index: Int) -> Bool {
        guard let found = scalar(at: index), let scalar = Unicode.Scalar(found.value) else {
            return false
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate,
            .unassigned, .privateUse:
            return false
        default: return true
        }
    }
}
