public import GatehouseIdentity

/// Everything that a gateway is told: listeners, upstreams, routes and their rules, limits, logs.
///
/// A value: read from a file with `load(file:)`, or built in code. Every property has the default
/// that `docs/CONFIGURATION.md` states, and paths are as the program can open them.
public struct Configuration: Sendable {
    /// Folder for keys, certificates and state; made on the first run.
    public var data = "./data"
    /// Names that the gateway answers for, in lower case; the first is used in redirects.
    public var hosts = ["localhost"]
    /// Where connections are accepted.
    public var listeners = [
        Listener(address: Address(host: "127.0.0.1", port: 8_443)),
        Listener(address: Address(host: "127.0.0.1", port: 8_080), protocol: .redirect),
    ]
    /// Certificates and versions.
    public var tls = TLS()
    /// Networks (CIDR) of proxies whose `Forwarded` and `X-Forwarded-*` fields are believed.
    public var trustedProxies: [String] = []
    /// Bounds on connections.
    public var connections = Connections()
    /// Bounds on what one address may ask for in a time.
    public var floods = Floods()
    /// Bounds on messages.
    public var http = HTTP()
    /// Clocks.
    public var timeouts = Timeouts()
    /// What requests are forwarded to, in the order of the file.
    public var upstreams: [Upstream] = []
    /// What is allowed, in the order of the file. A path that none declares is refused.
    public var routes: [Route] = []
    /// Rate limits.
    public var limits = RateLimit.standard
    /// Where addresses belong.
    public var geo = Geo()
    /// Cross-origin access; nil allows none.
    public var cors: CORS?
    /// Changes to the response headers of the presets.
    public var headers = Headers()
    /// Whose tokens are accepted.
    public var tokens = Tokens()
    /// Roles with their permissions, in the order of the file.
    public var input = Input()
    /// The document that requests are held to.
    public var validation = Validation()
    /// What roles may do.
    public var roles: [AccessPolicy.Role] = []
    /// Accounts that the gateway keeps; nil for none.
    public var accounts: Accounts?
    /// The token that tells an upstream who is calling.
    public var identity = Identity()
    /// The Redis that several gates share; nil for one gate.
    public var redis: Redis?
    /// Logs.
    public var log = Log()
    /// What readiness depends on.
    public var readiness = Readiness()
    /// The listener for metrics and details.
    public var admin = Admin()
    /// The program itself.
    public var server = Server()

    /// A configuration with all defaults and no routes.
    public init() {}
}

extension Configuration {
    static let section = Section<Configuration>(
        "a configuration", Configuration(), reach + traffic + rules + operation,
        check: { configuration, _, decoding in
            configuration.data = decoding.resolve(configuration.data)
        })

    private static let reach: [Field<Configuration>] = [
        Field(
            "data", \.data, .text("a path", max: 4_000),
            "Folder for keys, certificates and state. Made on the first run, for its owner alone."),
        Field(
            "hosts", \.hosts, .unique(of: .host, "hosts", in: 1...1_000),
            "Names that the gateway answers for; the first is used in redirects. A request for "
                + "another name is refused."),
        Field(
            "listeners", \.listeners,
            .list(of: .section(Listener.section), "listeners", in: 1...64),
            "Where connections are accepted.",
            shownDefault: "`https` on `127.0.0.1:8443`, `redirect` on `127.0.0.1:8080`"),
        Field("tls", \.tls, .section(TLS.section), "Certificates and versions."),
        Field(
            "trusted-proxies", \.trustedProxies, .unique(of: .network, "networks", in: 0...256),
            "Proxies whose `Forwarded` and `X-Forwarded-*` fields are "
                + "believed. From everybody else "
                + "these fields are removed."),
        Field(
            "connections", \.connections, .section(Connections.section), "Bounds on connections."),
        Field(
            "floods", \.floods, .section(Floods.section),
            "What one address may ask for in a time, and when requests are shed."),
        Field("http", \.http, .section(HTTP.section), "Bounds on messages."),
        Field("timeouts", \.timeouts, .section(Timeouts.section), "Clocks, each with an end."),
    ]

    private static let traffic: [Field<Configuration>] = [
        Field(
            "upstreams", \.upstreams,
            .named(Upstream.section, "upstreams", in: 1...1_000, \.name),
            "What requests are forwarded to. Routes name them."),
        Field(
            "routes", \.routes, .list(of: .section(Route.section), "routes", in: 1...10_000),
            "What is allowed. A path that no route declares is refused.", isRequired: true),
    ]

    private static let rules: [Field<Configuration>] = [
        Field(
            "limits", \.limits, .list(of: .section(RateLimit.section), "limits", in: 0...100),
            "Rate limits. `[]` switches the default ones off.",
            shownDefault: "`default`: 300 in 1m per address, everywhere; "
                + "`auth`: 10 in 15m per address, under `/auth/`"),
        Field("geo", \.geo, .section(Geo.section), "Where addresses belong."),
        Field(
            "cors", \.cors, Kind.section(CORS.section).optional,
            "Which other origins' pages may call. Without it none may."),
        Field("input", \.input, .section(Input.section), "How queries and bodies are read."),
        Field(
            "validation", \.validation, .section(Validation.section),
            "An OpenAPI document that requests to upstreams are held to."),
        Field("headers", \.headers, .section(Headers.section), "Changes to response headers."),
        Field("tokens", \.tokens, .section(Tokens.section), "Whose tokens are accepted."),
        Field(
            "roles", \.roles, .named(roleSection, "roles", in: 1...1_000, \.name),
            "What roles may do. Routes ask for roles or permissions."),
        Field(
            "accounts", \.accounts, Kind.section(Accounts.section).optional,
            "Accounts that the gateway keeps, under `/auth/` and `/account`. Without it there are "
                + "none."),
        Field(
            "identity", \.identity, .section(Identity.section),
            "The token in `Gatehouse-Identity` that tells an upstream who is calling."),
    ]

    private static let operation: [Field<Configuration>] = [
        Field(
            "redis", \.redis, Kind.section(Redis.section).optional,
            "The Redis that several gates share. Without it a gate counts for itself."),
        Field("log", \.log, .section(Log.section), "What is logged, and where."),
        Field(
            "readiness", \.readiness, .section(Readiness.section),
            "What `/health/ready` depends on."),
        Field("admin", \.admin, .section(Admin.section), "The listener for metrics and details."),
        Field("server", \.server, .section(Server.section), "The program itself."),
    ]
}
