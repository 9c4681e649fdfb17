import GatehouseCore
import GatehouseHTTP
import GatehouseStorage
import Synchronization

/// The policies of one control, prepared: which apply to a request, under which key, and what the
/// response says of them. Knows no store, so that a remote one can share it.
struct RateLimitPlan: Sendable {
    /// How an address counts: IPv4 whole, IPv6 by the part that one subscriber holds.
    static let ipv6Bits = 64

    private struct Entry: Sendable {
        /// Place in the store's rules.
        var rule: Int
        var name: String
        var key: [RateLimitPolicy.Key]
        /// The hash of all that is known beforehand.
        var hasher: CounterHasher
        /// Empty: every path.
        var prefixes: [PathPrefix]
        /// By `Route.index`, whether the route names it; nil: every route.
        var routes: [Bool]?
        /// `"default";q=100;w=900`
        var policyItem: [UInt8]
        /// The whole field, for requests that meet this policy alone.
        var policyField: Fields
        /// `"default";r=`
        var remainingItem: [UInt8]
        /// For the log.
        var detail: String
    }

    private static let owners = Atomic<UInt32>(0)

    private let entries: [Entry]
    private let owner: UInt32

    /// - Parameter named: by `Route.index`, the policies that the route names, by which `.named`
    ///   ones apply; nil for all of them.
    init(
        _ policies: [RateLimitPolicy], named: [[String]]?, rules: [LimitRule], seed: CounterSeed
    ) throws(ConfigurationError) {
        guard Set(policies.map(\.name)).count == policies.count else {
            throw .invalid("name", "names two limits; each needs its own")
        }
        var entries: [Entry] = []
        for policy in policies {
            guard let rule = rules.firstIndex(of: policy.rule) else {
                throw .invalid(policy.name, "is not among the rules of the store")
            }
            var entry = Self.entry(policy, rule, seed)
            if policy.applies == .named, let named {
                entry.routes = named.map { $0.contains(policy.name) }
            }
            entries.append(entry)
        }
        // Stores lock counters in this order.
        self.entries = entries.sorted { $0.rule < $1.rule }
        owner = Self.owners.add(1, ordering: .relaxed).newValue
        let most = Self.mostAtOnce(entries)
        guard most <= LimitBatch.capacity else {
            throw .invalid(
                "limits", "\(most) apply to one request; at most \(LimitBatch.capacity) may")
        }
    }

