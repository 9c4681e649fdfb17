package import GatehouseCore

/// What a server serves: the seam between sockets and the pipeline.
package protocol Service: AnyObject, Sendable {
    /// Finds client, route and limits of a request whose head parsed; what is wrong is noted in
    /// `request.refusal`.
    func prepare(_ request: Request)
    /// Answers a request whose head parsed. Never throws: a failure is a response.
    func respond(to request: Request) async -> Response
    /// Answers what could not be parsed or admitted; `request` holds what is known.
    func refuse(_ rejection: Rejection, _ request: Request) -> Response
    /// Told once per answered request, after the last byte was handed over or the try given up.
    func completed(_ request: Request, _ exchange: ExchangeSummary)
    /// Told what happens to connections, on the loop where it happens.
    func observed(_ event: ConnectionEvent, loop: Int)
}

/// What happens to connections and their loop, for metrics and log.
package enum ConnectionEvent: Sendable {
    case accepted
    /// A limit refused; `unreported` counts this client's refusals since the last that was to be
    /// logged, and is 0 when this one is only to be counted.
    case refused(Refusal, peer: IPAddress, unreported: Int)
    /// The client was too slow and was cut off; `unreported` as above.
    case cut(Slowness, peer: IPAddress, unreported: Int)
    /// The client sent too much that is no HTTP and gets no new connections for a while.
    case barred(peer: IPAddress, duration: Duration)
    case closed
    case handshakeDone(resumed: Bool)
    case handshakeFailed(String, peer: IPAddress)
    case proxyHeaderRefused(String, peer: IPAddress)
    /// How late the loop was just now.
    case lag(Duration)
    /// The loop begins to shed requests, sheds more or fewer, or none: 0 to 2,048.
    case pressure(Int, was: Int)

    /// Which limit refused a connection.
    package enum Refusal: String, CaseIterable, Sendable {
        case tooManyConnections = "too-many-connections"
        case tooManyForClient = "too-many-for-client"
        case connectionRate = "connection-rate"
        case handshakeRate = "handshake-rate"
        case handshakeQueue = "handshake-queue"
        case badRequests = "bad-requests"
        case proxyHeader = "proxy-header"
        /// The client's address is blocked.
        case blocked
    }

    /// What a client was too slow with.
    package enum Slowness: String, CaseIterable, Sendable {
        case handshake
        case head
        case body
        case reading
    }
}

/// How an exchange ended, for access log and metrics.
package struct ExchangeSummary: Sendable {
    package var status = 0
    package var code: Rejection.Code?
    package var detail = ""
    package var bytesReceived = 0
    package var bytesSent = 0
    /// Bytes of the request's content, as it was framed.
    package var contentReceived = 0
    /// Bytes of the response behind its head.
    package var contentSent = 0
    /// Head complete to last byte handed to the kernel.
    package var nanoseconds: Int64 = 0
    /// The client went away, or the body broke off, before the response was complete.
    package var isAborted = false

    package init() {}

    /// Head complete to last byte handed to the kernel.
    package var duration: Duration {
        get { .nanoseconds(nanoseconds) }
        set { nanoseconds = newValue.nanoseconds }
    }
}
