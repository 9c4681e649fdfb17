package import GatehouseCore

/// What one address may ask of the connection layer, and when a loop has too much to do.
package struct FloodLimits: Sendable {
    /// New connections from one address.
    package var connections = RateAllowance(100, burst: 512)
    /// Full TLS handshakes of one address; one without a signature of ours costs a quarter, one
    /// that breaks off behind it two.
    package var handshakes = FloodLimits.handshakes(50, burst: 512)
    /// Handshakes of one loop that wait for their turn.
    package var handshakesQueuedMax = 1_024
    /// Percent of a loop's time that handshakes may take while other work waits.
    package var handshakesShare = 25
    /// Requests of one address that are no HTTP.
    package var badRequests = RateAllowance(100, per: .seconds(60), burst: 100)
    /// How long an address that sent more of them gets no new connection.
    package var penalty = Duration.seconds(60)
    /// How late a loop may be, standing, before requests are shed.
    package var lagTarget = Duration.milliseconds(200)
    /// How long it must have been late, or in time again, before anything changes.
    package var lagInterval = Duration.seconds(1)
    /// Proxies all clients may come from: what counts by address does not count for them.
    package var exempt: [IPNetwork] = []

    package init() {}

    /// What a full handshake costs in the allowance's units; a resumed one costs one.
    static let fullHandshake: Int64 = 4

    /// An allowance for handshakes, in quarters of a full one.
    package static func handshakes(_ perSecond: Int, burst: Int) -> RateAllowance {
        RateAllowance(perSecond * Int(fullHandshake), burst: burst * Int(fullHandshake))
    }

    func isExempt(_ address: IPAddress) -> Bool {
        for network in exempt where network.contains(address) { return true }
        return false
    }
}
