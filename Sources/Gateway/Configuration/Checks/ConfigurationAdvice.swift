import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

/// What works but is weaker than it could be. Each finding says what to do instead.
struct ConfigurationAdvice {
    private let configuration: Configuration
    private var findings: [Decoding.Finding] = []

    /// The findings, not yet located.
    static func run(_ configuration: Configuration) -> [Decoding.Finding] {
        var advice = ConfigurationAdvice(configuration: configuration)
        advice.listeners()
        advice.proxies()
        advice.routes()
        advice.limits()
        advice.unused()
        advice.cors()
        advice.headers()
        advice.tokens()
        advice.upstreams()
        advice.input()
        return advice.findings + FloodAdvice.run(configuration)
    }

    private init(configuration: Configuration) { self.configuration = configuration }

    private mutating func warn(
        _ path: String, _ problem: String, found: String, expected: String,
        severity: ConfigurationIssue.Severity = .warning
    ) {
        findings.append(
            .init(
                severity: severity, problem: problem, path: path, found: found, expected: expected))
    }

    private mutating func listeners() {
        for (index, listener) in configuration.listeners.enumerated() {
            let path = "listeners[\(index)]"
            if listener.protocol == .http, !listener.address.isLoopback {
                warn(
                    path + ".protocol", "the service in plain on an address that others reach",
                    found: "`http` on `\(listener.address)`",
                    expected: "`https`, or a loopback address behind something that ends TLS")
            }
            if listener.proxyProtocol, !listener.address.isLoopback {
                warn(
                    path + ".proxy-protocol", "whoever reaches this listener chooses its address",
                    found: "`proxy-protocol` on `\(listener.address)`",
                    expected: "an address that only the balancer reaches")
            }
            let isPublic = listener.protocol == .https && !listener.address.isLoopback
            if isPublic, configuration.hosts == ["localhost"] {
                warn(
                    "hosts", "only `localhost` is answered for",
                    found: "a listener on `\(listener.address)`",
                    expected: "the names that clients use")
            }
        }
        if configuration.admin.enabled, !configuration.admin.address.isLoopback {
            warn(
                "admin.address", "metrics and details on an address that others reach",
                found: "`\(configuration.admin.address)`", expected: "a loopback address")
        }
        if configuration.tls.minimum == .tls12 {
            warn(
                "tls.minimum", "TLS 1.2 is spoken", found: "`minimum: \"1.2\"`",
                expected: "`\"1.3\"` where every client can", severity: .note)
        }
    }

    private mutating func input() {
        if configuration.input.injection != .refuse {
            warn(
                "input.injection", "operators and prototypes reach the upstreams",
                found: "`\(configuration.input.injection.rawValue)`", expected: "`refuse`")
        }
        if configuration.learns {
            warn(
                "validation", "what fits no document passes while the gate learns",
                found: "`requests: learn`", expected: "`enforce`, once there is a document",
                severity: .note)
        }
        guard let policy = try? AccessPolicy(configuration.roles) else { return }
        for (index, route) in configuration.routes.enumerated() where route.validation != nil {
            let own = try? OpenAPIContract.load(configuration.validation(of: route), policy: policy)
            security("routes[\(index)].validation.requests", own)
        }
        guard let contract = try? OpenAPIContract.load(configuration.validation, policy: policy)
        else { return }
        security("validation.requests", contract)
        let warnings = contract.warnings
        for warning in warnings.prefix(Self.schemaWarningsMax) {
            warn(
                "validation.openapi", "a schema without a bound", found: "\(warning)",
                expected: "a bound", severity: .note)
        }
        if warnings.count > Self.schemaWarningsMax {
            warn(
                "validation.openapi", "more schemas without a bound",
                found: "\(warnings.count - Self.schemaWarningsMax) more", expected: "a bound",
                severity: .note)
        }
    }

    private mutating func security(_ path: String, _ contract: OpenAPIContract?) {
        guard let contract, contract.asksCallers, contract.settings.requests != .enforce else {
            return
        }
        warn(
            path, "callers pass without what the document's `security` asks for",
            found: "`\(contract.settings.requests.rawValue)`",
            expected: "`enforce`, or the same in the route's `access`")
    }

    private static let schemaWarningsMax = 20

    private mutating func proxies() {
        for (index, network) in configuration.trustedProxies.enumerated() {
            let isSix = network.contains(":")
            let length = Int(decimal: String(network.split(separator: "/").last ?? "")) ?? 0
            guard length < (isSix ? 16 : 8) else { continue }
            warn(
                "trusted-proxies[\(index)]", "nearly everybody is a trusted proxy",
                found: "`\(network)`", expected: "the proxies' own networks")
        }
    }

    private mutating func routes() {
        for (index, route) in configuration.routes.enumerated() {
            let path = "routes[\(index)]"
            let writing = route.methods.filter { !$0.isSafe }
            if route.access == .anyone, !writing.isEmpty, case .upstream = route.target {
                warn(
                    path + ".access", "anyone may write",
                    found: "`anyone` for " + writing.map(\.rawValue).oneOf,
                    expected: "`signed-in`, roles or permissions, or reading methods alone")
            }
            let body = configuration.bodyMax(of: route)
            if body > .mebibytes(16) {
                let isOwn = route.bodyMax != nil
                warn(
                    isOwn ? path + ".body-max" : "http.body-max", "large bodies are taken",
                    found: "`\(body)` for `\(route.path)`",
                    expected: "at most `16MiB`, or a limit on this route")
            }
            if configuration.limits(of: route).isEmpty {
                warn(
                    path, "no limit covers this route", found: "`\(route.path)`",
                    expected: "a limit that applies everywhere or that the route names")
            }
        }
    }

