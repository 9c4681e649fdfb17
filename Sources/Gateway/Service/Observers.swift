import GatehouseCore
import GatehouseHTTP
import GatehouseObservability
import GatehouseTransport

/// Who is told what happened: access log, security log, metrics.
package struct Observers: Sendable {
    let accessLog: AccessLog?
    let logger: Logger
    /// The counters of each loop, for the configuration in force.
    let loops: [LoopMetrics]
    /// Names of the rate-limit policies, in the metrics' order.
    var policies: [String] = []

    func completed(_ request: Request, _ exchange: ExchangeSummary) {
        if let metrics = metrics(of: request) { metrics.record(request, exchange) }
        accessLog?.record(request, exchange)
        if exchange.code != nil { refused(request, exchange) }
    }

    private func refused(_ request: Request, _ exchange: ExchangeSummary) {
        if exchange.code == .rateLimited { countLimits(request) }
        logger.security(request, exchange)
        if exchange.status >= 500 {
            logger.error(
                "request.failed",
                [
                    "request_id": .id(request.id), "status": .int(exchange.status),
                    "code": .public(exchange.code?.rawValue ?? ""),
                    "detail": .text(exchange.detail),
                ])
        }
    }

    private func countLimits(_ request: Request) {
        guard let metrics = metrics(of: request) else { return }
        for name in request.limits.violated {
            if let index = policies.firstIndex(of: name) { metrics.limitRefused(policy: index) }
        }
    }

    func observed(_ event: ConnectionEvent, loop: Int) {
        guard loops.indices.contains(loop) else { return }
        let metrics = loops[loop]
        switch event {
        case .accepted: metrics.connectionAccepted()
        case .closed: metrics.connectionClosed()
        case .handshakeDone: metrics.handshake(succeeded: true)
        case .refused(let why):
            metrics.connectionRefused()
            logger.security(
                why == .blocked ? .authzFail : .excessRateLimitExceeded, outcome: .refused,
                fields: ["reason": .public(why.rawValue)])
        case .handshakeFailed(let why, let peer):
            metrics.handshake(succeeded: false)
            logger.info("tls.handshake_failed", ["peer": .address(peer), "reason": .text(why)])
        case .proxyHeaderRefused(let why, let peer):
            metrics.connectionRefused()
            logger.warn("proxy_protocol.refused", ["peer": .address(peer), "reason": .text(why)])
        }
    }

    func metrics(of request: Request) -> LoopMetrics? {
        guard let index = request.loopContext?.loop.index, loops.indices.contains(index) else {
            return nil
        }
        return loops[index]
    }
}
