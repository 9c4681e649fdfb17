import GatehouseCore

extension RateLimitPolicy {
    /// Most characters of a name.
    static let nameMax = 64
    /// Most requests of a sliding window: their times are kept.
    static let slidingQuotaMax = 100_000
    static let quotaMax = 1_000_000_000
    static let bytesMax = 1 << 40
    /// Most that a counter of the store holds.
    static let storeQuotaMax = 1 << 30
    static let windowMax = Duration.seconds(7 * 86_400)
    static let prefixesMax = 100
    static let tiersMax = 16
    static let heldMax = 100_000

    func validate() throws(ConfigurationError) {
        try checkName()
        try checkKey()
        try checkUnit()
        try checkQuota(quota, "quota")
        try checkAlgorithm()
        try checkTiers()
        if let slowDown { try check(slowDown) }
        if case .prefixes(let prefixes) = applies { try Self.check(prefixes) }
        if case .only(let methods) = methods, methods.isEmpty {
            throw .invalid("methods", "must name at least one")
        }
    }

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
        guard (8...32).contains(networks.ipv4), (16...64).contains(networks.ipv6) else {
            throw .invalid("network", "must be /8 to /32 of IPv4, /16 to /64 of IPv6")
        }
    }

    private func checkUnit() throws(ConfigurationError) {
        guard unit == .requests || ![.slidingWindow, .concurrency].contains(algorithm) else {
            throw .invalid(
                "algorithm",
                "keeps the time of each request and can't hold \(unit.rawValue): "
                    + "use sliding-counter, gcra or fixed-window")
        }
    }

    private func checkQuota(_ quota: Int, _ name: String) throws(ConfigurationError) {
        let most = unit == .bytes ? Self.bytesMax : Self.quotaMax
        guard (1...most).contains(quota) else { throw .invalid(name, "must be 1 to \(most)") }
        if [.slidingWindow, .concurrency].contains(algorithm), quota > Self.slidingQuotaMax {
            throw .invalid(
                name, "is more than \(Self.slidingQuotaMax): use gcra, or a shorter window")
        }
    }

    private func checkAlgorithm() throws(ConfigurationError) {
        if case .gcra(let burst) = algorithm, !(1...quota).contains(burst ?? quota) {
            throw .invalid("burst", "must be 1 to the quota, \(quota)")
        }
        guard window >= .seconds(1), window <= Self.windowMax,
            window.components.attoseconds == 0
        else { throw .invalid("window", "must be whole seconds, 1 second to 7 days") }
        guard clientsMax >= 1 else { throw .invalid("clientsMax", "must be at least 1") }
        guard counts == .all || algorithm != .concurrency && unit == .requests else {
            throw .invalid(
                "counts", "is for requests in a time, not for bytes, cost or concurrency")
        }
    }

    private func checkTiers() throws(ConfigurationError) {
        guard tiers.count <= Self.tiersMax else {
            throw .invalid("tiers", "must be at most \(Self.tiersMax)")
        }
        guard Set(tiers.map(\.match)).count == tiers.count else {
            throw .invalid("tiers", "names one group of callers twice")
        }
        for tier in tiers {
            try checkQuota(tier.quota, "tiers")
            let texts: [String] =
                switch tier.match {
                case .role(let role): [role]
                case .claim(let name, let value): [name, value]
                }
            guard texts.allSatisfy({ (1...256).contains($0.utf8.count) }) else {
                throw .invalid("tiers", "must name a role, or a claim and its value")
            }
        }
        guard callers != .anonymous || tiers.isEmpty else {
            throw .invalid("tiers", "never fit anonymous callers, and no others are counted")
        }
    }

    private func check(_ slow: SlowDown) throws(ConfigurationError) {
        guard unit == .requests, algorithm != .concurrency else {
            throw .invalid("slow-down", "is for requests in a time")
        }
        var most = quota
        if case .gcra(let burst?) = algorithm { most = burst }
        guard slow.after >= 0, slow.after < most else {
            let what = most < quota ? "burst" : "quota"
            throw .invalid("slow-down", "must begin before the \(what), \(most), is used up")
        }
        guard slow.delay >= .milliseconds(1), slow.delayMax <= .seconds(60),
            slow.delay <= slow.delayMax
        else { throw .invalid("slow-down", "must wait for 1 ms up to delay-max, at most 60 s") }
        guard (1...Self.heldMax).contains(slow.heldMax),
            (1...slow.heldMax).contains(slow.heldPerClientMax)
        else {
            throw .invalid(
                "slow-down", "must hold 1 to \(Self.heldMax) requests, no more of one client")
        }
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
