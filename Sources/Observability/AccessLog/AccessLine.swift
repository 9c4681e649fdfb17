import GatehouseCore
import GatehouseHTTP

/// Renders access lines into an array that it keeps.
///
/// Fixed text goes in as whole fragments, names and punctuation together: with a call for each
/// name, each quote and each comma a line cost three times as much.
struct AccessLine {
    /// The last line that was rendered.
    private(set) var line: [UInt8] = []
    private var time = TimestampCache()
    private var scratch = RedactionScratch()
    private var query: [UInt8] = []
    private var hosts = RenderedTexts()
    private var agents = RenderedTexts()

    init() { line.reserveCapacity(2_048) }

    /// Renders one JSON object and a line feed.
    mutating func renderJSON(
        _ request: Request, _ summary: ExchangeSummary, _ policy: QueryRedaction
    ) {
        line.removeAll(keepingCapacity: true)
        line.append(#"{"time":""#)
        time.append(request.receivedAt, to: &line)
        line.append(#"","level":""#)
        line.append(summary.level.text)
        writeIdentity(request)
        writeTarget(request.head, policy)
        writeCaller(request)
        writeOutcome(summary)
        line.append("}\n")
    }

    /// Takes a line that was rendered elsewhere.
    mutating func replace(with other: [UInt8]) { line = other }

    private mutating func writeIdentity(_ request: Request) {
        line.append(#"","event":"request","request_id":""#)
        request.id.append(to: &line)
        line.append(#"","trace_id":""#)
        request.trace.traceID.append(to: &line)
        line.append(#"","client":""#)
        request.client.appendLogText(to: &line)
        if request.peer != request.client {
            line.append(#"","peer":""#)
            request.peer.appendLogText(to: &line)
        }
        line.append(request.isSecure ? #"","tls":true"# : #"","tls":false"#)
    }

    private mutating func writeTarget(_ head: MessageHead, _ policy: QueryRedaction) {
        guard let path = head.loggable(head.path) else { return }
        line.append(#","method":""#)
        write(head.method.rawValue, limit: AccessLog.Limit.method)
        if let place = head.value(.host), let host = head.loggable(place) {
            line.append(#"","host":""#)
            writeHost(host)
        }
        line.append(#"","path":""#)
        write(path, limit: AccessLog.Limit.path)
        if let place = head.query, let text = head.loggable(place) {
            query.removeAll(keepingCapacity: true)
            policy.append(text, to: &query, using: &scratch)
            line.append(#"","query":""#)
            let shown = query
            line.append(jsonEscaped: shown.raw)
        }
        if let place = head.value(.userAgent), let agent = head.loggable(place) {
            line.append(#"","user_agent":""#)
            agents.append(
                agent, limit: AccessLog.Limit.userAgent, to: &line, using: &scratch)
        }
        line.append(0x22)
    }

    private mutating func writeCaller(_ request: Request) {
        if let route = request.route {
            line.append(#","route":""#)
            line.append(jsonEscaped: route.name)
            line.append(0x22)
        }
        if let principal = request.principal {
            line.append(#","subject":""#)
            write(principal.subject, limit: AccessLog.Limit.subject)
            line.append(0x22)
        }
    }

    private mutating func writeOutcome(_ summary: ExchangeSummary) {
        line.append(#","status":"#)
        line.append(decimal: summary.status)
        if let code = summary.code {
            line.append(#","code":""#)
            line.append(jsonEscaped: code.rawValue)
            line.append(0x22)
        }
        if !summary.detail.isEmpty {
            line.append(#","detail":""#)
            write(summary.detail, limit: AccessLog.Limit.detail)
            line.append(0x22)
        }
        line.append(#","bytes_in":"#)
        line.append(decimal: summary.bytesReceived)
        line.append(#","bytes_out":"#)
        line.append(decimal: summary.bytesSent)
        line.append(#","duration_ms":"#)
        let microseconds = Int(summary.nanoseconds / 1_000)
        line.append(decimal: microseconds / 1_000)
        line.append(0x2E)
        line.append(padded: abs(microseconds % 1_000), width: 3)
        if summary.isAborted { line.append(#","aborted":true"#) }
    }

    /// A host with userinfo is refused elsewhere; here it is only not shown.
    private mutating func writeHost(_ host: RawSpan) {
        for index in 0..<host.byteCount where host.byte(index) == 0x40 {
            line.append(Redaction.mark)
            return
        }
        hosts.append(host, limit: AccessLog.Limit.host, to: &line, using: &scratch)
    }

    private mutating func write(_ text: RawSpan, limit: Int) {
        Redaction.append(jsonEscaped: text, limit: limit, to: &line, using: &scratch)
    }

    private mutating func write(_ text: String, limit: Int) {
        var text = text
        text.withUTF8 { unsafe write(RawSpan(_unsafeElements: $0), limit: limit) }
    }
}
