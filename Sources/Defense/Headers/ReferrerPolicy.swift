public import GatehouseCore
public import GatehouseHTTP

/// States how much of a page's address browsers tell the next site (W3C Referrer Policy).
public struct ReferrerPolicy: SecurityHeader {
    /// The words, strictest first, by what another origin learns.
    public enum Policy: String, CaseIterable, Sendable {
        /// Nothing, to nobody. Form posts then carry `Origin: null`.
        case noReferrer = "no-referrer"
        /// The whole address to the same origin, nothing to others.
        case sameOrigin = "same-origin"
        /// The origin, never from HTTPS to HTTP.
        case strictOrigin = "strict-origin"
        /// The whole address to the same origin, the origin to others, never from HTTPS to HTTP.
        case strictOriginWhenCrossOrigin = "strict-origin-when-cross-origin"
        /// The origin, to everybody.
        case origin
        /// The whole address to the same origin, the origin to everybody else.
        case originWhenCrossOrigin = "origin-when-cross-origin"
        /// The whole address, never from HTTPS to HTTP.
        case noReferrerWhenDowngrade = "no-referrer-when-downgrade"
        /// The whole address to everybody.
        case unsafeURL = "unsafe-url"
    }

    /// `Referrer-Policy`
    public var name: FieldName { .referrerPolicy }
    /// What is sent: one word, or fall-backs for older browsers with the wanted word last.
    public let value: String
    private let policy: Policy

    /// States one policy.
    public init(_ policy: Policy = .noReferrer) {
        self.policy = policy
        value = policy.rawValue
    }

    /// The header by its words; a list is a chain of fall-backs, the last one that a browser knows
    /// counts (section 11.1).
    public init(parsing value: String) throws(ConfigurationError) {
        let words = value.pieces(separatedBy: ",").map { $0.lowercased() }
        var last: Policy?
        for word in words {
            guard let policy = Policy(rawValue: word) else {
                let known = Policy.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("Referrer-Policy", "found \"\(word)\"; expected one of: \(known)")
            }
            last = policy
        }
        if let twice = words.firstDuplicate {
            throw .invalid("Referrer-Policy", "\(twice) stands twice; remove one")
        }
        // Splitting yields at least one piece, and an empty piece is no policy.
        policy = last ?? .noReferrer
        self.value = words.joined(separator: ", ")
    }

    /// One line: the stricter of ours and the word that browsers obey in theirs.
    public func strictest(with theirs: [String]) -> [String] {
        let obeyed = theirs.flatMap { $0.pieces(separatedBy: ",") }
            .compactMap { Policy(rawValue: $0.lowercased()) }.last
        guard let obeyed, obeyed != policy else { return [value] }
        let first = Policy.allCases.first { $0 == policy || $0 == obeyed }
        return [first == policy ? value : obeyed.rawValue]
    }
}
