public import GatehouseCore

/// One request on its way through the pipeline: what the client sent, and what Gatehouse found out.
///
/// One object per connection, reused for every request: it is not `Sendable`, so that the compiler
/// refuses to let it escape into another task. Copy what must outlive the request.
public final class Request {
    /// Start line and fields as received.
    public let head = MessageHead()
    /// The request's id: 32 hexadecimal digits, ours or a trusted caller's.
    public package(set) var id = RequestID()
    /// The caller's trace (W3C Trace Context), or a new one.
    package var trace = TraceContext()
    /// The client's address: the peer's, or what a trusted proxy says.
    public package(set) var client = IPAddress(high: 0, low: 0)
    /// The socket's peer.
    package var peer = IPAddress(high: 0, low: 0)
    /// The peer's port.
    package var peerPort: UInt16 = 0
    /// Whether the client reached us (or a trusted proxy) over TLS.
    public package(set) var isSecure = false
    /// Which listener took it.
    package var listener = 0
    /// Who is calling; nil until authentication, and for anonymous callers.
    public package(set) var principal: Principal?
    /// Whether the caller was authenticated by a cookie, which a browser sends unasked.
    package var isCookieAuthenticated = false
    /// The route that the path and method found.
    package var route: Route?
    /// Places of the path parameters in the path, in the order of the route's pattern.
    package var parameterRanges: [ByteRange] = []
    /// The request's body.
    public package(set) var body: RequestBody
    /// How long the answer may take to begin; set by `Service.prepare`.
    package var timeout = Duration.seconds(30)
    /// Whether limits, access rules and the plaintext listener let it pass: liveness and readiness.
    package var isHealthCheck = false
    /// What `Service.prepare` found wrong; the pipeline answers it in its place.
    package var refusal: Rejection?
    /// When the head was complete.
    package var received = MonotonicTime(nanoseconds: 0)
    /// Civil time of the same moment.
    public package(set) var receivedAt = WallTime(nanoseconds: 0)
    /// What the rate limits want the response to say.
    package var limits = LimitReport()
    /// Verdict of CORS on the origin: what `after` adds.
    package var corsOrigin: Int?
    /// Recycled memory for the response's fields.
    package var spareFields = Fields()
    /// What is kept of the request until its answer says whether it teaches.
    package var learning: AnyObject?
    /// Scratch for the loop's own caches (verified tokens, identities), set by the server.
    package var loopStorage: LoopStorage?
    /// What can hold the request back, set by the server.
    package var holder: (any RequestHolder)?

    package init(body: RequestBody = RequestBody()) { self.body = body }

    /// The method.
    public var method: Method { head.method }
    /// The path as sent, percent-encoding and all.
    public var path: String { head.text(head.path) }
    /// The query without `?`, as sent, or nil.
    public var query: String? { head.query.map(head.text) }
    /// Place of the authority that the client asked for: the target's, or the `Host` field's.
    package var hostRange: ByteRange { head.authority ?? head.value(.host) ?? .none }
    /// A request field's first value.
    public subscript(name: FieldName) -> String? { head[name] }

    /// Forgets everything of the last request, keeps the memory.
    package func reset() {
        head.reset()
        principal = nil
        isCookieAuthenticated = false
        route = nil
        parameterRanges.removeAll(keepingCapacity: true)
        limits.clear()
        corsOrigin = nil
        isSecure = false
        refusal = nil
        isHealthCheck = false
        learning = nil
    }
}