    private mutating func limits() {
        for finding in LimitAdvice(configuration).warnings {
            warn(
                finding.path, finding.problem, found: finding.found, expected: finding.expected)
        }
    }

    private mutating func unused() {
        let targets = Set(
            configuration.routes.compactMap { route in
                if case .upstream(let name) = route.target { name } else { nil }
            })
        for upstream in configuration.upstreams where !targets.contains(upstream.name) {
            warn(
                "upstreams.\(upstream.name)", "an upstream that no route names",
                found: "`\(upstream.name)`", expected: "a route with `upstream: \(upstream.name)`")
        }
        let named = Set(configuration.routes.flatMap(\.limits))
        for (index, limit) in configuration.limits.enumerated()
        where limit.applies == .named && !named.contains(limit.name) {
            warn(
                "limits[\(index)]", "a limit that no route names", found: "`\(limit.name)`",
                expected: "a route with `limits: [\(limit.name)]`")
        }
    }

    private mutating func cors() {
        guard let cors = configuration.cors else { return }
        for (index, origin) in cors.origins.enumerated() {
            if origin == "*" {
                warn(
                    "cors.origins[\(index)]", "every page may call", found: "`*`",
                    expected: "the origins of your own pages")
            } else if origin.hasPrefix("http://") {
                warn(
                    "cors.origins[\(index)]", "an origin without TLS", found: "`\(origin)`",
                    expected: "an `https` origin")
            }
        }
    }

    private mutating func headers() {
        let sets = [("api", configuration.headers.api), ("page", configuration.headers.page)]
        for (name, overrides) in sets {
            for override in overrides {
                let path = "headers.\(name).\(override.name)"
                if override.value == nil {
                    warn(
                        path, "a protecting header is left out", found: "`\(override.name): null`",
                        expected: "the preset's value, or one of your own")
                } else if let near = Nearest.match(override.name, in: Self.protecting),
                    !Self.protecting.contains(override.name)
                {
                    warn(
                        path, "a header name close to a known one", found: "`\(override.name)`",
                        expected: "`\(near)`")
                }
            }
        }
    }

    private static let protecting = [
        "cache-control", "clear-site-data", "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy", "cross-origin-resource-policy", "origin-agent-cluster",
        "permissions-policy", "referrer-policy", "strict-transport-security",
        "x-content-type-options",
        "x-dns-prefetch-control", "x-download-options", "x-frame-options",
        "x-permitted-cross-domain-policies", "x-xss-protection",
    ]

    private mutating func tokens() {
        for (index, issuer) in configuration.tokens.issuers.enumerated() {
            let path = "tokens.issuers[\(index)]"
            if issuer.maxAge > .seconds(86_400) {
                warn(
                    path + ".max-age", "tokens are good for long",
                    found: "`\(DurationText.render(issuer.maxAge))`",
                    expected: "`1d` or less: a stolen token is good until then")
            }
            for (position, key) in issuer.keys.enumerated() {
                guard case .secret(let secret) = key.material else { continue }
                warn(
                    path + ".keys[\(position)].algorithm", "a shared secret checks tokens",
                    found: "`HS256`: whoever can check a token can also make one",
                    expected: "`EdDSA` or `ES256` with a public key")
                if secret.dangerouslyRevealed.isMonotonous {
                    warn(
                        path + ".keys[\(position)].secret", "a secret that can be guessed",
                        found: "few different bytes, not shown",
                        expected: "random bytes, as from `openssl rand -hex 32`")
                }
            }
        }
    }

    private mutating func upstreams() {
        for upstream in configuration.upstreams {
            for (index, server) in upstream.servers.enumerated() {
                let path = "upstreams.\(upstream.name).servers[\(index)]"
                switch server {
                case .echo:
                    warn(
                        path, "the built-in echo answers", found: "`builtin:echo`",
                        expected: "the address of an API")
                case .network(isTLS: false, let host, _) where !host.isLocal:
                    warn(
                        path, "an upstream in plain on another machine", found: "`\(server)`",
                        expected: "`https`, or a network that nobody else reaches")
                case .network: break
                }
            }
        }
    }
}

extension Configuration {
    /// The limits that cover every request of a route, in the order of the file.
    package func limits(of route: Route) -> [RateLimit] {
        limits.filter { limit in
            if route.limits.contains(limit.name) { return true }
            return switch limit.applies {
            case .everywhere: true
            case .named: false
            case .prefixes(let prefixes): prefixes.contains { route.path.hasPrefix($0) }
            }
        }
    }

    /// The limits that cover only some requests of a route, whose path is wider than their prefix.
    package func partialLimits(of route: Route) -> [RateLimit] {
        let literal = route.path.prefix { $0 != "{" && $0 != "*" }
        guard literal.count < route.path.count else { return [] }
        let covering = Set(limits(of: route).map(\.name))
        return limits.filter { limit in
            guard case .prefixes(let prefixes) = limit.applies else { return false }
            return !covering.contains(limit.name) && prefixes.contains { $0.hasPrefix(literal) }
        }
    }
}

extension [UInt8] {
    /// Fewer than eight different bytes: no random 32 bytes or their hexadecimal form look so.
    fileprivate var isMonotonous: Bool { Set(self).count < 8 }
}

extension String {
    fileprivate var isLocal: Bool {
        self == "localhost" || Configuration.Address(host: self, port: 0).isLoopback
    }
}
