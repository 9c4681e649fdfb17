public import GatehouseCore

/// Who may use a route. There is no default: a route without a rule does not start.
public enum AccessRule: Hashable, Sendable {
    /// Everybody, without a credential.
    case anyone
    /// Every caller with a valid credential.
    case signedIn
    /// Callers with at least one of these roles.
    case roles([String])
    /// Callers with all of these permissions.
    case permissions([String])
}

/// Where a request says whose object it is about.
public enum ObjectSource: Hashable, Sendable {
    /// A path parameter.
    case path(String)
    /// A query parameter; a request with two of that name is refused.
    case query(String)
    /// A field; a request with two of that name is refused.
    case header(String)
}

/// What a route asks beyond roles and permissions.
public struct ObjectRule: Sendable {
    /// What must equal the caller's subject.
    public var owner: ObjectSource?
    /// What must equal the caller's tenant.
    public var tenant: ObjectSource?
    /// Roles that are not asked.
    public var exceptRoles: [String] = []
    /// The second factor must have been shown within this time (RFC 9470).
    public var stepUp: Duration?

    /// Asks nothing.
    public init() {}
}

/// One declared route: what it matches, who may use it, and its limits. Immutable after start-up.
public final class Route: Sendable {
    /// Name in logs, metrics and tables: bounded, declared, never taken from a request.
    public let name: String
    /// Methods that it takes.
    public let methods: [Method]
    /// Path pattern: literal segments, `{name}` for one segment, a final `*` for the rest.
    public let pattern: String
    /// Hosts that it answers for; empty for all configured hosts.
    public let hosts: [String]
    /// Who may use it.
    public let access: AccessRule
    /// Most bytes of a request body.
    public let bodyLimit: ByteCount
    /// How long a handler or upstream may take to begin its answer.
    public let timeout: Duration
    /// What a request takes of limits that count cost.
    public let cost: Int
    /// Ownership and step-up.
    package let object: ObjectRule
    /// Position in the service's table of chains; set once when the service is built.
    package let index: Int
    /// Names of the path parameters, in order.
    package let parameterNames: [String]

    package init(
        name: String, methods: [Method], pattern: String, hosts: [String] = [], access: AccessRule,
        bodyLimit: ByteCount = .mebibytes(1), timeout: Duration = .seconds(30), cost: Int = 1,
        object: ObjectRule = ObjectRule(), index: Int
    ) {
        self.name = name
        self.methods = methods
        self.pattern = pattern
        self.hosts = hosts
        self.access = access
        self.bodyLimit = bodyLimit
        self.timeout = timeout
        self.cost = cost
        self.object = object
        self.index = index
        parameterNames = pattern.split(separator: "/").compactMap { segment in
            segment.hasPrefix("{") && segment.hasSuffix("}")
                ? String(segment.dropFirst().dropLast()) : nil
        }
    }
}
