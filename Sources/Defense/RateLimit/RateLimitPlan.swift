package import GatehouseCore
import GatehouseHTTP
import GatehouseStorage
import Synchronization

/// The policies of one control, prepared: which apply to a request, under which key, and what the
/// response says of them. Knows no store, so that a remote one can share it.
struct RateLimitPlan: Sendable {
    /// How an address counts: IPv4 whole, IPv6 by the part that one subscriber holds.
    static let ipv6Bits = 64

    /// A quota of a policy: its own, or a tier's.
    struct Choice: Sendable {
        /// Place in the store's rules.
        var rule: Int
        var match: RateLimitPolicy.Tier.Match?
        /// The hash of all that is known beforehand.
        var hasher: CounterHasher
        /// Most that one request can take.
        var costMax: Int
        /// `"default";q=100;w=900`
        var policyItem: [UInt8]
        /// The whole field, for requests that meet this policy alone.
        var policyField: Fields
    }

    /// What each request asks of a policy: plain numbers, that cost nothing to look at.
    struct Traits: Sendable {
        var number: Int
        var scale: Int
        var unit: RateLimitPolicy.Unit
        var callers: RateLimitPolicy.Callers
        var methods: MethodKind
        var slowDown: RateLimitPolicy.SlowDown?
        var isConcurrency: Bool
        var isShadow: Bool
        /// Whether what was counted is corrected once a request is over.
        var isCorrected: Bool
        var tellsPartition: Bool

        enum MethodKind: Sendable { case all, read, write, listed }

        init(_ policy: RateLimitPolicy) {
            number = policy.number
            scale = policy.scale
            unit = policy.unit
            callers = policy.callers
            methods =
                switch policy.methods {
                case .all: .all
                case .read: .read
                case .write: .write
                case .only: .listed
                }
            slowDown = policy.slowDown
            isConcurrency = policy.algorithm == .concurrency
            isShadow = policy.isShadow
            isCorrected = isConcurrency || policy.counts != .all || policy.unit == .bytes
            tellsPartition = policy.tellsPartition
        }
    }

    struct Entry: Sendable {
        var traits: Traits
        var policy: RateLimitPolicy
        /// The policy's own quota first; their rules follow one another.
        var choices: [Choice]
        /// Empty: every path.
        var prefixes: [PathPrefix]
        /// By `Route.index`, whether the route names it; nil: every route.
        var routes: [Bool]?
        /// Methods, where they are listed.
        var methods: [Method]
        /// `"default";r=`
        var remainingItem: [UInt8]
        /// For the log.
        var detail: String
        /// Who uses most of it.
        var ranking: LimitRanking?

        /// Places of its rules in the store's.
        var first: Int
        var last: Int
    }

    private static let owners = Atomic<UInt32>(0)

    let entries: [Entry]
    let owner: UInt32
    let stage: RateLimitPolicy.Stage
    let systems: (any AutonomousSystems)?

    /// - Parameter named: by `Route.index`, the policies that the route names, by which `.named`
    ///   ones apply; nil for all of them.
    init(
        _ policies: [RateLimitPolicy], named: [[String]]?, rules: [LimitRule], seed: CounterSeed,
        surroundings: LimitSurroundings = LimitSurroundings()
    ) throws(ConfigurationError) {
        guard Set(policies.map(\.name)).count == policies.count else {
            throw .invalid("name", "names two limits; each needs its own")
        }
        guard surroundings.systems != nil || !policies.contains(where: { $0.key.contains(.asn) })
        else { throw .invalid("key", "asn needs a database of autonomous systems") }
        var entries: [Entry] = []
        for policy in policies {
            var entry = try Self.entry(policy, rules, seed)
            entry.ranking = surroundings.ranking(policy.name)
            if policy.applies == .named, let named {
                entry.routes = named.map { $0.contains(policy.name) }
            }
            entries.append(entry)
        }
        // Stores lock counters in this order.
        self.entries = entries.sorted { $0.first < $1.first }
        systems = surroundings.systems
        stage = policies.contains { $0.stage == .fine } ? .fine : .coarse
        owner = Self.owners.add(1, ordering: .relaxed).newValue
        let most = Self.mostAtOnce(entries)
        guard most <= LimitBatch.capacity else {
            throw .invalid(
                "limits", "\(most) apply to one request; at most \(LimitBatch.capacity) may")
        }
    }

