import GatehouseCore
import GatehouseCrypto
import GatehouseTransport

/// Makes upstreams of their configuration.
struct UpstreamBuilder {
    /// Where the built-in echo upstream listens; nil when nobody asks for it.
    let echoPort: UInt16?
    let loops: Int

    func build(_ settings: Configuration.Upstream) throws(ConfigurationError) -> Upstream {
        var targets: [UpstreamTarget] = []
        for server in settings.servers { targets.append(try target(server, settings)) }
        guard !targets.isEmpty else {
            throw .invalid("upstreams.\(settings.name).servers", "needs at least one server")
        }
        var limits = UpstreamLimits()
        limits.connectionsMax = max(1, settings.connectionsMax / max(loops, 1))
        limits.connectTimeout = settings.connectTimeout
        limits.responseTimeout = settings.responseTimeout
        limits.idleTimeout = settings.idleTimeout
        return Upstream(
            name: settings.name, targets: targets,
            balancing: settings.balance == .roundRobin ? .roundRobin : .leastConnections,
            limits: limits, retries: settings.retries, sendsIdentity: settings.identity)
    }

    private func target(
        _ server: Configuration.UpstreamServer, _ settings: Configuration.Upstream
    ) throws(ConfigurationError) -> UpstreamTarget {
        let health = settings.health ?? Configuration.Upstream.Health()
        switch server {
        case .echo:
            return UpstreamTarget(host: "127.0.0.1", port: echoPort ?? 0, tls: nil)
        case .network(let isTLS, let host, let port):
            let trust = settings.authorities.map(TLSClientContext.Trust.file) ?? .system
            return UpstreamTarget(
                host: host, port: UInt16(port),
                tls: isTLS ? try TLSClientContext(trust: trust) : nil,
                unhealthyAfter: health.unhealthyAfter, healthyAfter: health.healthyAfter,
                isWatched: settings.health != nil)
        }
    }
}

extension Configuration {
    /// Whether some upstream is the built-in echo.
    var usesEcho: Bool {
        upstreams.contains { $0.servers.contains { if case .echo = $0 { true } else { false } } }
    }
}
