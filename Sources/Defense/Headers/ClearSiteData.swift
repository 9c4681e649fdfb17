public import GatehouseCore
public import GatehouseHTTP

/// Makes the browser drop what it keeps for this origin (W3C Clear Site Data): for the answer to a
/// sign-out. In no preset; a route adds it.
public struct ClearSiteData: SecurityHeader {
    /// What is dropped.
    public enum Kind: String, CaseIterable, Sendable {
        /// The HTTP cache.
        case cache
        /// Cookies, of the whole registrable domain, and other credentials.
        case cookies
        /// Local storage, databases, service workers.
        case storage
        /// Open pages reload.
        case executionContexts
        /// Remembered client hints.
        case clientHints
        /// Prefetched responses.
        case prefetchCache
        /// Prerendered pages.
        case prerenderCache
        /// All of them, and what comes later.
        case everything = "*"
    }

    /// `Clear-Site-Data`
    public var name: FieldName { .clearSiteData }
    /// The rendered value.
    public let value: String
    private let kinds: [Kind]

    /// Drops these kinds; what OWASP asks for at sign-out unless said otherwise.
    public init(_ kinds: [Kind] = [.cache, .cookies, .storage]) throws(ConfigurationError) {
        guard !kinds.isEmpty else {
            throw .invalid("Clear-Site-Data", "names nothing; browsers ignore it then")
        }
        if let twice = kinds.map(\.rawValue).firstDuplicate {
            throw .invalid("Clear-Site-Data", "\"\(twice)\" stands twice; remove one")
        }
        if kinds.count > 1, kinds.contains(.everything) {
            throw .invalid("Clear-Site-Data", "\"*\" covers the others; leave it alone or out")
        }
        self.kinds = kinds
        value = Self.render(kinds)
    }

    /// The header by its text: quoted names between commas.
    public init(parsing value: String) throws(ConfigurationError) {
        var kinds: [Kind] = []
        for piece in value.pieces(separatedBy: ",") {
            guard piece.hasPrefix("\""), piece.hasSuffix("\""), piece.count > 2 else {
                throw .invalid(
                    "Clear-Site-Data", "found \(piece); browsers ignore names without quotes")
            }
            guard let kind = Kind(rawValue: String(piece.dropFirst().dropLast())) else {
                let known = Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                throw .invalid("Clear-Site-Data", "found \(piece); expected some of: \(known)")
            }
            kinds.append(kind)
        }
        try self.init(kinds)
    }

    /// One line: everything that either drops.
    public func strictest(with theirs: [String]) -> [String] {
        let named = theirs.flatMap { $0.pieces(separatedBy: ",") }
        let all = Kind.allCases.filter { kind in
            kinds.contains(kind) || named.contains("\"\(kind.rawValue)\"")
        }
        return [Self.render(all.contains(.everything) ? [.everything] : all)]
    }

    private static func render(_ kinds: [Kind]) -> String {
        kinds.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    }
}
