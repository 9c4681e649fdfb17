package import GatehouseHTTP

/// A loop and its tools, for those who open connections while they serve a request.
package final class LoopContext {
    package let loop: EventLoop
    /// Host names, looked up once for all upstreams of the loop.
    package let resolver: Resolver

    package init(_ loop: EventLoop) {
        self.loop = loop
        resolver = Resolver(on: loop)
    }
}

extension Request {
    /// The loop that serves this request; nil where no server does, as in tests of a handler.
    package var loopContext: LoopContext? { loopStorage?.home as? LoopContext }
}
