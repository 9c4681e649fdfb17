import GatehouseCore
package import GatehouseHTTP
import Synchronization

/// Why an upstream gave no usable answer.
package enum UpstreamFailure: Int, CaseIterable, Sendable {
    /// No connection came about.
    case connect
    /// It took too long.
    case timeout
    /// Its answer was no HTTP.
    case invalid
    /// The connection broke.
    case disconnected
    /// All its connections were taken.
    case overloaded

    var label: StaticString {
        switch self {
        case .connect: "connect"
        case .timeout: "timeout"
        case .invalid: "invalid"
        case .disconnected: "disconnected"
        case .overloaded: "overloaded"
        }
    }
}

/// One loop's counters. Only that loop's thread may call the methods; scrapes read from elsewhere.
package final class LoopMetrics: Sendable {
    let cells: LoopCells
    /// By route index; the last counts what no route took.
    let routes: [AnswerCells]
    let upstreams: [AnswerCells]
    let policies: [PolicyCells]

    init(cells: LoopCells, routes: [AnswerCells], upstreams: [AnswerCells], policies: [PolicyCells])
    {
        self.cells = cells
        self.routes = routes
        self.upstreams = upstreams
        self.policies = policies
    }

    /// Counts an exchange that is over, all of it: request, refusal and bytes.
    package func record(_ request: Request, _ summary: ExchangeSummary) {
        countRequest(
            route: request.route?.index, status: summary.status,
            nanoseconds: summary.nanoseconds, isAborted: summary.isAborted)
        if let code = summary.code { countRefusal(code) }
        countBytes(received: summary.bytesReceived, sent: summary.bytesSent)
    }

    /// Counts a request of a route, or of none.
    @inline(__always)
    package func countRequest(
        route: Int?, status: Int, nanoseconds: Int64, isAborted: Bool = false
    ) {
        let last = routes.count &- 1
        let index = route ?? last
        let cell = routes[index >= 0 && index < last ? index : last]
        cell.count(status: status, nanoseconds: nanoseconds)
        if isAborted { cell.failures[0].count() }
    }

    /// Counts a refusal by its code.
    package func countRefusal(_ code: Rejection.Code) {
        cells.codes[RefusalCodes.index(of: code)].count()
    }

    /// Counts bytes of messages.
    @inline(__always)
    package func countBytes(received: Int, sent: Int) {
        cells.bytesReceived.count(received)
        cells.bytesSent.count(sent)
    }

    /// Counts a connection that was taken.
    package func connectionAccepted() { cells.accepted.count() }
    /// Counts the end of a connection that was taken.
    package func connectionClosed() { cells.closed.count() }
    /// Counts a connection that a limit refused.
    package func connectionRefused(_ why: ConnectionEvent.Refusal) {
        cells.refused[ConnectionEvent.Refusal.allCases.firstIndex(of: why) ?? 0].count()
    }
    /// Counts a connection whose client was too slow.
    package func connectionCut(_ what: ConnectionEvent.Slowness) {
        cells.cut[ConnectionEvent.Slowness.allCases.firstIndex(of: what) ?? 0].count()
    }
    /// Counts a client that gets no connections for a while.
    package func clientBarred() { cells.barred.count() }
    /// Counts a TLS handshake that was made.
    package func handshakeDone(resumed: Bool) {
        cells.handshakes.count()
        if resumed { cells.handshakesResumed.count() }
    }
    /// Counts a TLS handshake that broke off.
    package func handshakeFailed() { cells.handshakesFailed.count() }
    /// States how late the loop was.
    package func lag(_ lag: Duration) {
        cells.lag.store(Int(lag.nanoseconds), ordering: .relaxed)
    }
    /// States how much is shed: 0 to twice `LoadPressure.full`.
    package func pressure(_ level: Int) { cells.pressure.store(level, ordering: .relaxed) }

    /// Counts a request that a rate-limit policy refused, by the policy's position.
    package func limitRefused(policy: Int) {
        guard policies.indices.contains(policy) else { return }
        policies[policy].refused.count()
    }

    /// Counts a request that a rate-limit policy let pass.
    @inline(__always)
    package func limitAdmitted(policy: Int) {
        guard policy >= 0, policy < policies.count else { return }
        policies[policy].admitted.count()
    }

    /// Counts a request that a rate-limit policy in shadow would have refused.
    package func limitShadowed(policy: Int) {
        guard policies.indices.contains(policy) else { return }
        policies[policy].shadowed.count()
    }

    /// Counts decisions that a limit's store did not give.
    package func limitsUnavailable(_ count: Int) { cells.limitsUnavailable.count(count) }

    /// Counts an upstream's answer, by the upstream's position; the time is until its head.
    package func upstreamAnswered(_ upstream: Int, status: Int, nanoseconds: Int64) {
        guard upstreams.indices.contains(upstream) else { return }
        upstreams[upstream].count(status: status, nanoseconds: nanoseconds)
    }

    /// Counts a try that an upstream did not answer.
    package func upstreamFailed(_ upstream: Int, _ failure: UpstreamFailure) {
        guard upstreams.indices.contains(upstream) else { return }
        upstreams[upstream].failures[failure.rawValue].count()
    }
}

/// Positions of refusal codes in the counters.
enum RefusalCodes {
    static let all = Rejection.Code.allCases

    static func index(of code: Rejection.Code) -> Int { indices[code] ?? 0 }

    private static let indices: [Rejection.Code: Int] = {
        precondition(all.count <= LoopCells.codesMax, "more refusal codes than counters")
        return Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    }()
}
