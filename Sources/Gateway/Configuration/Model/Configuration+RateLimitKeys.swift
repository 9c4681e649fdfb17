import GatehouseCore
import GatehouseDefense
import GatehouseHTTP

extension Configuration.RateLimit {
    static let section = Section<Self>(
        "a limit", Self(name: "", quota: 1, window: .seconds(60)), counting + choosing + storing
    ) { limit, node, decoding in
        let before = decoding.findings.count
        limit.algorithm =
            limit.algorithm ?? (limit.unit == .requests ? .slidingWindow : .slidingCounter)
        limit.checkWindow(node, &decoding)
        limit.checkBurst(node, &decoding)
        if limit.isQuotaSize, limit.unit != .bytes {
            decoding.refuse(
                node, "a size as a quota of \(limit.unit.rawValue)",
                found: "`quota` with a unit of bytes", expected: "`unit: bytes`, or a number")
        }
        if limit.localShare != nil, limit.whenUnavailable != .local {
            decoding.refuse(
                node, "`local-share` without `local`", found: "no `when-unavailable: local`",
                expected: "`when-unavailable: local`, or no `local-share`")
        }
        if let lease = limit.lease, lease > limit.quota / 10 {
            decoding.refuse(
                node, "a lease that others would miss", found: "\(lease) of \(limit.quota)",
                expected: "`lease` of at most a tenth of `quota`")
        }
        guard decoding.findings.count == before else { return }
        do throws(ConfigurationError) { _ = try limit.policy() } catch {
            guard case .invalid(let key, let why) = error else { return }
            decoding.refuse(
                node, "a limit that cannot work", found: "`\(key)`", expected: "`\(key)` \(why)")
        }
    }

    private mutating func checkWindow(_ node: YAMLNode, _ decoding: inout Decoding) {
        if let writtenWindow {
            window = writtenWindow
        } else if algorithm == .concurrency {
            window = Self.concurrencyWindow
        } else {
            decoding.refuse(
                node.firstLine, "missing key `window`", found: "a limit without `window`",
                expected: Self.windowKind.name)
        }
    }

    private func checkBurst(_ node: YAMLNode, _ decoding: inout Decoding) {
        guard let burst else { return }
        if algorithm != .gcra, algorithm != .tokenBucket {
            let found = algorithm.map { "`algorithm: \($0.rawValue)`" } ?? "no `algorithm`"
            decoding.refuse(
                node, "`burst` without `gcra`", found: found,
                expected: "`algorithm: gcra`, or no `burst`")
        } else if burst > quota {
            decoding.refuse(
                node, "`burst` is larger than `quota`", found: "\(burst) of \(quota)",
                expected: "`burst` of at most `quota`")
        }
    }

    private static let windowKind = Kind<Duration>.duration(.seconds(1)...(.seconds(7 * 86_400)))

    /// A number, or a size where bytes are counted.
    private struct Amount {
        var value: Int
        var isSize: Bool
    }

    private var amount: Amount {
        get { Amount(value: quota, isSize: isQuotaSize) }
        set { (quota, isQuotaSize) = (newValue.value, newValue.isSize) }
    }

    private static let amountKind: Kind<Amount> = {
        let number = Kind<Int>.integer(1...1_000_000)
        return .scalar(
            "\(number.name), or a size such as `100MiB`",
            write: { String($0.value) }
        ) { text throws(Mismatch) in
            if let size = SizeText.parse(text) {
                guard (1...(1 << 40)).contains(size.bytes) else {
                    throw Mismatch(problem: "out of range")
                }
                return Amount(value: size.bytes, isSize: true)
            }
            guard let value = Int(decimal: text) else { throw Mismatch() }
            guard (1...1_000_000).contains(value) else { throw Mismatch(problem: "out of range") }
            return Amount(value: value, isSize: false)
        }
    }()

