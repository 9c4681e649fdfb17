extension Configuration {
    /// Where one server of an upstream answers.
    public enum UpstreamServer: Hashable, Sendable, CustomStringConvertible {
        /// A server that speaks HTTP, over TLS or not; the host is a name or an address without
        /// brackets.
        case network(isTLS: Bool, host: String, port: Int)
        /// The upstream inside the gateway that answers with the request that it received.
        case echo

        /// The server that `text` names, such as `http://127.0.0.1:3000`; nil if it names none.
        public init?(_ text: String) {
            guard case .success(let server) = Self.parse(text) else { return nil }
            self = server
        }

        /// Its address, with the port always written.
        public var description: String {
            switch self {
            case .network(let isTLS, let host, let port):
                let shown = host.contains(":") ? "[\(host)]" : host
                return "\(isTLS ? "https" : "http")://\(shown):\(port)"
            case .echo: return "builtin:echo"
            }
        }

        static func parse(_ text: String) -> Result<UpstreamServer, Mismatch> {
            if text == "builtin:echo" { return .success(.echo) }
            guard let (scheme, rest) = text.schemeAndRest else {
                return .failure(Mismatch(suggestion: "begin with `http://` or `https://`"))
            }
            guard scheme == "http" || scheme == "https" else {
                return .failure(
                    Mismatch(
                        problem: "an unknown scheme",
                        suggestion: Nearest.match(scheme, in: ["http", "https"])
                            .map { "did you mean `\($0)://`?" }))
            }
            if rest.contains("@") {
                return .failure(
                    Mismatch(problem: "user and password in an address", suggestion: "remove them"))
            }
            let bare = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
            guard bare == rest else {
                return .failure(
                    Mismatch(
                        problem: "a path in a server's address",
                        suggestion:
                            "requests keep their own path: write "
                            + "`\(scheme)://\(bare.printable(max: 60))`"
                    ))
            }
            let port = scheme == "https" ? 443 : 80
            guard let authority = Authority(rest.lowercased(), defaultPort: port) else {
                return .failure(Mismatch())
            }
            return .success(
                .network(isTLS: scheme == "https", host: authority.host, port: authority.port))
        }
    }

    /// A group of servers that answer alike.
    public struct Upstream: Sendable {
        /// How a server is chosen.
        public enum Balance: String, CaseIterable, Sendable {
            /// Each in turn.
            case roundRobin = "round-robin"
            /// The one with the fewest requests in flight.
            case leastConnections = "least-connections"
        }

        /// Asks a server in intervals whether it is well.
        public struct Health: Sendable {
            /// What is asked for with GET; a 2xx is well.
            public var path = "/"
            /// Default 5s.
            public var interval = Duration.seconds(5)
            /// Default 2s.
            public var timeout = Duration.seconds(2)
            /// Failures in a row. Default 3.
            public var unhealthyAfter = 3
            /// Successes in a row. Default 2.
            public var healthyAfter = 2

            /// The defaults.
            public init() {}
        }

        /// What routes call it.
        public var name = ""
        /// Its servers.
        public var servers: [UpstreamServer] = []
        /// How one of them is chosen. Default round-robin.
        public var balance = Balance.roundRobin
        /// How they are watched; nil does not.
        public var health: Health?
        /// For a connection to be made. Default 2s.
        public var connectTimeout = Duration.seconds(2)
        /// For an answer to begin. Default 30s.
        public var responseTimeout = Duration.seconds(30)
        /// For an unused connection to be kept. Default 60s.
        public var idleTimeout = Duration.seconds(60)
        /// Connections to each server. Default 256.
        public var connectionsMax = 256
        /// Further tries of a request that is safe to repeat. Default 1.
        public var retries = 1
        /// Whether `Gatehouse-Identity` is sent. Default true.
        public var identity = true
        /// PEM file of the authorities that vouch for HTTPS servers; nil for the system's.
        public var authorities: String?

        /// The defaults, without servers.
        public init() {}
    }
}

extension Configuration.Upstream.Health {
    static let section = Section<Self>(
        "`health`", Self(),
        [
            Field(
                "path", \.path, .literalPath, "What is asked for with GET; a 2xx is well.",
                isRequired: true),
            Field(
                "interval", \.interval, .duration(.milliseconds(100)...(.seconds(3_600))),
                "From one question to the next."),
            Field(
                "timeout", \.timeout, .duration(.milliseconds(10)...(.seconds(300))),
                "For an answer."),
            Field(
                "unhealthy-after", \.unhealthyAfter, .integer(1...100),
                "Failures in a row after which a server gets no requests."),
            Field(
                "healthy-after", \.healthyAfter, .integer(1...100),
                "Successes in a row after which it gets them again."),
        ])
}

extension Configuration.Upstream {
    static let section = Section<Self>("an upstream", Self(), reach + behaviour)

    private static let reach: [Field<Self>] = [
        Field(
            "servers", \.servers, .unique(of: .server, "servers", in: 1...256),
            "Addresses such as `http://127.0.0.1:3000`; `builtin:echo` answers with the request "
                + "that it received.", isRequired: true),
        Field("balance", \.balance, .choice, "How a server is chosen."),
        Field(
            "health", \.health, Kind.section(Health.section).optional,
            "Asks each server in intervals whether it is well."),
        Field(
            "authorities", \.authorities, Kind.file("a PEM file of certificates").optional,
            "PEM file of the certificate authorities that vouch for `https` servers.",
            shownDefault: "the system's"),
    ]

    private static let behaviour: [Field<Self>] = [
        Field(
            "connect-timeout", \.connectTimeout, .duration(.milliseconds(10)...(.seconds(300))),
            "For a connection to be made."),
        Field(
            "response-timeout", \.responseTimeout, .duration(.milliseconds(10)...(.seconds(3_600))),
            "For an answer to begin."),
        Field(
            "idle-timeout", \.idleTimeout, .duration(.milliseconds(100)...(.seconds(3_600))),
            "For an unused connection to be kept."),
        Field(
            "connections-max", \.connectionsMax, .integer(1...1_000_000),
            "Connections to each server."),
        Field(
            "retries", \.retries, .integer(0...10),
            "Further tries of a request that is safe to repeat."),
        Field(
            "identity", \.identity, .bool,
            "Whether the caller's identity is sent in `Gatehouse-Identity`."),
    ]
}
