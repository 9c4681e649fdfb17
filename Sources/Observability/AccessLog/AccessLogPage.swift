import GatehouseCore
import GatehouseHTTP

/// One loop's memory for access lines.
final class AccessLogPage {
    /// The last line that was rendered.
    private(set) var line: [UInt8] = []
    private var time = TimestampCache()
    private var scratch = RedactionScratch()
    private var query: [UInt8] = []

    init() { line.reserveCapacity(2_048) }

    /// Renders one JSON object and a line feed.
    func renderJSON(_ request: Request, _ summary: ExchangeSummary, _ policy: QueryRedaction) {
        line.removeAll(keepingCapacity: true)
        var json = JSONWriter(into: exchange(&line, with: []))
        json.beginObject()
        json.key("time")
        json.string { time.append(request.receivedAt, to: &$0) }
        json.key("level")
        json.string(summary.level.text)
        json.key("event")
        json.string("request")
        writeIdentity(request, to: &json)
        writeTarget(request, policy, to: &json)
        writeOutcome(request, summary, to: &json)
        json.endObject()
        line = json.finish()
        line.append(0x0A)
    }

    private func writeIdentity(_ request: Request, to json: inout JSONWriter) {
        json.key("request_id")
        json.string { request.id.append(to: &$0) }
        json.key("trace_id")
        json.string { request.trace.traceID.append(to: &$0) }
        json.key("client")
        json.string { request.client.appendLogText(to: &$0) }
        if request.peer != request.client {
            json.key("peer")
            json.string { request.peer.appendLogText(to: &$0) }
        }
        json.key("tls")
        json.bool(request.isSecure)
    }

    private func writeTarget(
        _ request: Request, _ policy: QueryRedaction, to json: inout JSONWriter
    ) {
        let head = request.head
        guard let path = head.loggable(head.path) else { return }
        json.key("method")
        json.redacted(head.method.rawValue, limit: AccessLog.Limit.method, using: &scratch)
        if let place = head.value(.host), let host = head.loggable(place) {
            json.key("host")
            writeHost(host, to: &json)
        }
        json.key("path")
        json.redacted(path, limit: AccessLog.Limit.path, using: &scratch)
        if let place = head.query, let text = head.loggable(place) {
            query.removeAll(keepingCapacity: true)
            policy.append(text, to: &query, using: &scratch)
            json.key("query")
            json.string(query.raw)
        }
        if let place = head.value(.userAgent), let agent = head.loggable(place) {
            json.key("user_agent")
            json.redacted(agent, limit: AccessLog.Limit.userAgent, using: &scratch)
        }
    }

    /// A host with userinfo is refused elsewhere; here it is only not shown.
    private func writeHost(_ host: RawSpan, to json: inout JSONWriter) {
        for index in 0..<host.byteCount where host.byte(index) == 0x40 {
            json.string(Redaction.mark)
            return
        }
        json.redacted(host, limit: AccessLog.Limit.host, using: &scratch)
    }

    private func writeOutcome(
        _ request: Request, _ summary: ExchangeSummary, to json: inout JSONWriter
    ) {
        if let route = request.route {
            json.key("route")
            json.string(route.name)
        }
        if let principal = request.principal {
            json.key("subject")
            json.redacted(principal.subject, limit: AccessLog.Limit.subject, using: &scratch)
        }
        json.key("status")
        json.number(summary.status)
        if let code = summary.code {
            json.key("code")
            json.string(code.rawValue)
        }
        if !summary.detail.isEmpty {
            json.key("detail")
            json.redacted(summary.detail, limit: AccessLog.Limit.detail, using: &scratch)
        }
        json.key("bytes_in")
        json.number(summary.bytesReceived)
        json.key("bytes_out")
        json.number(summary.bytesSent)
        json.key("duration_ms")
        json.thousandths(Int(summary.duration.nanoseconds / 1_000))
        if summary.isAborted {
            json.key("aborted")
            json.bool(true)
        }
    }

    /// Renders a short line for people: `12:01:02 GET /items?page=[redacted] 200 0.412ms items`.
    func renderTerminal(
        _ request: Request, _ summary: ExchangeSummary, _ policy: QueryRedaction, colour: Bool
    ) {
        line.removeAll(keepingCapacity: true)
        TerminalLine.clock(request.receivedAt, to: &line)
        TerminalLine.level(summary.level, colour: colour, to: &line)
        line.append(contentsOf: terminalTarget(request, policy))
        line.append(0x20)
        line.append(decimal: summary.status)
        TerminalLine.fields(terminalFields(request, summary), to: &line, using: &scratch)
        line.append(0x0A)
    }

    /// Method and target, escaped as in JSON: no byte of it reaches the terminal as a command.
    private func terminalTarget(_ request: Request, _ policy: QueryRedaction) -> ArraySlice<UInt8> {
        let head = request.head
        var text: [UInt8] = []
        if let path = head.loggable(head.path) {
            text.append(contentsOf: head.method.rawValue.utf8.prefix(AccessLog.Limit.method))
            text.append(0x20)
            Redaction.append(path, limit: AccessLog.Limit.path, to: &text, using: &scratch)
        } else {
            text.append("(no request)")
        }
        if let place = head.query, let query = head.loggable(place) {
            text.append(0x3F)
            policy.append(query, to: &text, using: &scratch)
        }
        var json = JSONWriter()
        json.string(text.raw)
        return json.finish().dropFirst().dropLast()
    }

    private func terminalFields(_ request: Request, _ summary: ExchangeSummary) -> LogFields {
        var fields: LogFields = ["ms": .duration(summary.duration)]
        fields.append("client", .address(request.client))
        if let route = request.route { fields.append("route", .public(route.name)) }
        if let subject = request.principal?.subject { fields.append("subject", .text(subject)) }
        guard let code = summary.code else { return fields }
        fields.append("code", .public(code.rawValue))
        if !summary.detail.isEmpty { fields.append("detail", .text(summary.detail)) }
        fields.append("id", .id(request.id))
        return fields
    }
}

/// Takes the array out of its place, so that it can grow elsewhere without being copied.
private func exchange(_ bytes: inout [UInt8], with empty: [UInt8]) -> [UInt8] {
    var taken = empty
    swap(&taken, &bytes)
    return taken
}
