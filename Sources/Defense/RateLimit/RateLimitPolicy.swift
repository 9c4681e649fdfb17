public import GatehouseCore
import GatehouseStorage

/// How much a client may ask for in a time; validated when it is made.
public struct RateLimitPolicy: Sendable {
    /// Name in the `RateLimit` fields, in problem documents and logs.
    public let name: String
    /// What tells one counter from another.
    public let key: [Key]
    /// How requests are counted.
    public let algorithm: Algorithm
    /// Requests, bytes or cost in a window; of `concurrency`, requests at a time.
    public let quota: Int
    /// What the quota is a number of.
    public let unit: Unit
    /// The window; of `concurrency`, the longest that a request counts whose end was lost.
    public let window: Duration
    /// Which requests are counted, by their path or route.
    public let applies: Scope
    /// Which requests are counted, by their method.
    public let methods: Methods
    /// Which requests are counted, by who sends them.
    public let callers: Callers
    /// Which requests are counted, by how they end.
    public let counts: Counting
    /// Other quotas for some callers; the first that fits holds.
    public let tiers: [Tier]
    /// Delays before the quota is used up.
    public let slowDown: SlowDown?
    /// How much of an address `network` counts.
    public let networks: NetworkBits
    /// Whether it only counts and reports whom it would have refused.
    public let isShadow: Bool
    /// Whether `RateLimit` tells clients the counter apart (`pk`): an opaque word that says nothing
    /// about the client.
    public let tellsPartition: Bool
    /// Clients remembered at once, up to 7 % more: what bounds the memory. Beyond it, those who
    /// used least of their quota are forgotten first.
    public let clientsMax: Int
    /// What happens when the store can't be asked.
    package var whenUnavailable = Unavailable.refuse
    /// The policy's place in the configuration.
    package var number = 0

    /// States a policy.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 letters, digits and `-_.`.
    ///   - key: default the address.
    ///   - algorithm: default the sliding window; of bytes and cost the sliding counter.
    ///   - quota: at least 1; of a sliding window and of concurrency at most 100,000, of bytes at
    ///     most 2⁴⁰, else at most 1,000,000,000.
    ///   - unit: default requests.
    ///   - window: whole seconds, 1 second to 7 days.
    ///   - applies: default all requests.
    ///   - methods: default all.
    ///   - callers: default all.
    ///   - counts: default all requests, however they end.
    ///   - tiers: default none.
    ///   - slowDown: default none.
    ///   - networks: default `/24` and `/48`.
    ///   - isShadow: default false.
    ///   - tellsPartition: default false.
    ///   - clientsMax: default 100,000.
    /// - Throws: `ConfigurationError` for what can't work.
    public init(
        name: String, key: [Key] = [.address], algorithm: Algorithm? = nil, quota: Int,
        unit: Unit = .requests, window: Duration, applies: Scope = .everywhere,
        methods: Methods = .all, callers: Callers = .all, counts: Counting = .all,
        tiers: [Tier] = [], slowDown: SlowDown? = nil, networks: NetworkBits = NetworkBits(),
        isShadow: Bool = false, tellsPartition: Bool = false, clientsMax: Int = 100_000
    ) throws(ConfigurationError) {
        self.name = name
        self.key = key
        self.algorithm = algorithm ?? (unit == .requests ? .slidingWindow : .slidingCounter)
        self.quota = quota
        self.unit = unit
        self.window = window
        self.applies = applies
        self.methods = methods
        self.callers = callers
        self.counts = counts
        self.tiers = tiers
        self.slowDown = slowDown
        self.networks = networks
        self.isShadow = isShadow
        self.tellsPartition = tellsPartition
        self.clientsMax = clientsMax
        try validate()
    }

    /// Coarse if it can be decided before anybody knows who is calling.
    package var stage: Stage {
        let needsNoCaller = key.allSatisfy { [.address, .network, .asn].contains($0) }
        return needsNoCaller && callers == .all && tiers.isEmpty ? .coarse : .fine
    }

    /// When a policy can be evaluated.
    package enum Stage: UInt8, Sendable {
        /// Before authentication.
        case coarse
        /// After authentication, when account and route are known.
        case fine
    }
}

// MARK: What the store counts

extension RateLimitPolicy {
    /// Units of the policy that one of the store is: counters hold 32 bits.
    package var scale: Int {
        guard unit == .bytes else { return 1 }
        let most = tiers.map(\.quota).reduce(quota, max)
        var scale = 1
        while most / scale > Self.storeQuotaMax { scale *= 2 }
        return scale
    }

    /// The rules of the policy: its own, and one for each tier. What changes the meaning of
    /// a count makes it another rule; which requests are counted does not.
    var rules: [LimitRule] {
        [rule(quota, burst: burst, "")]
            + tiers.map { tier in
                rule(tier.quota, burst: burst.map { min($0, tier.quota) }, ":" + tier.description)
            }
    }

    private var burst: Int? {
        if case .gcra(let burst) = algorithm { burst } else { nil }
    }

    private func rule(_ quota: Int, burst: Int?, _ suffix: String) -> LimitRule {
        let quota = max(1, quota / scale)
        let counted: LimitRule.Algorithm =
            switch algorithm {
            case .slidingWindow, .concurrency: .slidingWindow
            case .slidingCounter: .slidingCounter
            case .fixedWindow: .fixedWindow
            case .gcra: .gcra(burst: min(max(1, (burst ?? self.quota) / scale), quota))
            }
        var name = name + ":" + key.map(\.rawValue).joined(separator: "+")
        if key.contains(.network) { name += "/\(networks.ipv4)/\(networks.ipv6)" }
        if unit != .requests { name += ":" + unit.rawValue }
        if scale > 1 { name += ":x\(scale)" }
        if counts != .all { name += ":" + counts.rawValue }
        if algorithm == .concurrency { name += ":concurrency" }
        return LimitRule(
            name: name + suffix, algorithm: counted, quota: quota, window: window,
            clientsMax: clientsMax)
    }
}
