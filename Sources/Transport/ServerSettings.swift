package import GatehouseCore
package import GatehouseCrypto
package import GatehouseHTTP

/// What a listener speaks.
package enum ListenerProtocol: Sendable, Equatable {
    /// TLS, then HTTP.
    case https
    /// HTTP in clear, the full service.
    case http
    /// HTTP in clear, answered with refusals and redirects to HTTPS only.
    case redirect
}

/// One address to listen on.
package struct ListenerSettings: Sendable, Equatable {
    package var host: String
    package var port: UInt16
    package var transport: ListenerProtocol
    /// Whether every connection starts with a PROXY header.
    package var expectsProxyHeader: Bool

    package init(
        host: String, port: UInt16, transport: ListenerProtocol, expectsProxyHeader: Bool = false
    ) {
        self.host = host
        self.port = port
        self.transport = transport
        self.expectsProxyHeader = expectsProxyHeader
    }
}

/// Bounds on connections, all with safe defaults.
package struct ConnectionLimits: Sendable {
    /// Connections open at once, on all loops together.
    package var connectionsMax = 10_000
    /// Connections open at once from one client address (IPv6: one /64).
    package var perClientMax = 512
    /// Requests served on one connection before it closes.
    package var requestsMax = 10_000
    /// Pipelined requests served before other connections get a turn.
    package var pipelinedMax = 16
    /// Size and shape of request heads.
    package var head = RequestParser.Limits()
    /// From the first byte (or the connection's start) to the end of the head.
    package var headerTimeout = Duration.seconds(10)
    /// Bytes per second below which a head is given up.
    package var headerRateMin = 512
    /// Time a head gets before the minimum rate counts.
    package var headerGrace = Duration.seconds(3)
    /// Bytes per second below which a request body is given up.
    package var bodyRateMin = 1_024
    /// Time a body gets before the minimum rate counts.
    package var bodyGrace = Duration.seconds(5)
    /// Between requests.
    package var idleTimeout = Duration.seconds(75)
    /// For the TLS handshake and a PROXY header.
    package var handshakeTimeout = Duration.seconds(10)
    /// How long the peer may take nothing of a response.
    package var writeTimeout = Duration.seconds(30)
    /// Bytes per second below which, in the long run, a response is given up.
    package var writeRateMin = 1_024
    /// What one address may ask of the connection layer.
    package var floods = FloodLimits()

    package init() {}
}

/// Everything that a reload replaces as a whole. One object for all connections: each holds a
/// reference, and a request takes over the newest for the price of one.
package final class ServerSnapshot: Sendable {
    package let service: any Service
    package let tls: TLSServerContext?
    package let limits: ConnectionLimits
    /// Whether connections of an address are closed as they come; asked once for each, by the
    /// address that a PROXY header names if there is one.
    package let isBlocked: (@Sendable (IPAddress) -> Bool)?
    /// The clocks that every request restarts, in ticks of the wheel.
    let ticks: (idle: Int64, header: Int64, write: Int64)
    /// What a client that is slow to read may not fall below.
    var drainCredit: DrainCredit {
        DrainCredit(bytesPerSecond: limits.writeRateMin, window: limits.writeTimeout)
    }

    package init(
        service: any Service, tls: TLSServerContext?, limits: ConnectionLimits,
        isBlocked: (@Sendable (IPAddress) -> Bool)? = nil
    ) {
        self.isBlocked = isBlocked
        self.service = service
        self.tls = tls
        self.limits = limits
        ticks = (
            TimerWheel.ticks(limits.idleTimeout), TimerWheel.ticks(limits.headerTimeout),
            TimerWheel.ticks(limits.writeTimeout)
        )
    }
}
