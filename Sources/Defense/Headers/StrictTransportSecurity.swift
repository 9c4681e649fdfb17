public import GatehouseCore
public import GatehouseHTTP

/// Tells browsers to reach this host over HTTPS only (RFC 6797).
///
/// Sent on secure requests alone: over plain HTTP the field must not be sent (section 7.2).
public struct StrictTransportSecurity: SecurityHeader {
    /// What one field says.
    private struct Terms: Equatable {
        var maxAge: Int
        var includesSubdomains = false
        var preload = false

        var rendered: String {
            "max-age=\(maxAge)" + (includesSubdomains ? "; includeSubDomains" : "")
                + (preload ? "; preload" : "")
        }
    }

    /// A year: what browsers' preload lists ask for at least.
    public static let year = Duration.seconds(31_536_000)

    /// `Strict-Transport-Security`
    public var name: FieldName { .strictTransportSecurity }
    /// The rendered value.
    public let value: String
    private let terms: Terms

    /// Renders the header once.
    /// - Parameters:
    ///   - maxAge: how long browsers remember; whole seconds. Zero makes them forget, and can't be
    ///     combined with anything.
    ///   - includeSubdomains: whether it holds for every name below this host's.
    ///   - preload: consent to be built into browsers; hard to undo, so that it is off unless
    ///     asked for, and then needs a year and `includeSubdomains` (hstspreload.org).
    public init(
        maxAge: Duration = year, includeSubdomains: Bool = true, preload: Bool = false
    ) throws(ConfigurationError) {
        guard maxAge.components.attoseconds == 0 else {
            throw .invalid(Self.key("max-age"), "write whole seconds")
        }
        try self.init(
            Terms(
                maxAge: Int(maxAge.components.seconds), includesSubdomains: includeSubdomains,
                preload: preload))
    }

    /// The header by its text.
    public init(parsing value: String) throws(ConfigurationError) {
        var seen: [String] = []
        var terms = Terms(maxAge: -1)
        for piece in value.pieces(separatedBy: ";") {
            let directive = piece.directive
            seen.append(directive.name)
            switch (directive.name, directive.value) {
            case ("max-age", let text?):
                guard let seconds = text.deltaSeconds else {
                    throw .invalid(Self.key("max-age"), "found \"\(text)\"; expected seconds")
                }
                terms.maxAge = seconds
            case ("includesubdomains", nil): terms.includesSubdomains = true
            case ("preload", nil): terms.preload = true
            default:
                throw .invalid(
                    Self.key(), "found \"\(piece)\"; expected max-age=…, includeSubDomains, preload"
                )
            }
        }
        if let twice = seen.firstDuplicate {
            throw .invalid(Self.key(twice), "stands twice; browsers ignore the field then")
        }
        guard terms.maxAge >= 0 else {
            throw .invalid(Self.key("max-age"), "is missing; browsers ignore the field without it")
        }
        try self.init(terms)
    }

    private init(_ terms: Terms) throws(ConfigurationError) {
        guard terms.maxAge >= 0 else { throw .invalid(Self.key("max-age"), "must not be negative") }
        if terms.maxAge == 0, terms.includesSubdomains || terms.preload {
            throw .invalid(
                Self.key("max-age"), "0 makes browsers forget: it must stand alone, or be a year")
        }
        if terms.preload, terms.maxAge < 31_536_000 || !terms.includesSubdomains {
            throw .invalid(
                Self.key("preload"), "needs max-age=31536000 or more, and includeSubDomains")
        }
        self.terms = terms
        value = terms.rendered
    }

    private static func key(_ directive: String? = nil) -> String {
        "Strict-Transport-Security" + (directive.map { " " + $0 } ?? "")
    }

    /// One line: the longest `max-age`, `includeSubDomains` if either says so. `preload` is
    /// consent, not strictness, and a `max-age` of zero a wish to be forgotten: ours alone decides
    /// on both.
    public func strictest(with theirs: [String]) -> [String] {
        guard terms.maxAge > 0 else { return [value] }
        var result = terms
        for text in theirs {
            var other = Terms(maxAge: 0)
            for piece in text.pieces(separatedBy: ";") {
                let directive = piece.directive
                if directive.name == "max-age" { other.maxAge = directive.value?.deltaSeconds ?? 0 }
                if directive.name == "includesubdomains" { other.includesSubdomains = true }
            }
            guard other.maxAge > 0 else { continue }
            result.maxAge = max(result.maxAge, other.maxAge)
            result.includesSubdomains = result.includesSubdomains || other.includesSubdomains
        }
        return [result.rendered]
    }

    /// Adds the header on a secure request; on any other removes it (section 7.2).
    public func after(_ request: Request, _ response: inout Response) {
        if request.isSecure {
            response.fields.tighten(with: self)
        } else {
            response.fields.remove(name)
        }
    }
}
