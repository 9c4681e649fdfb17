import GatehouseCore
package import GatehouseHTTP

/// One line for each request: who asked for what, what became of it, and how long it took.
///
/// Rendered into memory that the loop keeps, so that a request costs no allocation, and handed to
/// a `LogSink`, so that it costs no system call. Fields that are absent have no value: `code` and
/// `detail` without a refusal, `peer` when it is the client. Path, `Host`, `User-Agent` and subject
/// are cleared of secrets and bounded; of the query only names and declared-safe values are shown.
package final class AccessLog: Sendable {
    /// Most bytes of each field that a client or handler fills.
    enum Limit {
        static let path = 1_024
        static let host = 255
        static let userAgent = 256
        static let subject = 256
        static let detail = 512
        static let method = 32
    }

    private let sink: LogSink
    private let query: QueryRedaction
    private let style: LogStyle

    /// Logs to `sink`; `query` says which query values may be shown.
    package init(sink: LogSink, query: QueryRedaction = .namesOnly, style: LogStyle? = nil) {
        self.sink = sink
        self.query = query
        self.style = style ?? .automatic(isTerminal: sink.isTerminal)
    }

    /// Writes the line of an exchange that is over. Called on the request's loop.
    package func record(_ request: Request, _ summary: ExchangeSummary) {
        let page = request.loopStorage?.value(for: self) { AccessLogPage() } ?? AccessLogPage()
        sink.append(page.render(request, summary, query, style))
    }
}

extension ExchangeSummary {
    /// Failures of ours are errors, refusals are warnings, all else is information.
    var level: LogLevel {
        if status >= 500 { return .error }
        return code == nil ? .info : .warn
    }
}
