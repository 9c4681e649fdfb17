import GatehouseCore
import GatehouseCrypto
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport

/// Makes a service of a configuration: everything is decided and rendered here, once.
struct ServiceBuilder {
    let configuration: Configuration
    let declared: [Application.DeclaredRoute]
    let resources: Resources
    let echoPort: UInt16?
    let loops: Int

    /// What was built, with what runs beside it.
    struct Result {
        var service: GatewayService
        var upstreams: [(Upstream, Configuration.Upstream.Health?)]
        var tls: TLSServerContext?
        var limits: ConnectionLimits
    }

    func build(following previous: TLSServerContext?) throws(ConfigurationError) -> Result {
        let upstreams = try buildUpstreams()
        var (plan, table) = try plan(upstreams)
        let tls = try CertificateLoader(configuration, resources).load(following: previous)
        let limits = try ConnectionLimits(configuration)
        // Everything that can be refused was tried: from here on the old configuration is left.
        _ = try GatewayService(plan)
        resources.counters.commit()
        resources.limits.adopt(plan.parts.limits.desks, issuer: ownIssuer)
        if configuration.learns { resources.learner.start() }
        resources.accounts?.adopt(try AccessPolicy(configuration.roles))
        let labels = MetricLabels(
            routes: plan.routes.map(\.name), policies: configuration.limits.map(\.name),
            upstreams: upstreams.map {
                .init(name: $0.0.name, servers: $0.0.targets.map(\.authority))
            })
        resources.metrics.reconfigure(labels)
        let loopMetrics = (0..<loops).map { resources.metrics.loop($0) }
        plan.observers = Observers(
            accessLog: resources.accessLog, logger: resources.logger, loops: loopMetrics,
            policies: configuration.limits.map(\.name))
        for metrics in table.upstreamMetrics.values { metrics.adopt(loopMetrics) }
        return Result(
            service: try GatewayService(plan), upstreams: upstreams,
            tls: tls, limits: limits)
    }

    private func buildUpstreams() throws(ConfigurationError) -> [(
        Upstream, Configuration.Upstream.Health?
    )] {
        let builder = UpstreamBuilder(echoPort: echoPort, loops: loops)
        var upstreams: [(Upstream, Configuration.Upstream.Health?)] = []
        for settings in configuration.upstreams {
            upstreams.append((try builder.build(settings), settings.health))
        }
        return upstreams
    }

    private func plan(
        _ upstreams: [(Upstream, Configuration.Upstream.Health?)]
    ) throws(ConfigurationError) -> (ServicePlan, EndpointTable) {
        var table = EndpointTable()
        table.addHealth(configuration.readiness, resources, upstreams.map(\.0))
        if let accounts = resources.accounts {
            let api = AccountsAPI(accounts)
            for route in api.routes { table.add(route, configuration) }
            if accounts.settings.cookies {
                for route in AccountPages.routes(api) { table.add(route, configuration) }
            }
        }
        let inputs = try InputBuilder(
            configuration, try AccessPolicy(configuration.roles), resources.logger,
            resources.learner)
        for route in declared {
            table.add(route, configuration, input: try inputs.check(of: route))
        }
        for route in configuration.routes {
            try table.add(
                route, configuration, upstreams.map(\.0), resources.identity,
                input: try inputs.check(of: route))
        }
        let limits = try LimitBuilder(
            configuration, resources.counters, shared: resources.sharedCounters,
            systems: try systems
        ).build(table)
        let plan = ServicePlan(
            hosts: HostNames(configuration.hosts), client: try clientIdentity,
            routes: table.routes, endpoints: table.endpoints, inputs: table.inputs,
            parts: try parts(table, limits),
            responder: RejectionResponder(),
            observers: Observers(accessLog: nil, logger: resources.logger, loops: []),
            timeout: configuration.timeouts.handler)
        return (plan, table)
    }

    /// Read anew with each configuration, so that a reload follows the file.
    private var systems: (any AutonomousSystems)? {
        get throws(ConfigurationError) {
            guard let path = configuration.geo.asnDatabase else { return nil }
            return try ASNDatabase(path: path)
        }
    }

    private var clientIdentity: ClientIdentity {
        get throws(ConfigurationError) {
            var networks: [IPNetwork] = []
            for text in configuration.trustedProxies { networks.append(try IPNetwork(text)) }
            return ClientIdentity(trustedProxies: networks)
        }
    }

    private func parts(
        _ table: EndpointTable, _ limits: LimitBuilder.Limits
    ) throws(ConfigurationError) -> Pipeline.Parts {
        let policy = try AccessPolicy(configuration.roles)
        let takesCookies = resources.accounts?.settings.cookies == true
        let authentication = try BearerAuthentication(
            verifier: try verifier, revocations: resources.accounts?.accounts.revocations,
            takesCookies: takesCookies)
        return Pipeline.Parts(
            headers: try ResponseHeaders(
                api: try HeaderOverrides(configuration.headers.api.map { ($0.name, $0.value) }),
                page: try HeaderOverrides(configuration.headers.page.map { ($0.name, $0.value) })),
            plaintext: plaintext, cors: try cors,
            addressBlock: AddressBlock(resources.sets.blocks), limits: limits,
            authentication: authentication, callerBlock: CallerBlock(resources.sets.blocks),
            keys: resources.accounts.map { APIKeyAuthentication($0, authentication) },
            crossSite: takesCookies ? CrossSiteRefusal() : nil,
            authorization: RouteAuthorization(routes: table.routes, policy: policy))
    }

    private var plaintext: PlaintextRefusal {
        let listeners = configuration.listeners.indices.filter {
            configuration.listeners[$0].protocol == .redirect
        }
        return PlaintextRefusal(listeners: Set(listeners), origin: configuration.publicOrigin)
    }

    private var cors: CORS? {
        get throws(ConfigurationError) {
            guard let settings = configuration.cors else { return nil }
            let isAny = settings.origins == ["*"]
            return try CORS(
                origins: isAny ? [] : settings.origins, credentials: settings.credentials,
                methods: settings.methods, headers: settings.headers, expose: settings.expose,
                maxAge: settings.maxAge,
                dangerouslyAllowHTTPOrigins: settings.dangerouslyAllowPlainOrigins,
                dangerouslyAllowAnyOrigin: isAny)
        }
    }

    private var verifier: TokenVerifier? {
        get throws(ConfigurationError) {
            var issuers = try TokenBuilder(remote: resources.remoteKeys, claims: claims)
                .build(configuration.tokens)
            if let accounts = resources.accounts { issuers.append(accounts.signer.rules) }
            return issuers.isEmpty ? nil : try TokenVerifier(issuers: issuers)
        }
    }

    /// Who vouches for accounts where a command names nobody.
    private var ownIssuer: String {
        resources.accounts?.accounts.tokens.issuer ?? configuration.tokens.issuers.first?.issuer
            ?? ""
    }

    /// Claims that tiers of limits ask for.
    private var claims: [String] {
        let names = configuration.limits.flatMap(\.tiers).compactMap { tier -> String? in
            if case .claim(let name, _) = tier.match { name } else { nil }
        }
        return Set(names).sorted()
    }
}
