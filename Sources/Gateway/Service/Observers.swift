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
        if let metrics = metrics(of: request) {
            metrics.record(request, exchange)
            if !request.limits.items.isEmpty || request.limits.unavailable > 0 {
                count(request, in: metrics)
            }
        }
        accessLog?.record(request, exchange)
        if exchange.code != nil { refused(request, exchange) }
    }

    private func refused(_ request: Request, _ exchange: ExchangeSummary) {
        logger.security(request, exchange)
        // What is shed is counted, and its beginning and end are told of: no failure each.
        if exchange.status >= 500, exchange.code != .reducedCapacity {
            logger.error(
                "request.failed",
                [
                    "request_id": .id(request.id), "status": .int(exchange.status),
                    "code": .public(exchange.code?.rawValue ?? ""),
                    "detail": .text(exchange.detail),
                ])
        }
    }

    private func count(_ request: Request, in metrics: LoopMetrics) {
        // No copy of the report: it would own all of its arrays for a moment.
        let isAdmitted = request.limits.refusedStage == nil && !request.limits.isWithdrawn
        for index in request.limits.items.indices {
            let number = request.limits.items[index].number
            if request.limits.items[index].isShadow, request.limits.items[index].isRefused {
                shadowRefused(request, number, metrics)
            } else if isAdmitted {
                metrics.limitAdmitted(policy: number)
            }
        }
        if request.limits.unavailable > 0 { metrics.limitsUnavailable(request.limits.unavailable) }
        for name in request.limits.violated {
            if let index = policies.firstIndex(of: name) { metrics.limitRefused(policy: index) }
        }
    }

    private func shadowRefused(_ request: Request, _ policy: Int, _ metrics: LoopMetrics) {
        metrics.limitShadowed(policy: policy)
        logger.security(
            .excessRateLimitExceeded, outcome: .allowed, request: request,
            fields: [
                "shadow": true,
                "limit": .public(policies.indices.contains(policy) ? policies[policy] : ""),
            ])
    }

    func observed(_ event: ConnectionEvent, loop: Int) {
        guard loops.indices.contains(loop) else { return }
        let metrics = loops[loop]
        switch event {
        case .accepted: metrics.connectionAccepted()
        case .closed: metrics.connectionClosed()
        case .handshakeDone(let isResumed): metrics.handshakeDone(resumed: isResumed)
        case .handshakeFailed(let why, let peer):
            metrics.handshakeFailed()
            logger.info("tls.handshake_failed", ["peer": .address(peer), "reason": .text(why)])
        case .proxyHeaderRefused(let why, let peer):
            metrics.connectionRefused(.proxyHeader)
            logger.warn("proxy_protocol.refused", ["peer": .address(peer), "reason": .text(why)])
        case .lag(let lag): metrics.lag(lag)
        case .refused, .cut, .barred, .pressure: defended(event, metrics, loop)
        }
    }

    /// What a defence did: counted always, and told of each address once in a while.
    private func defended(_ event: ConnectionEvent, _ metrics: LoopMetrics, _ loop: Int) {
        switch event {
        case .refused(let why, let peer, let unreported):
            metrics.connectionRefused(why)
            report(peer, why.rawValue, unreported)
        case .cut(let what, let peer, let unreported):
            metrics.connectionCut(what)
            report(peer, "slow-\(what.rawValue)", unreported)
        case .barred(let peer, let duration):
            metrics.clientBarred()
            logger.security(
                .maliciousExtraneous, outcome: .refused,
                fields: [
                    "client": .address(peer), "reason": "bad-requests",
                    "seconds": .int(Int(duration.components.seconds)),
                ])
        case .pressure(let level, let was):
            metrics.pressure(level)
            guard (level == 0) != (was == 0) else { return }
            logger.security(
                .excessRateLimitExceeded, outcome: .noted,
                fields: [
                    "reason": level > 0 ? "load-shedding-begins" : "load-shedding-ends",
                    "loop": .int(loop),
                ])
        default: break
        }
    }

    private func report(_ client: IPAddress, _ reason: String, _ count: Int) {
        guard count > 0 else { return }
        logger.security(
            .excessRateLimitExceeded, outcome: .refused,
            fields: [
                "client": .address(client), "reason": .public(reason), "count": .int(count),
            ])
    }

    func metrics(of request: Request) -> LoopMetrics? {
        guard let index = request.loopContext?.loop.index, loops.indices.contains(index) else {
            return nil
        }
        return loops[index]
    }
}
