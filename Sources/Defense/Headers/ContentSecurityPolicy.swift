public import GatehouseCore
public import GatehouseHTTP

/// States what a page may load, run, send to and be framed by (W3C Content Security Policy 3).
///
/// A policy that a handler or an upstream set stays, and ours stands beside it: browsers enforce
/// both, so that the result is the strictest.
public struct ContentSecurityPolicy: SecurityHeader {
    /// What browsers do with a violation.
    public enum Mode: Sendable {
        /// They block it.
        case enforced
        /// They report it and let it pass.
        case reportOnly
    }

    /// Whether it blocks or reports.
    public let mode: Mode
    /// The directives in order.
    public let directives: [Directive]
    /// The rendered value.
    public let value: String
    /// `Content-Security-Policy` or its report-only form.
    public var name: FieldName {
        mode == .enforced ? .contentSecurityPolicy : .contentSecurityPolicyReportOnly
    }

    /// Renders the policy once; what browsers would ignore stops the start.
    /// - Parameter dangerouslyOmitDefaultSource: allows a policy without `default-src`, which
    ///   leaves every kind of resource that it does not name unrestricted.
    public init(
        _ directives: [Directive], mode: Mode = .enforced,
        dangerouslyOmitDefaultSource: Bool = false
    ) throws(ConfigurationError) {
        let key = mode == .enforced ? Self.key : Self.key + "-Report-Only"
        guard !directives.isEmpty else { throw .invalid(key, "holds no directive") }
        for directive in directives { try directive.validate(key) }
        if let twice = directives.map(\.name.rawValue).firstDuplicate {
            throw .invalid(key, "\(twice) stands twice; browsers ignore the second: join them")
        }
        guard
            dangerouslyOmitDefaultSource
                || directives.contains(where: { $0.name == .defaultSource })
        else {
            throw .invalid(
                key,
                "default-src is missing: what the policy does not name is unrestricted; "
                    + "add default-src 'none' or 'self'")
        }
        if mode == .reportOnly { try Self.validateReporting(directives, key) }
        self.mode = mode
        self.directives = directives
        value = directives.map(\.rendered).joined(separator: "; ")
    }

    /// The enforced policy by its text.
    public init(parsing value: String) throws(ConfigurationError) {
        try self.init(parsing: value, mode: .enforced)
    }

    /// A policy by its text.
    public init(parsing value: String, mode: Mode) throws(ConfigurationError) {
        let key = mode == .enforced ? Self.key : Self.key + "-Report-Only"
        var directives: [Directive] = []
        var pieces = value.pieces(separatedBy: ";")
        if pieces.last == "" { pieces.removeLast() }
        for piece in pieces {
            let words = piece.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let first = words.first else {
                throw .invalid(key, "an empty directive; remove the extra ;")
            }
            guard let name = Directive.Name(rawValue: first.lowercased()) else {
                throw .invalid(key, Directive.Name.advice(on: first))
            }
            directives.append(Directive(name, words.dropFirst().map(Directive.Source.init(text:))))
        }
        try self.init(directives, mode: mode)
    }

    private static let key = "Content-Security-Policy"

    /// CSP 3, sections 6.3.2 and 6.5 and the upgrade specification: neither is read when reporting.
    private static func validateReporting(
        _ directives: [Directive], _ key: String
    ) throws(ConfigurationError) {
        for directive in directives
        where directive.name == .sandbox || directive.name == .upgradeInsecureRequests {
            throw .invalid(key, "\(directive.name.rawValue) is ignored when reporting; remove it")
        }
        guard directives.contains(where: { $0.name == .reportTo || $0.name == .reportURI }) else {
            throw .invalid(key, "reports to nobody; add report-to or report-uri")
        }
    }

    /// All of theirs, and ours unless it is among them.
    public func strictest(with theirs: [String]) -> [String] {
        theirs.contains(value) ? theirs : theirs + [value]
    }

    /// The words of a directive, or nil if the policy does not have it.
    func words(of name: Directive.Name) -> [String]? {
        directives.first { $0.name == name }?.sources.map(\.text)
    }
}
