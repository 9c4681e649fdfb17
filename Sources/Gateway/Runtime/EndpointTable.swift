import GatehouseCore
import GatehouseHTTP
import GatehouseIdentity
import GatehouseTransport

/// Routes and what answers them, collected in the order of their indices.
struct EndpointTable {
    private(set) var routes: [Route] = []
    private(set) var endpoints: [Endpoint] = []
    /// What reads the routes' input; nil where the endpoint does it itself.
    private(set) var inputs: [InputCheck?] = []
    /// Counters of the upstreams that routes use, by the upstreams' positions.
    private(set) var upstreamMetrics: [Int: UpstreamMetrics] = [:]
    /// Names of further limits, by route index.
    private(set) var limits: [[String]] = []

    /// An upstream that does not answer in time says so before the general clock does.
    private static let proxySlack = Duration.seconds(5)

    private mutating func add(
        _ endpoint: Endpoint, limits: [String], input: InputCheck? = nil, _ make: (Int) -> Route
    ) {
        routes.append(make(routes.count))
        endpoints.append(endpoint)
        inputs.append(input)
        self.limits.append(limits)
    }

    /// `/health/live` and `/health/ready`, on every listener.
    mutating func addHealth(
        _ settings: Configuration.Readiness, _ resources: Resources, _ upstreams: [Upstream]
    ) {
        let needsUpstreams = settings.requires.contains(.upstreams) && !upstreams.isEmpty
        let needsDatabase = settings.requires.contains(.database)
        let needsRedis = settings.requires.contains(.redis)
        let readiness = resources.readiness
        let ready = HealthCheck { [unowned resources] in
            !readiness.isDraining
                && (!needsUpstreams || upstreams.contains(where: \.isHealthy))
                && (!needsDatabase || resources.isDatabaseGood(within: settings.tolerance))
                && (!needsRedis || resources.isRedisGood(within: settings.tolerance))
        }
        for (name, check) in [("live", HealthCheck()), ("ready", ready)] {
            add(.health(check), limits: []) { index in
                Route(
                    name: "health-\(name)", methods: [.get], pattern: "/health/\(name)",
                    access: .anyone, bodyLimit: .bytes(0), index: index)
            }
        }
    }

    mutating func add(
        _ route: Application.DeclaredRoute, _ configuration: Configuration,
        input: InputCheck? = nil
    ) {
        add(.handler(route.handler), limits: route.limits, input: input) { index in
            Route(
                name: "\(route.methods[0]) \(route.path)", methods: route.methods,
                pattern: route.path, access: route.access,
                bodyLimit: route.bodyLimit ?? configuration.http.bodyMax,
                timeout: route.timeout ?? configuration.timeouts.handler, cost: route.cost,
                object: route.object, index: index)
        }
    }

    mutating func add(
        _ route: Configuration.Route, _ configuration: Configuration, _ upstreams: [Upstream],
        _ identity: IdentityTokenSigner, input: InputCheck? = nil
    ) throws(ConfigurationError) {
        var timeout = configuration.timeout(of: route)
        let endpoint: Endpoint
        switch route.target {
        case .respond(let response):
            endpoint = .fixed(
                status: response.status, contentType: MediaType(response.type),
                body: response.body)
        case .upstream(let name):
            guard let position = upstreams.firstIndex(where: { $0.name == name }) else {
                throw .invalid("routes.upstream", "there is no upstream `\(name)`")
            }
            let metrics = upstreamMetrics[position] ?? UpstreamMetrics(position: position)
            upstreamMetrics[position] = metrics
            let guarded = Self.guardRules(of: route)
            let proxy = Endpoint.proxy(
                ReverseProxy(
                    upstreams[position], identity: identity, timeout: timeout, metrics: metrics,
                    wantsPlainAnswers: guarded != nil || input?.readsAnswers == true))
            endpoint = guarded.map { .guarded(ObjectGuard($0, proxy)) } ?? proxy
            timeout += Self.proxySlack
        }
        add(endpoint, limits: route.limits, input: input) { index in
            Route(
                name: route.name.isEmpty ? route.path : route.name, methods: route.methods,
                pattern: route.path, hosts: route.hosts, access: route.access,
                bodyLimit: configuration.bodyMax(of: route), timeout: timeout, cost: route.cost,
                object: route.object, index: index)
        }
    }

    /// What the route's JSON must hold; nil when nothing is said of it.
    private static func guardRules(of route: Configuration.Route) -> ObjectGuard.Rules? {
        guard route.fields != nil || route.responseOwner != nil || route.responseTenant != nil
        else {
            return nil
        }
        func grants(_ list: [Configuration.FieldGrant]?) -> [ObjectGuard.Grant]? {
            guard let list, !list.isEmpty else { return nil }
            return list.map { ObjectGuard.Grant(roles: $0.roles, fields: $0.fields) }
        }
        return ObjectGuard.Rules(
            responseOwner: route.responseOwner, responseTenant: route.responseTenant,
            exceptRoles: route.object.exceptRoles, read: grants(route.fields?.read),
            write: grants(route.fields?.write), stripsUnwritable: route.fields?.strip ?? false)
    }
}
