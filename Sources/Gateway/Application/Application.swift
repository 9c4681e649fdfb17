public import GatehouseCore
public import GatehouseHTTP
import GatehouseValidation

/// An API that is secure by default: routes with their access rules, behind the whole pipeline.
///
/// ```swift
/// let app = Application()
/// app.get("/notes/{id}", access: .signedIn) { request in
///     .text("note \(request.parameter("id") ?? "")")
/// }
/// try app.run()
/// ```
///
/// The configuration says where to listen, whose tokens count and which limits hold, exactly as the
/// gateway's file does; its own routes are served beside those declared here.
public final class Application {
    /// Listeners, tokens, limits and all other settings.
    public var configuration: Configuration
    /// The counters of the limits, for code.
    public let limits = Limits()
    /// Counters that gates share, where they are not the configuration's own.
    package var sharedCounters: SharedCounters?
    private var middleware: [any Middleware] = []
    private(set) var declared: [DeclaredRoute] = []

    /// One route as declared.
    struct DeclaredRoute {
        let methods: [Method]
        let path: String
        let access: AccessRule
        let bodyLimit: ByteCount?
        let timeout: Duration?
        let limits: [String]
        var cost = 1
        var object = ObjectRule()
        let handler: Next
        /// What its parameters must be.
        var parameters: ParametersSchema?
    }

    /// Says what the parameters of the last route are.
    func declareParameters(_ schema: ParametersSchema) {
        declared[declared.count - 1].parameters = schema
    }

    /// An application with the safe defaults, or with settings of its own.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Adds middleware around every route that is declared after it.
    public func use(_ element: any Middleware) { middleware.append(element) }

    /// Declares a `GET` route; it answers `HEAD` too.
    public func get(
        _ path: String, access: AccessRule,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) { on(.get, path, access: access, handler) }

    /// Declares a `POST` route.
    public func post(
        _ path: String, access: AccessRule,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) { on(.post, path, access: access, handler) }

    /// Declares a `PUT` route.
    public func put(
        _ path: String, access: AccessRule,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) { on(.put, path, access: access, handler) }

    /// Declares a `PATCH` route.
    public func patch(
        _ path: String, access: AccessRule,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) { on(.patch, path, access: access, handler) }

    /// Declares a `DELETE` route.
    public func delete(
        _ path: String, access: AccessRule,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) { on(.delete, path, access: access, handler) }

    /// Declares a route for any method, with limits of its own.
    /// - Parameters:
    ///   - path: literal segments, `{name}` for one segment, a final `*` for the rest.
    ///   - access: who may use it; there is no default.
    ///   - bodyLimit: most bytes of a request body; the configuration's when nil.
    ///   - timeout: how long the handler may take; the configuration's when nil.
    ///   - limits: names of further limits that the configuration declares.
    ///   - cost: what a request takes of limits that count cost.
    ///   - object: whose object it must be, and how fresh the second factor.
    public func on(
        _ method: Method, _ path: String, access: AccessRule, bodyLimit: ByteCount? = nil,
        timeout: Duration? = nil, limits: [String] = [], cost: Int = 1,
        object: ObjectRule = ObjectRule(),
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        declared.append(
            DeclaredRoute(
                methods: [method], path: path, access: access, bodyLimit: bodyLimit,
                timeout: timeout, limits: limits, cost: cost, object: object,
                handler: .chain(middleware, Next(handler))))
    }
}
