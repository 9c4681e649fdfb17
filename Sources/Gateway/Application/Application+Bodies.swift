public import GatehouseCore
public import GatehouseHTTP
public import GatehouseValidation

extension Application {
    /// Declares a route whose handler gets the JSON body as a value that was checked: after all
    /// that the schema refuses, fills in and trims. The body itself can't be read any more.
    ///
    /// ```swift
    /// app.on(.post, "/users", access: .anyone, body: userSchema) { (request, user: User) in
    ///     .json(try await store(user), status: 201)
    /// }
    /// ```
    ///
    /// Answered before the handler runs: 415 for another media type, 400 for what is no strict
    /// JSON, 422 with every issue in `errors` for what does not fit.
    /// - Parameters:
    ///   - schema: what the body must be; its values must fit into `Body`.
    ///   - cost: what a request takes of limits that count cost.
    ///   - object: whose object it must be, and how fresh the second factor.
    public func on<Body: Decodable & Sendable>(
        _ method: Method, _ path: String, access: AccessRule, body schema: CompiledSchema,
        bodyLimit: ByteCount? = nil, timeout: Duration? = nil, limits: [String] = [],
        cost: Int = 1, object: ObjectRule = ObjectRule(),
        _ handler: @escaping @Sendable (Request, Body) async throws -> Response
    ) {
        on(
            method, path, access: access, bodyLimit: bodyLimit, timeout: timeout, limits: limits,
            cost: cost, object: object
        ) { request in
            let body: Body = try await Self.body(of: request, schema)
            return try await handler(request, body)
        }
    }

    /// Declares a `POST` route whose handler gets the checked body.
    public func post<Body: Decodable & Sendable>(
        _ path: String, access: AccessRule, body schema: CompiledSchema,
        _ handler: @escaping @Sendable (Request, Body) async throws -> Response
    ) { on(.post, path, access: access, body: schema, handler) }

    private static func body<Body: Decodable & Sendable>(
        of request: Request, _ schema: CompiledSchema
    ) async throws(Rejection) -> Body {
        let head = request.head
        guard let field = head.value(.contentType), let type = ContentType(head.bytes(field)),
            type.isJSON
        else { throw Rejection(415, .unsupportedMediaType, detail: "body: not JSON") }
        let bytes = try await request.body.collect()
        var limits = JSONLimits()
        limits.bytesMax = request.body.limit
        do throws(ValidationFailure) {
            let checked = try Validated<Body>(
                bytes, by: schema, limits: limits, at: request.receivedAt)
            // What was checked is all that is left.
            request.body.replace(with: [])
            return checked.value
        } catch { throw Rejection(error) }
    }

    /// The folder for the program's own data, made when it is missing, for its owner alone.
    /// - Throws: `StartError` when it can't be made.
    public func dataFolder() throws(StartError) -> String {
        try Gateway.makeDataFolder(configuration.data)
        return configuration.data
    }
}

extension Rejection {
    /// A body, or parameters, that are not what the schema asks for.
    init(_ failure: ValidationFailure, of what: StaticString = "body") {
        switch failure {
        case .unreadable(let error):
            let isTooLong = error.reason == .tooLong
            self.init(
                isTooLong ? 413 : 400, isTooLong ? .contentTooLarge : .invalidInput,
                detail: "json: \(error.reason.rawValue) at \(error.offset)")
        case .refused(let issues):
            let shown = issues.prefix(4).map { "\($0.pointer.prefix(128)) \($0.keyword)" }
            self.init(422, .invalidInput, detail: "\(what): \(shown.joined(separator: ", "))")
            members = ValidationIssue.members(issues)
        case .undecodable(let issue):
            self.init(
                500, .internalError,
                detail: "\(what): the schema takes what the type can't: \(issue)")
        }
    }
}
