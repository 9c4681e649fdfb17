import GatehouseCore
public import GatehouseHTTP

extension RateLimitPolicy {
    /// What tells one counter from another; several are combined.
    public enum Key: String, CaseIterable, Sendable {
        /// The client's address, IPv6 by its /64: one household or machine owns that many.
        case address
        /// The network around the address: `/24` and `/48`, or as `networks` says.
        case network
        /// The autonomous system that announces the address; one that no entry knows counts by
        /// network.
        case asn
        /// The caller that a credential proved; anonymous callers count by address.
        case account
        /// The API key: its id where the gate checked it, else the value of `X-API-Key`; callers
        /// without one, or with several, count by address.
        ///
        /// Unless something checked the key before, it is a name that the client chooses anew as
        /// often as it likes: use it beside a policy that counts by address.
        case apiKey = "api-key"
        /// The session of the credential; callers without one count as `account` does.
        case session
        /// The declared route; requests to none count together.
        case route
    }

    /// How requests are counted.
    public enum Algorithm: Hashable, Sendable {
        /// Exactly: never more than the quota in any span of one window.
        case slidingWindow
        /// Nearly so, in little memory: the window before counts by the share of it that is still
        /// within one window.
        case slidingCounter
        /// At an even pace, with so many at once (nil: as many as the quota). Takes the least
        /// memory; a client that was idle may get its burst on top of a window's quota. A token
        /// bucket by another name.
        case gcra(burst: Int? = nil)
        /// In windows that begin with the client's first request: up to twice the quota around
        /// the edge of two.
        case fixedWindow
        /// So many at a time.
        case concurrency
    }

    /// What a quota is a number of (`qu`).
    public enum Unit: String, CaseIterable, Sendable {
        /// Requests.
        case requests
        /// Bytes of content, of requests and responses; charged when the response is sent, so
        /// that a request passes while anything is left.
        case bytes
        /// What routes and handlers say that a request costs.
        case cost
    }

    /// Which requests are counted, by their path or route.
    public enum Scope: Hashable, Sendable {
        /// All.
        case everywhere
        /// Those of routes that name the policy.
        case named
        /// Those whose path begins so. Letters of either case are the same, since some servers read
        /// paths so; a prefix that ends in `/` also holds the path without it.
        case prefixes([String])
    }

    /// Which requests are counted, by their method.
    public enum Methods: Hashable, Sendable {
        /// All.
        case all
        /// Those that only read: `GET`, `HEAD`, `OPTIONS`.
        case read
        /// All others.
        case write
        /// These.
        case only([Method])
    }

    /// Which requests are counted, by who sends them.
    public enum Callers: String, CaseIterable, Sendable {
        /// All.
        case all
        /// Those without a valid credential.
        case anonymous
        /// Those with one.
        case signedIn = "signed-in"
    }

    /// Which requests are counted, by how they end. They are counted when they come, so that none
    /// slips through beside others, and given back when they end otherwise.
    public enum Counting: String, CaseIterable, Sendable {
        /// All.
        case all
        /// Those answered with 400 and more.
        case failures
        /// Those answered with less than 400.
        case successes
    }

    /// Another quota for some callers.
    public struct Tier: Hashable, Sendable, CustomStringConvertible {
        /// Whom it is for.
        public enum Match: Hashable, Sendable {
            /// Callers with this role.
            case role(String)
            /// Callers whose credential has this claim with this value.
            case claim(String, String)
        }

        /// Whom it is for.
        public let match: Match
        /// The quota.
        public let quota: Int

        /// A tier.
        public init(_ match: Match, quota: Int) {
            self.match = match
            self.quota = quota
        }

        /// The tier's name: `role=gold`.
        public var description: String {
            switch match {
            case .role(let role): "role=\(role)"
            case .claim(let name, let value): "\(name)=\(value)"
            }
        }
    }

    /// Waits before a quota is used up: what comes in excess costs the client time.
    public struct SlowDown: Hashable, Sendable {
        /// How waits grow.
        public enum Growth: String, CaseIterable, Sendable {
            /// By one delay for each request.
            case linear
            /// Twice as long with each request.
            case exponential
        }

        /// Requests of a window that wait for nothing.
        public var after: Int
        /// The first wait.
        public var delay: Duration
        /// How it grows.
        public var growth: Growth
        /// The longest wait.
        public var delayMax: Duration
        /// Requests held at once; what comes on top is refused.
        public var heldMax: Int
        /// Requests of one client held at once; what comes on top is refused.
        public var heldPerClientMax: Int

        /// Waits of `delay` and more after so many requests.
        public init(
            after: Int, delay: Duration, growth: Growth = .linear, delayMax: Duration = .seconds(5),
            heldMax: Int = 100, heldPerClientMax: Int = 4
        ) {
            self.after = after
            self.delay = delay
            self.growth = growth
            self.delayMax = delayMax
            self.heldMax = heldMax
            self.heldPerClientMax = heldPerClientMax
        }

        /// How long the request waits that is the `count`th beyond `after`.
        package func wait(_ count: Int) -> Duration {
            guard count > 0 else { return .zero }
            let step = delay.nanoseconds
            let most = delayMax.nanoseconds
            let (product, overflowed): (Int64, Bool) =
                switch growth {
                case .linear: step.multipliedReportingOverflow(by: Int64(count))
                case .exponential:
                    count > 40
                        ? (most, false) : step.multipliedReportingOverflow(by: 1 << (count - 1))
                }
            return .nanoseconds(overflowed ? most : min(product, most))
        }
    }

    /// How much of an address a network is.
    public struct NetworkBits: Hashable, Sendable {
        /// First bits of an IPv4 address.
        public var ipv4: Int
        /// First bits of an IPv6 address.
        public var ipv6: Int

        /// `/24` and `/48`, or others.
        public init(ipv4: Int = 24, ipv6: Int = 48) {
            self.ipv4 = ipv4
            self.ipv6 = ipv6
        }
    }

    /// What happens to requests while a policy's store can't be asked.
    package enum Unavailable: Hashable, Sendable {
        /// They are refused: 503.
        case refuse
        /// They pass, uncounted.
        case allow
        /// They count in this process alone, against a share of the quota.
        case local(share: Double)
    }
}
