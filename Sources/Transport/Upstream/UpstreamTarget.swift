package import GatehouseCore
package import GatehouseCrypto
import Synchronization

/// One server of an upstream: where it is, and how it fares. Shared by all loops.
package final class UpstreamTarget: Sendable {
    /// Host name or address.
    package let host: String
    package let port: UInt16
    /// Set when the server speaks TLS.
    package let tls: TLSClientContext?
    private let healthy = Atomic<Bool>(true)
    private let inFlight = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)
    private let successes = Atomic<Int>(0)
    /// Failures in a row after which the server is left alone, successes after which it is back.
    private let unhealthyAfter: Int
    private let healthyAfter: Int
    /// Whether somebody checks its health; otherwise only requests tell how it fares.
    private let isWatched: Bool
    /// Until when an unwatched server that failed is left alone, in nanoseconds.
    private let restsUntil = Atomic<Int64>(0)
    /// How long that is; then requests find out whether it is back.
    package static let restTime = Duration.seconds(10)

    package init(
        host: String, port: UInt16, tls: TLSClientContext?, unhealthyAfter: Int = 3,
        healthyAfter: Int = 2, isWatched: Bool = false
    ) {
        self.isWatched = isWatched
        self.host = host
        self.port = port
        self.tls = tls
        self.unhealthyAfter = unhealthyAfter
        self.healthyAfter = healthyAfter
        let name = host.contains(":") ? "[\(host)]" : host
        authority = port == (tls == nil ? 80 : 443) ? name : "\(name):\(port)"
        authorityBytes = Array(authority.utf8)
    }

    /// `host:port`, for logs and the `Host` field.
    package let authority: String
    package let authorityBytes: [UInt8]

    /// Whether requests should go there.
    package var isHealthy: Bool { healthy.load(ordering: .relaxed) || isRested(at: .now) }

    /// Whether an unwatched server that failed was left alone for long enough.
    package func isRested(at now: MonotonicTime) -> Bool {
        !isWatched && now.nanoseconds >= restsUntil.load(ordering: .relaxed)
    }

    /// Notes that it answered a request: failures before that are no row, and a server that nobody
    /// checks is back.
    package func answered() {
        if failures.load(ordering: .relaxed) != 0 { failures.store(0, ordering: .relaxed) }
        if !isWatched, !healthy.load(ordering: .relaxed) {
            healthy.store(true, ordering: .relaxed)
        }
    }

    package var load: Int { inFlight.load(ordering: .relaxed) }
    func begin() { inFlight.add(1, ordering: .relaxed) }
    func end() { inFlight.subtract(1, ordering: .relaxed) }

    /// Notes a check's or a connection's outcome.
    /// - Returns: the new state when it changed.
    package func note(success: Bool, at now: MonotonicTime = .now) -> Bool? {
        if success {
            failures.store(0, ordering: .relaxed)
            let count = successes.add(1, ordering: .relaxed).newValue
            guard count >= healthyAfter else { return nil }
            return healthy.exchange(true, ordering: .relaxed) ? nil : true
        }
        successes.store(0, ordering: .relaxed)
        let count = failures.add(1, ordering: .relaxed).newValue
        guard count >= unhealthyAfter else { return nil }
        restsUntil.store((now + Self.restTime).nanoseconds, ordering: .relaxed)
        return healthy.exchange(false, ordering: .relaxed) ? false : nil
    }
}

/// Bounds and clocks of an upstream's connections.
package struct UpstreamLimits: Sendable {
    /// Connections to one server from one loop.
    package var connectionsMax = 256
    /// Requests that may wait for a connection on one loop.
    package var waitersMax = 1_024
    package var connectTimeout = Duration.seconds(2)
    /// For the response to begin, and between two pieces of it.
    package var responseTimeout = Duration.seconds(30)
    /// How long an unused connection is kept.
    package var idleTimeout = Duration.seconds(60)

    package init() {}
}

/// Why an upstream gave no answer.
package enum UpstreamError: Error, Equatable, Sendable {
    /// No connection could be made.
    case unreachable(String)
    /// All connections are busy, and so is the queue for them.
    case overloaded
    /// It did not answer in time.
    case timedOut
    /// It closed the connection before the answer was complete.
    case disconnected
    /// Its answer breaks HTTP; the parser's name for it.
    case malformed(String)
}

extension UpstreamError {
    init(_ error: SocketError) {
        switch error {
        case .disconnected: self = .disconnected
        case .timedOut: self = .timedOut
        case .unreachable(let why): self = .unreachable(why)
        case .tls(let why): self = .unreachable("TLS: \(why)")
        }
    }
}
