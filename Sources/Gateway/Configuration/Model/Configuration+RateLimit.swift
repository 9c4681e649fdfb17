extension Configuration {
    /// How many requests a client may send in a time.
    public struct RateLimit: Sendable {
        /// What requests are counted by.
        public enum Key: String, CaseIterable, Sendable {
            /// The client's address; IPv6 by its /64.
            case address
            /// The signed-in caller.
            case account
            /// The route.
            case route
            /// The API key.
            case apiKey = "api-key"
        }

        /// How they are counted.
        public enum Algorithm: String, CaseIterable, Sendable {
            /// Exactly, over the last window.
            case slidingWindow = "sliding-window"
            /// At an even pace with a burst (generic cell rate algorithm).
            case gcra
        }

        /// Which requests are counted.
        public enum Scope: Hashable, Sendable {
            /// All.
            case everywhere
            /// Those of routes that name the limit.
            case named
            /// Those whose path begins so.
            case prefixes([String])
        }

        /// Its name, in fields and logs.
        public var name: String
        /// What requests are counted by, together. Default the address.
        public var key: [Key]
        /// How. Default sliding window.
        public var algorithm: Algorithm
        /// Requests in a window.
        public var quota: Int
        /// The window.
        public var window: Duration
        /// For GCRA: requests that may come at once; nil for the quota.
        public var burst: Int?
        /// Which requests are counted. Default all.
        public var applies: Scope
        /// Clients remembered at once. Default 100,000.
        public var clientsMax: Int

        /// A limit.
        public init(
            name: String, key: [Key] = [.address], algorithm: Algorithm = .slidingWindow,
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
    }
}

extension Configuration.RateLimit {
    static let section = Section<Self>(
        "a limit", Self(name: "", quota: 1, window: .seconds(60)),
        [
            Field("name", \.name, .name(), "Its name, in fields and logs.", isRequired: true),
            Field(
                "key", \.key, .oneOrMore(of: .choice, "keys", max: 4),
                "What requests are counted by; several are combined."),
            Field(
                "algorithm", \.algorithm, .choice,
                "`sliding-window` counts exactly over the last window; "
                    + "`gcra` lets requests through "
                    + "at an even pace, with a burst."),
            Field(
                "quota", \.quota, .integer(1...1_000_000), "Requests in a window.", isRequired: true
            ),
            Field(
                "window", \.window, .duration(.seconds(1)...(.seconds(7 * 86_400))), "The window.",
                isRequired: true),
            Field(
                "burst", \.burst, Kind.integer(1...1_000_000).optional,
                "For `gcra`: requests that may come at once.", shownDefault: "`quota`"),
            Field(
                "applies", \.applies, .scope,
                "Which requests are counted: all, those of routes that name the limit, or those "
                    + "whose path begins with one of the prefixes."),
            Field(
                "clients-max", \.clientsMax, .integer(100...100_000_000),
                "Clients remembered at once: what bounds the memory."),
        ]
    ) { limit, node, decoding in
        guard let burst = limit.burst else { return }
        if limit.algorithm != .gcra {
            decoding.refuse(
                node, "`burst` without `gcra`", found: "`algorithm: \(limit.algorithm.rawValue)`",
                expected: "`algorithm: gcra`, or no `burst`")
        } else if burst > limit.quota {
            decoding.refuse(
                node, "`burst` is larger than `quota`", found: "\(burst) of \(limit.quota)",
                expected: "`burst` of at most `quota`")
        }
    }
}

extension Kind where Value == Configuration.RateLimit.Scope {
    static var scope: Kind {
        let words = ["everywhere", "named"]
        let prefixes = Kind<[String]>.unique(of: .prefix, "path prefixes", in: 1...100)
        let name = "`everywhere`, `named`, or \(prefixes.name)"
        return Kind(
            name,
            write: { scope in
                switch scope {
                case .everywhere: "everywhere"
                case .named: "named"
                case .prefixes(let list): prefixes.write(list)
                }
            },
            read: { node, decoding in
                if case .sequence = node.content {
                    return prefixes.read(node, &decoding).map { .prefixes($0) }
                }
                guard let text = node.value(name, &decoding) else { return nil }
                if text == "everywhere" { return .everywhere }
                if text == "named" { return .named }
                let near = Nearest.match(text, in: words).map { "write `\($0)`" }
                decoding.refuse(
                    node, "invalid value", expected: name,
                    suggestion: near
                        ?? (text.hasPrefix("/") ? "write `[\(text.printable(max: 60))]`" : nil))
                return nil
            })
    }
}