    private static let counting: [Field<Self>] = [
        Field("name", \.name, .name(), "Its name, in fields and logs.", isRequired: true),
        Field(
            "key", \.key, .oneOrMore(of: .choice, "keys", max: 4),
            "What requests are counted by; several are combined. `address` counts IPv6 by its /64; "
                + "`account`, `session` and `api-key` count callers that have none by address; "
                + "`asn` needs `geo.asn-database`."),
        Field(
            "algorithm", \.algorithm, Kind<Algorithm>.choice.optional,
            "`sliding-window` counts exactly over the last window; `sliding-counter` nearly so, in "
                + "little memory; `gcra`, or `token-bucket`, lets requests through at an even "
                + "pace, with a burst; `fixed-window` begins with a client's first request; "
                + "`concurrency` counts requests at a time.",
            shownDefault: "`sliding-window`; of bytes and cost `sliding-counter`"),
        Field(
            "quota", \.amount, amountKind,
            "Requests, bytes or cost in a window; of `concurrency`, requests at a time.",
            isRequired: true),
        Field(
            "unit", \.unit, .choice,
            "What the quota is a number of: `requests`; `bytes` of content, both ways, charged "
                + "when the answer is sent; `cost`, which routes and handlers state."),
        Field(
            "window", \.writtenWindow, windowKind.optional,
            "The window. Of `concurrency`, the longest that a request counts whose end was lost; "
                + "everywhere else it is required.", shownDefault: "`10m` of `concurrency`"),
        Field(
            "burst", \.burst, Kind.integer(1...1_000_000).optional,
            "For `gcra`: requests that may come at once.", shownDefault: "`quota`"),
        Field(
            "slow-down", \.slowDown, Kind.section(RateLimitPolicy.SlowDown.section).optional,
            "Makes requests wait before the quota is used up."),
    ]

    private static let choosing: [Field<Self>] = [
        Field(
            "applies", \.applies, .scope,
            "Which requests are counted: all, those of routes that name the limit, or those "
                + "whose path begins with one of the prefixes."),
        Field(
            "methods", \.methods, .limitMethods,
            "Which methods are counted; `read` are GET, HEAD and OPTIONS, `write` all others."),
        Field("callers", \.callers, .choice, "Whose requests are counted."),
        Field(
            "counts", \.counts, .choice,
            "Which requests are counted by how they end: `failures` are answered with 400 and more."
        ),
        Field(
            "tiers", \.tiers, .list(of: RateLimitPolicy.Tier.kind, "tiers", in: 0...16),
            "Other quotas for some callers; the first that fits holds.", shownDefault: "none"),
        Field(
            "network", \.networks, .section(RateLimitPolicy.NetworkBits.section),
            "How much of an address `network` counts."),
        Field(
            "shadow", \.isShadow, .bool,
            "Counts and reports whom it would have refused, and refuses nobody."),
    ]

    private static let storing: [Field<Self>] = [
        Field(
            "partition-key", \.tellsPartition, .bool,
            "Tells counters apart in `RateLimit` (`pk`) by an opaque word."),
        Field(
            "clients-max", \.clientsMax, .integer(100...100_000_000),
            "Clients remembered at once: what bounds the memory."),
        Field(
            "store", \.store, Kind<Store>.choice.optional, "Where its counters live.",
            shownDefault: "`redis` where the configuration has one, else `memory`"),
        Field(
            "when-unavailable", \.whenUnavailable, Kind<Unavailable>.choice.optional,
            "What happens while Redis can't be asked: `refuse` answers 503, `allow` lets pass, "
                + "`local` counts in this process. Must be said where Redis counts.",
            shownDefault: "none"),
        Field(
            "lease", \.lease, Kind.integer(2...100_000).optional,
            "Units that a busy client's counter takes from Redis at once, at most a tenth of "
                + "`quota`, to spend them here within a second. Fewer questions to Redis; never "
                + "more than the quota, and perhaps less by what gates hold."),
        Field(
            "local-share", \.localShare, Kind<Double>.share.optional,
            "For `local`: the share of the quota that this process lets pass.",
            shownDefault: "`0.5`"),
    ]
}