    private static func entry(_ policy: RateLimitPolicy, _ rule: Int, _ seed: CounterSeed) -> Entry
    {
        let counted = policy.rule
        var hasher = CounterHasher(seed)
        hasher.combine(counted.name)
        hasher.combine("\(counted.algorithm)")
        hasher.combine(UInt64(counted.quota))
        hasher.combine(UInt64(bitPattern: counted.window))
        var prefixes: [PathPrefix] = []
        if case .prefixes(let texts) = policy.applies { prefixes = texts.map(PathPrefix.init) }
        let seconds = policy.window.components.seconds
        let item = Array("\"\(policy.name)\";q=\(policy.quota);w=\(seconds)".utf8)
        var field = Fields()
        field.append(.rateLimitPolicy, trusted: item.raw)
        return Entry(
            rule: rule, name: policy.name, key: policy.key, hasher: hasher, prefixes: prefixes,
            routes: nil, policyItem: item, policyField: field,
            remainingItem: Array("\"\(policy.name)\";r=".utf8), detail: "limit \(policy.name)")
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

// MARK: Keys

extension RateLimitPlan {
    /// What a part of a key is, so that a fallback never meets a counter of another kind.
    private enum Part: UInt64 {
        case address = 1
        case account
        case route
        case apiKey
        case noRoute
    }

    /// Adds the policies that apply to `request`.
    @inline(__always)
    func collect(_ request: Request, into batch: inout LimitBatch) {
        for index in entries.indices where applies(index, request) {
            batch.append(rule: entries[index].rule, key: key(index, request))
        }
    }

    @inline(__always)
    private func applies(_ index: Int, _ request: Request) -> Bool {
        if let routes = entries[index].routes {
            guard let route = request.route else { return false }
            return route.index < routes.count && routes[route.index]
        }
        if entries[index].prefixes.isEmpty { return true }
        let head = request.head
        let path = head.bytes(head.path)
        for place in entries[index].prefixes.indices {
            if entries[index].prefixes[place].holds(path) { return true }
        }
        return false
    }

    private func key(_ index: Int, _ request: Request) -> CounterKey {
        var hasher = entries[index].hasher
        for part in entries[index].key {
            switch part {
            case .address: Self.addAddress(request, to: &hasher)
            case .account: Self.addAccount(request, to: &hasher)
            case .route: Self.addRoute(request, to: &hasher)
            case .apiKey: Self.addAPIKey(request, to: &hasher)
            }
        }
        return hasher.finish()
    }

    private static func addAddress(_ request: Request, to hasher: inout CounterHasher) {
        let client = request.client
        hasher.combine(Part.address.rawValue)
        hasher.combine(client.isIPv4 ? client : client.prefix(ipv6Bits))
    }

    private static func addAccount(_ request: Request, to hasher: inout CounterHasher) {
        guard let principal = request.principal else { return addAddress(request, to: &hasher) }
        hasher.combine(Part.account.rawValue)
        hasher.combine(principal.issuer)
        hasher.combine(principal.subject)
    }

    private static func addRoute(_ request: Request, to hasher: inout CounterHasher) {
        guard let route = request.route else { return hasher.combine(Part.noRoute.rawValue) }
        hasher.combine(Part.route.rawValue)
        hasher.combine(route.name)
    }

    private static func addAPIKey(_ request: Request, to hasher: inout CounterHasher) {
        let id = FieldName.xAPIKey.id
        let head = request.head
        guard head.present.contains(id) else { return addAddress(request, to: &hasher) }
        var value = ByteRange.none
        var count = 0
        for line in head.lines where line.id == id {
            value = line.value
            count += 1
        }
        guard count == 1, !value.isEmpty else { return addAddress(request, to: &hasher) }
        hasher.combine(Part.apiKey.rawValue)
        hasher.combine(head.bytes(value))
    }
}

// MARK: Reports

extension RateLimitPlan {
    /// Notes what was decided; returns the refusal if there is one.
    func note(_ batch: LimitBatch, in request: Request) -> Rejection? {
        var retryAfter = 0
        var detail = ""
        var place = 0
        for index in 0..<batch.count {
            let item = batch[index]
            while entries[place].rule != item.rule { place += 1 }
            let seconds = Self.seconds(item.decision.wait)
            let isRefused = !item.decision.isAdmitted
            request.limits.append(
                .init(
                    owner: owner, policy: place, remaining: item.decision.remaining,
                    waitSeconds: seconds, isRefused: isRefused))
            guard isRefused else { continue }
            request.limits.violate(entries[place].name)
            detail = detail.isEmpty ? entries[place].detail : detail + ", " + entries[place].name
            retryAfter = max(retryAfter, seconds, 1)
        }
        guard !batch.isAdmitted else { return nil }
        return Rejection(429, .rateLimited, detail: detail, retryAfter: retryAfter)
    }

    /// Rounded up: who comes back when told so must not be refused.
    private static func seconds(_ nanoseconds: Int64) -> Int {
        Int(nanoseconds / 1_000_000_000) + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0)
    }

    /// Adds `RateLimit-Policy` and `RateLimit` for what was noted here, tightest first.
    ///
    /// Another control adds lines of its own: lists may be split over several lines (RFC 9651
    /// section 3.1).
    func render(_ report: LimitReport, into fields: inout Fields) {
        var (count, policy) = (0, 0)
        for item in report.items where item.owner == owner {
            count += 1
            policy = item.policy
        }
        guard count > 0 else { return }
        if count == 1 {
            fields.append(entries[policy].policyField)
        } else {
            fields.append(.rateLimitPolicy) { output in
                list(report, &output) { item, output in
                    output.append(contentsOf: entries[item.policy].policyItem)
                }
            }
        }
        fields.append(.rateLimit) { output in list(report, &output, render) }
    }

    /// Appends own items with commas between them.
    @inline(__always)
    private func list(
        _ report: LimitReport, _ output: inout [UInt8],
        _ append: (LimitReport.Item, inout [UInt8]) -> Void
    ) {
        var isFirst = true
        for item in report.items where item.owner == owner {
            if !isFirst { output.append(", ") }
            append(item, &output)
            isFirst = false
        }
    }

    /// `"default";r=50;t=30`; a whole quota has no `t`, for nothing will be added to it.
    private func render(_ item: LimitReport.Item, _ output: inout [UInt8]) {
        output.append(contentsOf: entries[item.policy].remainingItem)
        output.append(decimal: item.remaining)
        guard item.waitSeconds > 0 else { return }
        output.append(";t=")
        output.append(decimal: item.waitSeconds)
    }
}
