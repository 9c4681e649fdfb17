import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity

/// What sections must hold together: names that exist, nothing twice, nothing that cannot work.
struct ConfigurationChecks {
    private let configuration: Configuration
    private var findings: [Decoding.Finding] = []

    static func run(_ configuration: Configuration, _ decoding: inout Decoding) {
        var checks = ConfigurationChecks(configuration: configuration)
        checks.listeners()
        checks.limits()
        checks.routes()
        checks.duplicates()
        checks.issuers()
        checks.documents()
        checks.shared()
        for finding in checks.findings { decoding.note(finding.located(in: decoding.places)) }
    }

    private init(configuration: Configuration) { self.configuration = configuration }

    private mutating func refuse(
        _ path: String, _ problem: String, found: String, expected: String,
        _ suggestion: String? = nil
    ) {
        findings.append(
            .init(
                problem: problem, path: path, found: found, expected: expected,
                suggestion: suggestion))
    }

    /// What gates share, and what they do without it.
    private mutating func shared() {
        if configuration.redis == nil, configuration.readiness.requires.contains(.redis) {
            refuse(
                "readiness.requires", "a part that is not there", found: "`redis`",
                expected: "a section `redis`")
        }
    }

    private mutating func listeners() {
        let all = configuration.listeners
        var seen: [Configuration.Address: String] = [:]
        if configuration.admin.enabled { seen[configuration.admin.address] = "admin.address" }
        for (index, listener) in all.enumerated() where listener.address.port != 0 {
            let path = "listeners[\(index)].address"
            if let other = seen.updateValue(path, forKey: listener.address) {
                refuse(
                    path, "two listeners on one address",
                    found: "`\(listener.address)`, as `\(other)`",
                    expected: "an address of its own")
            }
        }
        let redirect = all.firstIndex { $0.protocol == .redirect }
        if let redirect, !all.contains(where: { $0.protocol == .https }) {
            refuse(
                "listeners[\(redirect)].protocol", "a redirect to nowhere",
                found: "no listener with `protocol: https`", expected: "one that serves HTTPS")
        }
    }

    /// Documents are compiled here too, so that `check` and the start say the same.
    private mutating func documents() {
        guard let policy = try? AccessPolicy(configuration.roles) else { return }
        var all = [("validation.openapi", configuration.validation)]
        for (index, route) in configuration.routes.enumerated() {
            guard let own = route.validation else { continue }
            all.append(("routes[\(index)].validation.openapi", own))
            let usual = Configuration.Validation()
            if own.requestsMin != usual.requestsMin || own.clientsMin != usual.clientsMin {
                refuse(
                    "routes[\(index)].validation", "what is proposed is decided for all routes",
                    found: "`learn-min-…` in a route",
                    expected: "`learn-min-…` in the configuration's own `validation`")
            }
        }
        for (path, settings) in all {
            do throws(ConfigurationError) {
                _ = try OpenAPIContract.load(settings, policy: policy)
            } catch {
                if case .invalid(_, let why) = error {
                    refuse(
                        path, "a document that cannot be enforced", found: why,
                        expected: "a valid OpenAPI 3.0 or 3.1 document")
                }
            }
        }
    }

    private mutating func limits() {
        var seen: Set<String> = []
        for (index, limit) in configuration.limits.enumerated()
        where !seen.insert(limit.name).inserted {
            refuse(
                "limits[\(index)].name", "two limits of one name", found: "`\(limit.name)`",
                expected: "a name of its own")
        }
        if let path = configuration.geo.asnDatabase {
            do throws(ConfigurationError) { _ = try ASNDatabase(path: path) } catch {
                if case .invalid(_, let why) = error {
                    refuse(
                        "geo.asn-database", "a file that can't be used", found: why,
                        expected: "a MaxMind database of autonomous systems")
                }
            }
        }
        if let redis = configuration.redis, configuration.accounts != nil {
            if redis.whenUnavailable.signIn == nil {
                refuse(
                    "redis", "nobody says what becomes of sign-ins while Redis can't be asked",
                    found: "accounts, and no `when-unavailable.sign-in`",
                    expected: "`when-unavailable: { sign-in: refuse }`, or `local`")
            }
            if redis.whenUnavailable.revocations == nil {
                refuse(
                    "redis", "nobody says what becomes of sessions while Redis can't be asked",
                    found: "accounts, and no `when-unavailable.revocations`",
                    expected: "`when-unavailable: { revocations: database }`, `refuse` or `allow`")
            }
        }
        for finding in LimitAdvice(configuration).errors {
            refuse(
                finding.path, finding.problem, found: finding.found, expected: finding.expected)
        }
    }

    private mutating func routes() {
        let upstreams = configuration.upstreams.map(\.name)
        let limits = configuration.limits.map(\.name)
        for (index, route) in configuration.routes.enumerated() {
            let path = "routes[\(index)]"
            if case .upstream(let name) = route.target {
                mustExist(name, in: upstreams, path + ".upstream", "upstream")
            }
            for (position, name) in route.limits.enumerated() {
                mustExist(name, in: limits, path + ".limits[\(position)]", "limit")
            }
            for (position, name) in route.hosts.enumerated() {
                mustExist(name, in: configuration.hosts, path + ".hosts[\(position)]", "host")
            }
            if route.access != .anyone, configuration.tokens.issuers.isEmpty,
                configuration.accounts == nil
            {
                refuse(
                    path + ".access", "nobody can sign in", found: "no `tokens.issuers`",
                    expected: "an issuer whose tokens are accepted, or `access: anyone`")
            }
        }
    }

    private mutating func mustExist(
        _ name: String, in names: [String], _ path: String, _ what: String
    ) {
        guard !names.contains(name) else { return }
        let near = Nearest.match(name, in: names)
        let listed = names.prefix(8).map { $0.printable(max: 64) }.oneOf
        refuse(
            path, "unknown \(what) `\(name.printable(max: 64))`",
            found: "a name that no \(what) has",
            expected: names.isEmpty ? "a configured \(what)" : listed,
            near.map { "did you mean `\($0)`?" })
    }

    /// Two routes of one shape that share a method and a host: the second could never answer.
    private mutating func duplicates() {
        var seen: [String: Int] = [:]
        routes: for (index, route) in configuration.routes.enumerated() {
            let shape = PathPattern.shape(route.path)
            for host in route.hosts.isEmpty ? ["*"] : route.hosts {
                for method in route.methods {
                    let key = "\(method) \(host) \(shape)"
                    guard let first = seen[key] else {
                        seen[key] = index
                        continue
                    }
                    guard first != index else { continue }
                    refuse(
                        "routes[\(index)].path", "two routes for the same requests",
                        found: "`\(method) \(route.path)`, as in `routes[\(first)]`",
                        expected: "each method of a path once")
                    continue routes
                }
            }
        }
    }

    private mutating func issuers() {
        var seen: Set<String> = []
        for (index, issuer) in configuration.tokens.issuers.enumerated()
        where !seen.insert(issuer.issuer).inserted {
            refuse(
                "tokens.issuers[\(index)].issuer", "two issuers of one name",
                found: "`\(issuer.issuer.printable(max: 60))`", expected: "each issuer once")
        }
    }
}
