import GatehouseHTTP

/// One loop's memory for access lines.
final class AccessLogPage {
    private var renderer = AccessLine()

    /// Renders a line in the given style.
    func render(
        _ request: Request, _ summary: ExchangeSummary, _ query: QueryRedaction, _ style: LogStyle
    ) -> [UInt8] {
        switch style {
        case .json: renderer.renderJSON(request, summary, query)
        case .terminal(let colour):
            renderer.renderTerminal(request, summary, query, colour: colour)
        }
        return renderer.line
    }
}
