public import GatehouseCore
public import GatehouseHTTP

/// States who may keep a response, and for how long (RFC 9111 section 5.2.2).
///
/// Both presets say `no-store`: what an API answers is somebody's data until a route says
/// otherwise.
public struct CacheControl: SecurityHeader {
    /// A response directive. Durations are whole seconds.
    public enum Directive: Equatable, Sendable {
        /// Nobody keeps it.
        case noStore
        /// Kept, but asked about before each use.
        case noCache
        /// Only the caller's own cache keeps it.
        case `private`
        /// Shared caches may keep it, even of requests with credentials.
        case `public`
        /// Fresh for this long.
        case maxAge(Duration)
        /// Fresh for this long in shared caches.
        case sharedMaxAge(Duration)
        /// Never used when stale.
        case mustRevalidate
        /// Never used when stale by shared caches.
        case proxyRevalidate
        /// Kept only by caches that understand the status (RFC 9111 section 5.2.2.3).
        case mustUnderstand
        /// Nobody on the way changes the body.
        case noTransform
        /// Never changes while fresh (RFC 8246).
        case immutable
        /// May be used for this long while a new one is fetched (RFC 5861).
        case staleWhileRevalidate(Duration)
        /// May be used for this long when the origin fails (RFC 5861).
        case staleIfError(Duration)
    }

    /// `Cache-Control`
    public var name: FieldName { .cacheControl }
    /// The rendered value.
    public let value: String
    private let terms: CacheTerms

    /// `no-store`
    public static let noStore = CacheControl(CacheTerms(flags: [.noStore]))

    /// Renders the directives once; directives that contradict each other stop the start.
    public init(_ directives: [Directive]) throws(ConfigurationError) {
        try self.init(parsing: directives.map(\.text).joined(separator: ", "))
    }

    /// The header by its text.
    public init(parsing value: String) throws(ConfigurationError) {
        var terms = CacheTerms()
        var seen: [String] = []
        for piece in value.pieces(separatedBy: ",") {
            seen.append(piece.directive.name)
            guard terms.take(piece) else {
                throw .invalid(
                    "Cache-Control",
                    "found \"\(piece)\"; expected a directive of RFC 9111, "
                        + "durations as whole seconds")
            }
        }
        if let twice = seen.firstDuplicate {
            throw .invalid("Cache-Control", "\(twice) stands twice; remove one")
        }
        if let why = terms.contradiction { throw .invalid("Cache-Control", why) }
        self.init(terms)
    }

    private init(_ terms: CacheTerms) {
        self.terms = terms
        value = terms.rendered
    }

    /// One line: `no-store` if either says so; otherwise the narrower audience, the shorter life,
    /// every demand of both, and a permission only if both give it.
    public func strictest(with theirs: [String]) -> [String] {
        var other = CacheTerms()
        // Directives that no cache knows are ignored by caches too.
        for piece in theirs.flatMap({ $0.pieces(separatedBy: ",") }) { _ = other.take(piece) }
        return [terms.strictest(other).rendered]
    }
}

extension CacheControl.Directive {
    fileprivate var text: String {
        switch self {
        case .noStore: "no-store"
        case .noCache: "no-cache"
        case .private: "private"
        case .public: "public"
        case .maxAge(let age): "max-age=\(age.wholeSeconds)"
        case .sharedMaxAge(let age): "s-maxage=\(age.wholeSeconds)"
        case .mustRevalidate: "must-revalidate"
        case .proxyRevalidate: "proxy-revalidate"
        case .mustUnderstand: "must-understand"
        case .noTransform: "no-transform"
        case .immutable: "immutable"
        case .staleWhileRevalidate(let age): "stale-while-revalidate=\(age.wholeSeconds)"
        case .staleIfError(let age): "stale-if-error=\(age.wholeSeconds)"
        }
    }
}

extension Duration {
    /// Seconds as text; a fraction stays visible, so that the parser refuses it.
    fileprivate var wholeSeconds: String {
        components.attoseconds == 0 ? "\(components.seconds)" : "\(self)"
    }
}
