/// What a server serves: the seam between sockets and the pipeline.
package protocol Service: AnyObject, Sendable {
    /// Answers a request whose head parsed. Never throws: a failure is a response.
    func respond(to request: Request) async -> Response
    /// Answers what could not be parsed or admitted; `request` holds what is known.
    func refuse(_ rejection: Rejection, _ request: Request) -> Response
    /// Told once per answered request, after the last byte was handed over or the try given up.
    func completed(_ request: Request, _ exchange: ExchangeSummary)
}

/// How an exchange ended, for access log and metrics.
package struct ExchangeSummary: Sendable {
    package var status = 0
    package var code: Rejection.Code?
    package var detail = ""
    package var bytesReceived = 0
    package var bytesSent = 0
    /// Head complete to last byte handed to the kernel.
    package var duration = Duration.zero
    /// The client went away, or the body broke off, before the response was complete.
    package var isAborted = false

    package init() {}
}
