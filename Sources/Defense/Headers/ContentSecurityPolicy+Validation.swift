import GatehouseCore
import GatehouseHTTP

extension ContentSecurityPolicy.Directive.Name {
    /// What kind of words a directive takes.
    enum Grammar { case sources, ancestors, flags, group, addresses, sink, policies, nothing }

    var grammar: Grammar {
        switch self {
        case .frameAncestors: .ancestors
        case .sandbox: .flags
        case .reportTo: .group
        case .reportURI: .addresses
        case .requireTrustedTypesFor: .sink
        case .trustedTypes: .policies
        case .upgradeInsecureRequests: .nothing
        default: .sources
        }
    }

    fileprivate var isScript: Bool {
        switch self {
        case .defaultSource, .scriptSource, .scriptSourceElement, .scriptSourceAttribute,
            .workerSource:
            true
        default: false
        }
    }

    fileprivate var isStyle: Bool {
        switch self {
        case .defaultSource, .styleSource, .styleSourceElement, .styleSourceAttribute: true
        default: false
        }
    }
}

extension ContentSecurityPolicy.Directive {
    /// Refuses what a browser would ignore or read otherwise than it looks.
    func validate(_ policy: String) throws(ConfigurationError) {
        let key = "\(policy) \(name.rawValue)"
        let words = sources.map(\.text)
        for word in words {
            guard !word.isEmpty, word.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw .invalid(
                    key,
                    "\"\(word)\" holds a byte that no source may hold; "
                        + "write international names as xn--…")
            }
            guard !word.contains(where: { $0 == ";" || $0 == "," }) else {
                throw .invalid(key, "\"\(word)\" would end the directive; encode it as %3B or %2C")
            }
        }
        if let twice = words.firstDuplicate {
            throw .invalid(key, "\(twice) stands twice; remove one")
        }
        switch name.grammar {
        case .sources, .ancestors: try validateSources(key, words)
        case .nothing where !words.isEmpty: throw .invalid(key, "takes no value; remove it")
        case .nothing: break
        case .flags:
            for word in words where !Self.sandboxFlags.contains(word) {
                throw .invalid(
                    key,
                    "found \"\(word)\"; expected some of: "
                        + Self.sandboxFlags.joined(separator: ", "))
            }
        case .group where words.count != 1 || !words[0].isToken:
            throw .invalid(key, "names one group of Reporting-Endpoints")
        case .group: break
        case .addresses:
            guard !words.isEmpty,
                words.allSatisfy({ $0.hasPrefix("https://") || $0.hasPrefix("/") })
            else { throw .invalid(key, "needs https:// addresses or paths") }
        case .sink where words != ["'script'"]: throw .invalid(key, "takes 'script' alone")
        case .sink: break
        case .policies: try Self.validatePolicies(key, words)
        }
    }

    private func validateSources(_ key: String, _ words: [String]) throws(ConfigurationError) {
        guard !words.isEmpty else {
            throw .invalid(key, "is empty, which means 'none'; write 'none'")
        }
        if words.count > 1, words.contains("'none'") {
            throw .invalid(key, "'none' must stand alone; browsers ignore it beside others")
        }
        for word in words { try validate(word, key) }
        guard words.contains("'unsafe-inline'") else { return }
        if let winner = words.first(where: { $0 == "'strict-dynamic'" || $0.hasPrefix("'sha") }) {
            throw .invalid(key, "browsers ignore 'unsafe-inline' beside \(winner); remove one")
        }
    }

    private func validate(_ word: String, _ key: String) throws(ConfigurationError) {
        let bare = word.lowercased()
        if Self.keywords.contains("'\(bare)'") {
            throw .invalid(key, "\(word) without quotes is a host's name; write '\(bare)'")
        }
        guard word.hasPrefix("'") || word.hasSuffix("'") else {
            guard Self.isHostOrScheme(word) else {
                throw .invalid(key, "\"\(word)\" is neither a host, a scheme: nor a 'keyword'")
            }
            return
        }
        if bare.hasPrefix("'nonce-") {
            throw .invalid(
                key,
                "a nonce must be new in every response; a fixed one protects nothing: "
                    + "use a hash 'sha256-…'")
        }
        let isHash = Self.isHash(word)
        guard isHash || Self.keywords.contains(bare) else {
            let known = Self.keywords.joined(separator: " ")
            throw .invalid(key, "found \(word); expected one of: \(known) 'sha256-…'")
        }
        guard allows(bare, isHash: isHash) else {
            throw .invalid(key, "browsers ignore \(word) here; remove it")
        }
    }

    /// Whether a quoted word has a meaning in this directive (CSP 3, sections 6.1 to 6.4).
    private func allows(_ keyword: String, isHash: Bool) -> Bool {
        switch keyword {
        case "'self'", "'none'": true
        case "'strict-dynamic'", "'unsafe-eval'", "'wasm-unsafe-eval'": name.isScript
        case "'unsafe-inline'", "'unsafe-hashes'", "'report-sample'": name.isScript || name.isStyle
        default: isHash && (name.isScript || name.isStyle)
        }
    }

    private static let keywords = [
        "'none'", "'self'", "'strict-dynamic'", "'report-sample'", "'unsafe-hashes'",
        "'wasm-unsafe-eval'", "'unsafe-inline'", "'unsafe-eval'",
    ]

    private static let sandboxFlags = [
        "allow-downloads", "allow-forms", "allow-modals", "allow-orientation-lock",
        "allow-pointer-lock", "allow-popups", "allow-popups-to-escape-sandbox",
        "allow-presentation", "allow-same-origin", "allow-scripts",
        "allow-storage-access-by-user-activation", "allow-top-navigation",
        "allow-top-navigation-by-user-activation", "allow-top-navigation-to-custom-protocols",
    ]

    /// `'sha256-…'`, `'sha384-…'` or `'sha512-…'` with the right count of base64 digits.
    private static func isHash(_ word: String) -> Bool {
        guard word.hasPrefix("'"), word.hasSuffix("'"), word.count > 9 else { return false }
        let digits: [String: Int] = ["sha256-": 44, "sha384-": 64, "sha512-": 88]
        let inner = word.dropFirst().dropLast()
        guard let count = digits[inner.prefix(7).lowercased()] else { return false }
        let text = inner.dropFirst(7)
        return text.utf8.count == count
            && text.utf8.allSatisfy { byte in
                byte.isDigit || byte.asciiLowercased &- 0x61 < 26 || "+/-_=".utf8.contains(byte)
            }
    }

    /// CSP 3 section 2.3.1: `scheme:`, or an optional scheme, `*` or a host with an optional
    /// leading `*.`, an optional port, an optional path.
    static func isHostOrScheme(_ word: String) -> Bool {
        if word.hasSuffix(":") { return isScheme(word.dropLast()) }
        var rest = word[...]
        if let mark = word.firstRange(of: "://") {
            guard isScheme(word[..<mark.lowerBound]) else { return false }
            rest = word[mark.upperBound...]
        }
        let path = rest.firstIndex { $0 == "/" } ?? rest.endIndex
        guard !rest[path...].contains(where: { $0 == "?" || $0 == "#" }) else { return false }
        var authority = rest[..<path]
        if let colon = authority.lastIndex(of: ":") {
            let port = authority[authority.index(after: colon)...]
            guard port == "*" || (1...5).contains(port.count) && port.utf8.allSatisfy(\.isDigit)
            else { return false }
            authority = authority[..<colon]
        }
        if authority == "*" { return path == rest.endIndex }
        if authority.hasPrefix("*.") { authority = authority.dropFirst(2) }
        return HostName.isValid(String(authority).lowercased())
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.asciiLowercased &- 0x61 < 26 else { return false }
        return text.utf8.allSatisfy { byte in
            byte.isDigit || byte.asciiLowercased &- 0x61 < 26 || "+-.".utf8.contains(byte)
        }
    }

    private static func validatePolicies(
        _ key: String, _ words: [String]
    ) throws(ConfigurationError) {
        if words.count > 1, words.contains("'none'") {
            throw .invalid(key, "'none' must stand alone; browsers ignore it beside others")
        }
        for word in words
        where !["'none'", "'allow-duplicates'", "*"].contains(word) && !word.isPolicyName {
            throw .invalid(key, "found \(word); expected policy names, *, 'allow-duplicates'")
        }
    }
}

extension String {
    /// Trusted Types section 4.2: letters, digits and `-#=_/@.%`.
    fileprivate var isPolicyName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                byte.isDigit || byte.asciiLowercased &- 0x61 < 26 || "-#=_/@.%".utf8.contains(byte)
            }
    }
}
