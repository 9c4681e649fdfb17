import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage

/// What is weak in limits, and what cannot work between them and the rest.
struct LimitAdvice {
    /// What a finding says.
    struct Finding {
        var path: String
        var problem: String
        var found: String
        var expected: String
    }

    let configuration: Configuration
    private var limits: [Configuration.RateLimit] { configuration.limits }

    init(_ configuration: Configuration) { self.configuration = configuration }

    private func path(_ index: Int, _ key: String = "") -> String {
        "limits[\(index)]" + (key.isEmpty ? "" : ".\(key)")
    }

    // MARK: Refused

    /// What stops the start.
    var errors: [Finding] {
        var found: [Finding] = []
        for (index, limit) in limits.enumerated() {
            if limit.key.contains(.asn), configuration.geo.asnDatabase == nil {
                found.append(
                    Finding(
                        path: path(index, "key"), problem: "autonomous systems that nobody knows",
                        found: "`asn` without `geo.asn-database`",
                        expected: "`geo: { asn-database: FILE }`"))
            }
            if limit.store == .redis, configuration.redis == nil {
                found.append(
                    Finding(
                        path: path(index, "store"), problem: "a store that is not there",
                        found: "`redis` without `redis:`", expected: "`redis: { url: … }`"))
            }
            if configuration.store(of: limit) == .redis, limit.whenUnavailable == nil,
                configuration.redis?.whenUnavailable.limits == nil
            {
                found.append(
                    Finding(
                        path: path(index),
                        problem: "nobody says what happens while Redis can't be asked",
                        found: "`\(limit.name)` without `when-unavailable`",
                        expected: "`when-unavailable: refuse`, `allow` or `local`, here or as "
                            + "`redis.when-unavailable.limits` for all"))
            }
            if configuration.store(of: limit) == .redis, let policy = try? limit.policy(),
                RateLimit.rules(of: [policy]).contains(where: {
                    $0.algorithm == .slidingWindow && $0.quota > RedisCounterStore.logQuotaMax
                })
            {
                found.append(
                    Finding(
                        path: path(index), problem: "an exact window that is too large for Redis",
                        found: "`\(limit.name)` with a quota over \(RedisCounterStore.logQuotaMax)",
                        expected: "`algorithm: sliding-counter` or `gcra`, or `store: memory`"))
            }
            found += tooDear(limit, index)
        }
        return found
    }

    /// A route that costs more than a limit of cost can ever have would be refused for ever.
    private func tooDear(_ limit: Configuration.RateLimit, _ index: Int) -> [Finding] {
        guard limit.unit == .cost else { return [] }
        let most = limit.burst ?? limit.quota
        let routes = configuration.routes.filter { route in
            route.cost > most
                && configuration.limits(of: route).contains { $0.name == limit.name }
        }
        return routes.prefix(1).map { route in
            Finding(
                path: path(index, "quota"), problem: "a route that costs more than its limit has",
                found: "\(most) for `\(route.path)`, which costs \(route.cost)",
                expected: "a quota of at least \(route.cost)")
        }
    }

    // MARK: Weak

    /// What works but is weaker than it looks.
    var warnings: [Finding] {
        var found: [Finding] = []
        for (index, limit) in limits.enumerated() {
            if limit.key.allSatisfy({ $0 == .route }) {
                found.append(
                    Finding(
                        path: path(index, "key"), problem: "one client can use up a limit for all",
                        found: "counted by route alone", expected: "`address` or `account` too"))
            }
            if limit.callers == .signedIn, limit.key.allSatisfy(Self.isPlace) {
                found.append(
                    Finding(
                        path: path(index, "key"),
                        problem: "signed-in callers are told apart by address alone",
                        found: "`callers: signed-in` with `key: \(Self.names(limit.key))`",
                        expected: "`account`, `session` or `api-key`"))
            }
            if limit.callers == .anonymous, !limit.key.contains(where: Self.isPlace) {
                found.append(
                    Finding(
                        path: path(index, "key"), problem: "anonymous callers have no account",
                        found: "`callers: anonymous` with `key: \(Self.names(limit.key))`",
                        expected: "`address` or `network`"))
            }
            if limit.key.contains(.network), limit.networks.ipv6 > 56 {
                found.append(
                    Finding(
                        path: path(index, "network.ipv6"),
                        problem: "a network that one subscriber leaves",
                        found: "/\(limit.networks.ipv6)",
                        expected: "/56 or less: many providers give a subscriber as much"))
            }
            if let twin = twin(of: limit, before: index) {
                found.append(
                    Finding(
                        path: path(index), problem: "two limits count the same",
                        found: "`\(limit.name)` is as `\(twin)`",
                        expected: "one of them: each request is counted twice"))
            }
        }
        return found + apiKeys + signIn
    }

    private static func isPlace(_ key: RateLimitPolicy.Key) -> Bool {
        [.address, .network, .asn].contains(key)
    }

    private static func names(_ keys: [RateLimitPolicy.Key]) -> String {
        keys.count == 1
            ? keys[0].rawValue : "[" + keys.map(\.rawValue).joined(separator: ", ") + "]"
    }

    private func twin(of limit: Configuration.RateLimit, before index: Int) -> String? {
        limits[..<index].first { other in
            other.key == limit.key && other.quota == limit.quota && other.window == limit.window
                && other.unit == limit.unit && other.applies == limit.applies
                && other.methods == limit.methods && other.callers == limit.callers
                && other.counts == limit.counts && other.tiers == limit.tiers
                && (other.algorithm == .concurrency) == (limit.algorithm == .concurrency)
                && other.isShadow == limit.isShadow && limit.applies != .named
        }?.name
    }

    /// A key that the client chooses anew as often as it likes limits nobody.
    private var apiKeys: [Finding] {
        guard configuration.accounts == nil,
            !limits.contains(where: {
                $0.applies == .everywhere && $0.key.allSatisfy(Self.isPlace) && $0.callers == .all
                    && $0.methods == .all && !$0.isShadow
            })
        else { return [] }
        return limits.enumerated().filter {
            $0.element.key.contains(.apiKey) && !$0.element.key.contains(where: Self.isPlace)
        }.map { index, limit in
            Finding(
                path: path(index, "key"), problem: "clients choose what this limit counts by",
                found: "`\(limit.name)` by `api-key`, and no limit by `address` everywhere",
                expected: "a limit by `address` beside it")
        }
    }

    /// Words of paths where somebody signs in.
    private static let signInWords = ["login", "signin", "sign-in", "token", "password"]

    /// Guesses come from many addresses: an account needs a limit of its own (PITFALLS 59).
    private var signIn: [Finding] {
        configuration.routes.enumerated().filter { _, route in
            let segments = route.path.lowercased().split(separator: "/").map(String.init)
            guard segments.contains(where: Self.signInWords.contains),
                route.methods.contains(.post)
            else { return false }
            return configuration.limits(of: route).allSatisfy { limit in
                limit.applies == .everywhere || limit.isShadow
            }
        }.map { index, route in
            Finding(
                path: "routes[\(index)]", problem: "a sign-in without a limit of its own",
                found: "`\(route.path)`",
                expected: "a limit with `counts: failures`, named by the route or for its prefix")
        }
    }
}
