public import GatehouseDefense

extension Configuration {
    /// How much a client may ask for in a time.
    public struct RateLimit: Sendable {
        /// What requests are counted by.
        public typealias Key = RateLimitPolicy.Key

        /// How they are counted.
        public enum Algorithm: String, CaseIterable, Sendable {
            /// Exactly, over the last window.
            case slidingWindow = "sliding-window"
            /// Nearly so, in little memory.
            case slidingCounter = "sliding-counter"
            /// At an even pace with a burst (generic cell rate algorithm).
            case gcra
            /// The same.
            case tokenBucket = "token-bucket"
            /// In windows that begin with a client's first request.
            case fixedWindow = "fixed-window"
            /// So many at a time.
            case concurrency
        }

        /// Which requests are counted.
        public typealias Scope = RateLimitPolicy.Scope

        /// Where the counters live.
        public enum Store: String, CaseIterable, Sendable {
            /// In this process.
            case memory
            /// In Redis, for all gates together.
            case redis
        }

        /// What happens while Redis can't be asked.
        public enum Unavailable: String, CaseIterable, Sendable {
            /// Requests are refused with 503.
            case refuse
            /// They pass, uncounted.
            case allow
            /// They count in this process, against a share of the quota.
            case local
        }

        /// Its name, in fields and logs.
        public var name: String
        /// What requests are counted by, together. Default the address.
        public var key: [Key]
        /// How. Default the sliding window; of bytes and cost the sliding counter.
        public var algorithm: Algorithm?
        /// Requests, bytes or cost in a window; of concurrency, requests at a time.
        public var quota: Int
        /// What the quota is a number of. Default requests.
        public var unit = RateLimitPolicy.Unit.requests
        /// The window; of concurrency, the longest that a request counts. Default there 10 minutes.
        public var window: Duration
        /// For GCRA: requests that may come at once; nil for the quota.
        public var burst: Int?
        /// Which requests are counted. Default all.
        public var applies: Scope
        /// Which methods are counted. Default all.
        public var methods = RateLimitPolicy.Methods.all
        /// Whose requests are counted. Default everybody's.
        public var callers = RateLimitPolicy.Callers.all
        /// Which requests are counted by their end. Default all.
        public var counts = RateLimitPolicy.Counting.all
        /// Other quotas for some callers. Default none.
        public var tiers: [RateLimitPolicy.Tier] = []
        /// Waits before the quota is used up. Default none.
        public var slowDown: RateLimitPolicy.SlowDown?
        /// How much of an address `network` counts.
        public var networks = RateLimitPolicy.NetworkBits()
        /// Whether it only counts and reports. Default false.
        public var isShadow = false
        /// Whether `RateLimit` tells counters apart. Default false.
        public var tellsPartition = false
        /// Clients remembered at once. Default 100,000.
        public var clientsMax: Int
        /// Where the counters live; nil for Redis where the configuration has one, else memory.
        public var store: Store?
        /// What happens while Redis can't be asked; must be said where Redis counts.
        public var whenUnavailable: Unavailable?
        /// The share of the quota that counts in this process while Redis can't be asked, of
        /// `local`. Default a half.
        public var localShare: Double?
        /// Units that a busy client's counter takes from Redis at once, to spend them here; nil
        /// to ask for each request.
        public var lease: Int?
        /// As written, before the rules on both are looked at.
        var writtenWindow: Duration?
        var isQuotaSize = false

        /// A limit.
        public init(
            name: String, key: [Key] = [.address], algorithm: Algorithm? = nil,
            quota: Int, window: Duration, burst: Int? = nil, applies: Scope = .everywhere,
            clientsMax: Int = 100_000
        ) {
            self.name = name
            self.key = key
            self.algorithm = algorithm
            self.quota = quota
            self.window = window
            self.burst = burst
            self.applies = applies
            self.clientsMax = clientsMax
        }

        /// What applies where a configuration says nothing: 300 in a minute, and under `/auth/`
        /// also 10 in 15 minutes.
        public static let standard = [
            RateLimit(name: "default", quota: 300, window: .seconds(60)),
            RateLimit(
                name: "auth", quota: 10, window: .seconds(900), applies: .prefixes(["/auth/"])),
        ]

        /// The longest that a request at a time counts whose end was lost.
        static let concurrencyWindow = Duration.seconds(600)
    }

    /// Whether limits count in a store that gates share, unless they say otherwise.
    package var hasSharedStore: Bool { redis != nil }

    /// Where a limit's counters live.
    package func store(of limit: RateLimit) -> RateLimit.Store {
        limit.store ?? (hasSharedStore ? .redis : .memory)
    }
}
