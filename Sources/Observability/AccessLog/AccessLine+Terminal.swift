import GatehouseCore
import GatehouseHTTP

extension AccessLine {
    /// Renders a short line for people: `12:01:02 info GET /items?page=[redacted] 200 ms=0.412`.
    mutating func renderTerminal(
        _ request: Request, _ summary: ExchangeSummary, _ policy: QueryRedaction, colour: Bool
    ) {
        var scratch = RedactionScratch()
        var line: [UInt8] = []
        TerminalLine.clock(request.receivedAt, to: &line)
        TerminalLine.level(summary.level, colour: colour, to: &line)
        Self.appendTarget(request.head, policy, to: &line, using: &scratch)
        line.append(0x20)
        line.append(decimal: summary.status)
        TerminalLine.fields(Self.fields(request, summary), to: &line, using: &scratch)
        line.append(0x0A)
        replace(with: line)
    }

    /// Method and target, escaped as in JSON: no byte of it reaches the terminal as a command.
    private static func appendTarget(
        _ head: MessageHead, _ policy: QueryRedaction, to line: inout [UInt8],
        using scratch: inout RedactionScratch
    ) {
        guard let path = head.loggable(head.path) else {
            line.append("(no request)")
            return
        }
        var text = Array(head.method.rawValue.utf8.prefix(AccessLog.Limit.method))
        text.append(0x20)
        Redaction.append(path, limit: AccessLog.Limit.path, to: &text, using: &scratch)
        if let place = head.query, let query = head.loggable(place) {
            text.append(0x3F)
            policy.append(query, to: &text, using: &scratch)
        }
        line.append(jsonEscaped: text.raw)
    }

    private static func fields(_ request: Request, _ summary: ExchangeSummary) -> LogFields {
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
