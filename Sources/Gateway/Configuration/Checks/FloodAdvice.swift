import GatehouseCore

/// What of the flood limits would hurt the operator's own clients.
enum FloodAdvice {
    /// What a browser opens at once to one host, with room for a second tab.
    private static let browser = 10

    /// The findings, not yet located.
    static func run(_ configuration: Configuration) -> [Decoding.Finding] {
        small(configuration) + proxies(configuration)
    }

    private static func small(_ configuration: Configuration) -> [Decoding.Finding] {
        let floods = configuration.floods
        let bounds = [
            ("connections.per-client", configuration.connections.perClient),
            ("floods.connections-burst", floods.connectionsBurst),
            ("floods.handshakes-burst", floods.handshakesBurst),
        ]
        var findings: [Decoding.Finding] = []
        for (path, value) in bounds where value < browser {
            findings.append(
                .init(
                    severity: .warning, problem: "less than one browser opens at once", path: path,
                    found: "`\(value)`",
                    expected: "\(browser) for one person, 512 for an office behind one address"))
        }
        if floods.badRequestsMax < browser {
            findings.append(
                .init(
                    severity: .warning, problem: "one broken program bars everybody beside it",
                    path: "floods.bad-requests-max", found: "`\(floods.badRequestsMax)`",
                    expected: "\(browser) or more: many people can share an address"))
        }
        return findings
    }

    private static func proxies(_ configuration: Configuration) -> [Decoding.Finding] {
        guard configuration.trustedProxies.isEmpty else { return [] }
        var findings: [Decoding.Finding] = []
        for (index, listener) in configuration.listeners.enumerated() {
            let isHTTP = listener.protocol == .http && listener.address.isLoopback
            if listener.proxyProtocol {
                findings.append(
                    .init(
                        severity: .note, problem: "a proxy in front of the balancer counts as one",
                        path: "listeners[\(index)].proxy-protocol", found: "no `trusted-proxies`",
                        expected: "the networks of proxies, such as a CDN's, that the balancer "
                            + "names as clients, or none if there are none"))
            } else if isHTTP {
                findings.append(
                    .init(
                        severity: .note, problem: "all that comes through a proxy counts as one",
                        path: "listeners[\(index)].protocol",
                        found: "`http` on `\(listener.address)`, no `trusted-proxies`",
                        expected: "`trusted-proxies` with the proxy's address, or `proxy-protocol`")
                )
            }
        }
        return findings
    }
}
