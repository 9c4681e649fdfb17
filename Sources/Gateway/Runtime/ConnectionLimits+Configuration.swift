import GatehouseCore
import GatehouseTransport

extension ConnectionLimits {
    /// The connection layer's share of a configuration.
    init(_ configuration: Configuration) throws(ConfigurationError) {
        self.init()
        let (connections, timeouts) = (configuration.connections, configuration.timeouts)
        connectionsMax = connections.max
        perClientMax = connections.perClient
        requestsMax = connections.requestsMax
        pipelinedMax = connections.pipelinedMax
        head.headBytesMax = configuration.http.headerBytesMax.bytes
        head.fieldsMax = configuration.http.headerCountMax
        head.lineMax = configuration.http.lineMax.bytes
        headerTimeout = timeouts.header
        headerRateMin = timeouts.headerRateMin.bytes
        bodyRateMin = timeouts.bodyRateMin.bytes
        idleTimeout = timeouts.idle
        handshakeTimeout = timeouts.handshake
        writeTimeout = timeouts.write
        writeRateMin = timeouts.writeRateMin.bytes
        floods = FloodLimits(configuration.floods)
        for network in configuration.trustedProxies {
            floods.exempt.append(try IPNetwork(network))
        }
    }
}

extension FloodLimits {
    fileprivate init(_ floods: Configuration.Floods) {
        self.init()
        connections = RateAllowance(floods.connectionsPerSecond, burst: floods.connectionsBurst)
        handshakes = Self.handshakes(floods.handshakesPerSecond, burst: floods.handshakesBurst)
        handshakesQueuedMax = floods.handshakesQueuedMax
        handshakesShare = floods.handshakesShare
        badRequests = RateAllowance(
            floods.badRequestsMax, per: floods.badRequestsWindow, burst: floods.badRequestsMax)
        penalty = floods.penalty
        lagTarget = floods.lagTarget
        lagInterval = floods.lagInterval
    }
}
