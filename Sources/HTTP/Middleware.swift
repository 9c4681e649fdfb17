/// A check before the handler and a touch after it, both synchronous: the fast form of middleware.
///
/// The pipeline calls all `before` in order in one flat loop, then the handler, then `after` in
/// reverse for every control whose `before` was called, also when one of them refused.
public protocol Control: Sendable {
    /// Looks at the request; returns a response to answer at once, nil to go on.
    /// - Throws: `Rejection` to refuse.
    func before(_ request: Request) throws(Rejection) -> Response?
    /// Touches the response on its way out.
    func after(_ request: Request, _ response: inout Response)
}

extension Control {
    /// Lets every request pass.
    public func before(_ request: Request) throws(Rejection) -> Response? { nil }
    /// Changes nothing.
    public func after(_ request: Request, _ response: inout Response) {}
}

/// Middleware that may wait: wraps what comes next. Composed once, at start-up.
public protocol Middleware: Sendable {
    /// Answers the request, usually by way of `next`.
    func handle(_ request: Request, next: Next) async throws -> Response
}

/// What comes after a middleware: the rest of the route's chain.
public struct Next: Sendable {
    private let call: @Sendable (Request) async throws -> Response

    /// Ends a chain with a handler.
    public init(_ call: @escaping @Sendable (Request) async throws -> Response) {
        self.call = call
    }

    /// Puts `middleware` before `next`.
    init(_ middleware: any Middleware, next: Next) {
        call = { request in try await middleware.handle(request, next: next) }
    }

    /// Goes on with the request.
    @inline(__always)
    public func callAsFunction(_ request: Request) async throws -> Response {
        try await call(request)
    }

    /// Composes a chain, outermost first, once.
    public static func chain(_ middleware: [any Middleware], _ handler: Next) -> Next {
        var next = handler
        for element in middleware.reversed() { next = Next(element, next: next) }
        return next
    }
}
