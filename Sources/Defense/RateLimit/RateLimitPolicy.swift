public import GatehouseCore
import GatehouseStorage

/// How many requests a client may make in a time; validated when it is made.
public struct RateLimitPolicy: Sendable {
    /// What tells one counter from another; several are combined.
    public enum Key: String, CaseIterable, Sendable {
        /// The client's address, IPv6 by its /64: one household or machine owns that many.
        case address
        /// The caller that a credential proved; anonymous callers count by address.
        case account
        /// The declared route; requests to none count together.
        case route
        /// The value of `X-API-Key`; callers without one, or with several, count by address.
        ///
        /// Unless something checked the key before, it is a name that the client chooses anew as
        /// often as it likes: use it beside a policy that counts by address.
        case apiKey = "api-key"
    }

    /// How requests are counted.
    public enum Algorithm: Hashable, Sendable {
        /// Exactly: never more than the quota in any span of one window.
        case slidingWindow
        /// At an even pace, with so many at once (nil: as many as the quota). Takes the least
        /// memory; a client that was idle may get its burst on top of a window's quota.
        case gcra(burst: Int? = nil)
    }

    /// Which requests are counted.
    public enum Scope: Hashable, Sendable {
        /// All.
        case everywhere
        /// Those of routes that name the policy.
        case named
        /// Those whose path begins so. Letters of either case are the same, since some servers read
        /// paths so; a prefix that ends in `/` also holds the path without it.
        case prefixes([String])
    }

    /// When a policy can be evaluated.
    package enum Stage: Sendable {
        /// Before authentication: it needs the address alone.
        case coarse
        /// After authentication, when account and route are known.
        case fine
    }

    /// Most characters of a name.
    static let nameMax = 64
    /// Most requests of a sliding window: their times are kept.
    static let slidingQuotaMax = 100_000
    static let quotaMax = 1_000_000_000
    static let windowMax = Duration.seconds(7 * 86_400)
    static let prefixesMax = 100

    /// Name in the `RateLimit` fields, in problem documents and logs.
    public let name: String
    /// What tells one counter from another.
    public let key: [Key]
    /// How requests are counted.
    public let algorithm: Algorithm
    /// Requests in a window.
    public let quota: Int
    /// The window.
    public let window: Duration
    /// Which requests are counted.
    public let applies: Scope
    /// Clients remembered at once, up to 7 % more: what bounds the memory. Beyond it, those who
    /// used least of their quota are forgotten first.
    public let clientsMax: Int

    /// States a policy.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 letters, digits and `-_.`.
    ///   - key: default the address.
    ///   - algorithm: default the sliding window.
    ///   - quota: at least 1; of a sliding window at most 100,000.
    ///   - window: whole seconds, 1 second to 7 days.
    ///   - applies: default all requests.
    ///   - clientsMax: default 100,000.
    /// - Throws: `ConfigurationError` for what can't work.
    public init(
        name: String, key: [Key] = [.address], algorithm: Algorithm = .slidingWindow, quota: Int,
        window: Duration, applies: Scope = .everywhere, clientsMax: Int = 100_000
    ) throws(ConfigurationError) {
        self.name = name
        self.key = key
        self.algorithm = algorithm
        self.quota = quota
        self.window = window
        self.applies = applies
        self.clientsMax = clientsMax
        try checkName()
        try checkKey()
        try checkNumbers()
        if case .prefixes(let prefixes) = applies { try Self.check(prefixes) }
    }

    /// Coarse if it needs nothing but the address.
    package var stage: Stage { key == [.address] ? .coarse : .fine }

    /// What the store counts for it. Whatever changes what is counted makes it another rule.
    var rule: LimitRule {
        let counted: LimitRule.Algorithm =
            switch algorithm {
            case .slidingWindow: .slidingWindow
            case .gcra(let burst): .gcra(burst: burst ?? quota)
            }
        return LimitRule(
            name: name + ":" + key.map(\.rawValue).joined(separator: "+"), algorithm: counted,
            quota: quota, window: window, clientsMax: clientsMax)
    }
}

// MARK: Validation

extension RateLimitPolicy {
    private func checkName() throws(ConfigurationError) {
        let isPlain = name.utf8.allSatisfy { byte in
            byte.isDigit || byte.asciiLowercased &- 0x61 < 26 || "-_.".utf8.contains(byte)
        }
        guard isPlain, (1...Self.nameMax).contains(name.utf8.count) else {
            throw .invalid("name", "must be 1 to \(Self.nameMax) letters, digits, - _ and .")
        }
    }

    private func checkKey() throws(ConfigurationError) {
        guard !key.isEmpty else { throw .invalid("key", "must name what is counted by: address") }
        guard Set(key).count == key.count else { throw .invalid("key", "names one thing twice") }
    }

    private func checkNumbers() throws(ConfigurationError) {
        guard (1...Self.quotaMax).contains(quota) else {
            throw .invalid("quota", "must be 1 to \(Self.quotaMax)")
        }
        switch algorithm {
        case .slidingWindow:
            guard quota <= Self.slidingQuotaMax else {
                throw .invalid(
                    "quota", "is more than \(Self.slidingQuotaMax): use gcra, or a shorter window")
            }
        case .gcra(let burst):
            guard (1...quota).contains(burst ?? quota) else {
                throw .invalid("burst", "must be 1 to the quota, \(quota)")
            }
        }
        guard window >= .seconds(1), window <= Self.windowMax,
            window.components.attoseconds == 0
        else { throw .invalid("window", "must be whole seconds, 1 second to 7 days") }
        guard clientsMax >= 1 else { throw .invalid("clientsMax", "must be at least 1") }
    }

    private static func check(_ prefixes: [String]) throws(ConfigurationError) {
        guard (1...prefixesMax).contains(prefixes.count) else {
            throw .invalid("applies", "must hold 1 to \(prefixesMax) prefixes")
        }
        for prefix in prefixes {
            let isPath = prefix.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard prefix.hasPrefix("/"), isPath, !prefix.contains("?") else {
                throw .invalid(
                    "applies", "prefix \(prefix) must begin with / and be a path as it is sent")
            }
        }
    }

    /// What is weak in a list of policies, for `gatehouse check`.
    package static func weaknesses(in policies: [RateLimitPolicy]) -> [String] {
        guard !policies.contains(where: { $0.stage == .coarse && $0.applies == .everywhere }) else {
            return []
        }
        return policies.filter { $0.key.contains(.apiKey) && !$0.key.contains(.address) }.map {
            "limit \($0.name) counts by API key, which clients choose, and none counts all requests"
                + " by address"
        }
    }
}
