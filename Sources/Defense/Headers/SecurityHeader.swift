public import GatehouseCore
public import GatehouseHTTP

/// One response header that tells browsers to be careful: validated and rendered at start-up.
///
/// Each is a control by itself. Where a handler or an upstream already set the header, the
/// strictest of both is sent; docs/HEADERS.md lists the order of each.
public protocol SecurityHeader: Control {
    /// The header's name.
    var name: FieldName { get }
    /// The rendered value.
    var value: String { get }
    /// The header by its text, as a configuration file gives it.
    /// - Throws: `ConfigurationError` for a value that browsers would ignore, or that contradicts
    ///   itself; the message says how to mend it.
    init(parsing value: String) throws(ConfigurationError)
    /// The lines to send instead of `theirs`, the lines that a handler or an upstream set.
    func strictest(with theirs: [String]) -> [String]
}

extension SecurityHeader {
    /// Adds the header, or makes the one that is there stricter.
    public func after(_ request: Request, _ response: inout Response) {
        response.fields.tighten(with: self)
    }
}

extension Fields {
    /// Adds a header, or replaces the lines that are there by the strictest of both.
    package mutating func tighten(with header: some SecurityHeader) {
        guard contains(header.name) else { return append(header.name, checked: header.value) }
        let lines = header.strictest(with: values(of: header.name))
        remove(header.name)
        for line in lines { append(header.name, checked: line) }
    }

    /// Adds a line whose text is ours, or was a received field's value.
    package mutating func append(_ name: FieldName, checked value: String) {
        append(name, trusted: Array(value.utf8).raw)
    }
}

/// A header whose value is one word of a short list that has an order from strict to lax.
public protocol RankedHeader: SecurityHeader {
    /// The words, strictest first.
    associatedtype Policy: RawRepresentable<String> & CaseIterable & Equatable & Sendable
    /// The header's name.
    static var field: FieldName { get }
    /// What the header says.
    var policy: Policy { get }
    /// The header by its word.
    init(_ policy: Policy)
    /// The word that a browser obeys when it reads `text`, or nil if it ignores the text.
    static func effective(_ text: String) -> Policy?
}

extension RankedHeader {
    /// The header's name.
    public var name: FieldName { Self.field }
    /// The word.
    public var value: String { policy.rawValue }

    /// The header by its word, in any case.
    public init(parsing value: String) throws(ConfigurationError) {
        let word = value.trimmedWhitespace.lowercased()
        guard let policy = Policy.allCases.first(where: { $0.rawValue.lowercased() == word }) else {
            let words = Policy.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("\(Self.field)", "found \"\(value)\"; expected one of: \(words)")
        }
        self.init(policy)
    }

    /// The word in any case; parameters after `;` do not change what it enforces.
    public static func effective(_ text: String) -> Policy? {
        let word = text.prefix { $0 != ";" }.lowercased().trimmedWhitespace
        return Policy.allCases.first { $0.rawValue.lowercased() == word }
    }

    /// One line: whichever of the words stands first in `Policy`; unknown words count for nothing.
    public func strictest(with theirs: [String]) -> [String] {
        let known = theirs.flatMap { $0.split(separator: ",") }
            .compactMap { Self.effective(String($0)) }
        let winner = Policy.allCases.first { $0 == policy || known.contains($0) }
        return [(winner ?? policy).rawValue]
    }
}