    private static func entry(
        _ policy: RateLimitPolicy, _ rules: [LimitRule], _ seed: CounterSeed
    ) throws(ConfigurationError) -> Entry {
        var choices: [Choice] = []
        for (place, rule) in policy.rules.enumerated() {
            guard let index = rules.firstIndex(of: rule),
                index == (choices.first?.rule ?? index) + place
            else { throw .invalid(policy.name, "is not among the rules of the store") }
            let tier = place == 0 ? nil : policy.tiers[place - 1]
            choices.append(
                choice(policy, rule, index, quota: tier?.quota ?? policy.quota, tier, seed))
        }
        var prefixes: [PathPrefix] = []
        if case .prefixes(let texts) = policy.applies { prefixes = texts.map(PathPrefix.init) }
        var methods: [Method] = []
        if case .only(let listed) = policy.methods {
            // A route for GET answers HEAD too: it must be no way around.
            methods = listed + (listed.contains(.get) && !listed.contains(.head) ? [.head] : [])
        }
        return Entry(
            traits: Traits(policy), policy: policy, choices: choices, prefixes: prefixes,
            routes: nil, methods: methods, remainingItem: Array("\"\(policy.name)\";r=".utf8),
            detail: "limit \(policy.name)", first: choices[0].rule,
            last: choices[choices.count - 1].rule)
    }

    private static func choice(
        _ policy: RateLimitPolicy, _ rule: LimitRule, _ index: Int, quota: Int,
        _ tier: RateLimitPolicy.Tier?, _ seed: CounterSeed
    ) -> Choice {
        var hasher = CounterHasher(seed)
        hasher.combine(rule.name)
        hasher.combine("\(rule.algorithm)")
        hasher.combine(UInt64(rule.quota))
        hasher.combine(UInt64(bitPattern: rule.window))
        let item = Array(item(policy, quota).utf8)
        var field = Fields()
        field.append(.rateLimitPolicy, trusted: item.raw)
        return Choice(
            rule: index, match: tier?.match, hasher: hasher, costMax: rule.costMax,
            policyItem: item, policyField: field)
    }

    /// `"default";q=100;w=900`; `qu` where the quota is of no requests; of requests at a time there
    /// is no window (draft-ietf-httpapi-ratelimit-headers-10 section 3).
    private static func item(_ policy: RateLimitPolicy, _ quota: Int) -> String {
        var text = "\"\(policy.name)\";q=\(quota)"
        if policy.algorithm == .concurrency { return text + ";qu=\"concurrent-requests\"" }
        switch policy.unit {
        case .requests: break
        case .bytes: text += ";qu=\"content-bytes\""
        case .cost: text += ";qu=\"cost\""
        }
        return text + ";w=\(policy.window.components.seconds)"
    }

    /// Most policies that one request can meet: of the prefixes that hold a path, all hold the
    /// longest; of the named ones, those of the route that names most.
    private static func mostAtOnce(_ entries: [Entry]) -> Int {
        let everywhere = entries.count { $0.prefixes.isEmpty && $0.routes == nil }
        let prefixed = entries.flatMap(\.prefixes).map { longest in
            entries.count { $0.prefixes.contains { longest.lies(in: $0) } }
        }
        let routes = entries.compactMap(\.routes?.count).max() ?? 0
        let named = (0..<routes).map { route in
            entries.count { $0.routes?[route] == true }
        }
        return everywhere + (prefixed.max() ?? 0) + (named.max() ?? 0)
    }
}

/// What limits are told beside their policies.
package struct LimitSurroundings: Sendable {
    /// Where addresses belong; nil where nobody asks.
    package var systems: (any AutonomousSystems)?
    /// Who uses most, by the policy's name.
    package var rankings: [String: LimitRanking] = [:]

    package init() {}

    func ranking(_ name: String) -> LimitRanking? { rankings[name] }
}

/// Knows which autonomous system announces an address.
package protocol AutonomousSystems: Sendable {
    /// The system's number; nil when no entry holds the address.
    func number(of address: IPAddress) -> UInt32?
}
