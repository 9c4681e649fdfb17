public import GatehouseCore
public import GatehouseHTTP
public import GatehouseValidation

extension Application {
    /// Declares a route whose handler gets its parameters as a value that was checked.
    ///
    /// ```swift
    /// app.on(.get, "/notes", access: .signedIn, parameters: list) {
    ///     (request, parameters: ListParameters) in
    ///     .json(try await store.list(limit: parameters.query.limit))
    /// }
    /// ```
    ///
    /// Answered before the handler runs: 400 for a query that is none, 422 with every issue in
    /// `errors`, at `/query/limit` and the like, for what does not fit. Query parameters that the
    /// schema does not name are refused; parameters in the path must be those of `path`, or the
    /// program does not start.
    /// - Parameters:
    ///   - schema: what the parameters must be; their values must fit into `Parameters`.
    ///   - cost: what a request takes of limits that count cost.
    ///   - object: whose object it must be, and how fresh the second factor.
    public func on<Parameters: Decodable & Sendable>(
        _ method: Method, _ path: String, access: AccessRule, parameters schema: ParametersSchema,
        bodyLimit: ByteCount? = nil, timeout: Duration? = nil, limits: [String] = [],
        cost: Int = 1, object: ObjectRule = ObjectRule(),
        _ handler: @escaping @Sendable (Request, Parameters) async throws -> Response
    ) {
        on(
            method, path, access: access, bodyLimit: bodyLimit, timeout: timeout, limits: limits,
            cost: cost, object: object
        ) { request in
            try await handler(request, try request.parameters(by: schema).value)
        }
        declareParameters(schema)
    }

    /// Declares a route whose handler gets its parameters and its JSON body as values that were
    /// checked, the parameters first.
    /// - Parameters:
    ///   - parameters: what the parameters must be.
    ///   - body: what the body must be.
    ///   - cost: what a request takes of limits that count cost.
    ///   - object: whose object it must be, and how fresh the second factor.
    public func on<Parameters: Decodable & Sendable, Body: Decodable & Sendable>(
        _ method: Method, _ path: String, access: AccessRule, parameters: ParametersSchema,
        body: CompiledSchema, bodyLimit: ByteCount? = nil, timeout: Duration? = nil,
        limits: [String] = [], cost: Int = 1, object: ObjectRule = ObjectRule(),
        _ handler: @escaping @Sendable (Request, Parameters, Body) async throws -> Response
    ) {
        on(
            method, path, access: access, body: body, bodyLimit: bodyLimit, timeout: timeout,
            limits: limits, cost: cost, object: object
        ) { (request: Request, value: Body) in
            try await handler(request, try request.parameters(by: parameters).value, value)
        }
        declareParameters(parameters)
    }

    /// Declares a `GET` route whose handler gets checked parameters.
    public func get<Parameters: Decodable & Sendable>(
        _ path: String, access: AccessRule, parameters schema: ParametersSchema,
        _ handler: @escaping @Sendable (Request, Parameters) async throws -> Response
    ) { on(.get, path, access: access, parameters: schema, handler) }

    /// Declares a `DELETE` route whose handler gets checked parameters.
    public func delete<Parameters: Decodable & Sendable>(
        _ path: String, access: AccessRule, parameters schema: ParametersSchema,
        _ handler: @escaping @Sendable (Request, Parameters) async throws -> Response
    ) { on(.delete, path, access: access, parameters: schema, handler) }

    /// Declares a `POST` route whose handler gets checked parameters and the checked body.
    public func post<Parameters: Decodable & Sendable, Body: Decodable & Sendable>(
        _ path: String, access: AccessRule, parameters: ParametersSchema, body: CompiledSchema,
        _ handler: @escaping @Sendable (Request, Parameters, Body) async throws -> Response
    ) { on(.post, path, access: access, parameters: parameters, body: body, handler) }

    /// Declares a `PUT` route whose handler gets checked parameters and the checked body.
    public func put<Parameters: Decodable & Sendable, Body: Decodable & Sendable>(
        _ path: String, access: AccessRule, parameters: ParametersSchema, body: CompiledSchema,
        _ handler: @escaping @Sendable (Request, Parameters, Body) async throws -> Response
    ) { on(.put, path, access: access, parameters: parameters, body: body, handler) }
}

extension Request {
    /// The parameters, read and checked.
    /// - Throws: `Rejection` 400 and 422.
    fileprivate func parameters<Value: Decodable>(
        by schema: ParametersSchema
    ) throws(Rejection) -> Validated<Value> {
        var texts: [ParametersSchema.Place: [(name: String, text: String)]] = [:]
        for name in route?.parameterNames ?? [] where schema.names(in: .path) != nil {
            texts[.path, default: []].append((name, parameter(name) ?? ""))
        }
        texts[.query] = try queryTexts
        let head = head
        for name in schema.names(in: .header) ?? [] {
            for line in head.lines where head.bytes(line.name).isSame(name) {
                texts[.header, default: []].append((name, head.text(line.value)))
            }
        }
        if let names = schema.names(in: .cookie) { texts[.cookie] = cookies(names) }
        do throws(ValidationFailure) {
            return try schema.validated(texts, at: receivedAt)
        } catch { throw Rejection(error, of: "parameters") }
    }

    private var queryTexts: [(name: String, text: String)] {
        get throws(Rejection) {
            let head = head
            guard let query = head.query else { return [] }
            var fields = FormFields()
            var limits = FormLimits()
            // The check of all input has bounded them by what is configured.
            limits.fieldsMax = 10_000
            do throws(FormError) { try fields.parse(head.bytes(query), limits: limits) } catch {
                throw Rejection(400, .invalidInput, detail: "query: \(error.reason.rawValue)")
            }
            return (0..<fields.count).map {
                (
                    String(decoding: fields.name($0).array, as: UTF8.self),
                    String(decoding: fields.value($0).array, as: UTF8.self)
                )
            }
        }
    }

    private func cookies(_ names: [String]) -> [(name: String, text: String)] {
        var found: [(name: String, text: String)] = []
        for line in head.values(of: .cookie) {
            for pair in line.split(separator: ";") {
                let sides = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = sides[0].drop { $0 == " " }
                guard sides.count == 2, names.contains(String(name)) else { continue }
                found.append((String(name), String(sides[1])))
            }
        }
        return found
    }
}

extension RawSpan {
    /// Whether it is this name in any case of its letters.
    fileprivate func isSame(_ name: String) -> Bool {
        guard byteCount == name.utf8.count else { return false }
        return name.utf8.enumerated().allSatisfy {
            byte($0.offset).asciiLowercased == $0.element.asciiLowercased
        }
    }
}
