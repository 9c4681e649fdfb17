import GatehouseCore
import GatehouseHTTP
import GatehouseObservability
package import GatehouseTransport

/// How requests are spread over an upstream's servers.
package enum LoadBalancing: String, Sendable, CaseIterable {
    case roundRobin = "round-robin"
    case leastConnections = "least-connections"
}

/// A named upstream: its servers and how to talk to them. Immutable; shared by all loops.
package final class Upstream: Sendable {
    package let name: String
    package let targets: [UpstreamTarget]
    package let balancing: LoadBalancing
    package let limits: UpstreamLimits
    /// Further tries after a failure that surely changed nothing.
    package let retries: Int
    /// Whether the caller's identity is sent.
    package let sendsIdentity: Bool
    /// Whether the client's own credential is passed on although it was verified here.
    package let forwardsAuthorization: Bool
    /// Whether the client's `Host` goes on; otherwise the server's own name is sent.
    package let preservesHost: Bool

    package init(
        name: String, targets: [UpstreamTarget], balancing: LoadBalancing = .roundRobin,
        limits: UpstreamLimits = UpstreamLimits(), retries: Int = 1, sendsIdentity: Bool = true,
        forwardsAuthorization: Bool = false, preservesHost: Bool = false
    ) {
        precondition(!targets.isEmpty)
        self.name = name
        self.targets = targets
        self.balancing = balancing
        self.limits = limits
        self.retries = retries
        self.sendsIdentity = sendsIdentity
        self.forwardsAuthorization = forwardsAuthorization
        self.preservesHost = preservesHost
    }

    /// Whether at least one server is thought to be up.
    package var isHealthy: Bool { targets.contains(where: \.isHealthy) }
}

/// One loop's connections to an upstream's servers.
final class UpstreamPools {
    private let upstream: Upstream
    private let pools: [UpstreamPool]
    private var next = 0
    /// This loop's counters; nil where nobody counts.
    let metrics: LoopMetrics?

    init(_ upstream: Upstream, _ context: LoopContext, _ metrics: LoopMetrics?) {
        self.upstream = upstream
        self.metrics = metrics
        pools = upstream.targets.map {
            UpstreamPool($0, limits: upstream.limits, on: context.loop, resolver: context.resolver)
        }
    }

    deinit { for pool in pools { pool.close() } }

    /// The server for the next try: healthy ones first, `avoiding` only when there is no other.
    func pick(avoiding: UpstreamTarget?) -> UpstreamPool {
        if pools.count == 1 { return pools[0] }
        next = next &+ 1
        var best: UpstreamPool?
        for offset in 0..<pools.count {
            let pool = pools[(next &+ offset) % pools.count]
            guard pool.target.isHealthy, pool.target !== avoiding else { continue }
            if upstream.balancing == .roundRobin { return pool }
            if best.map({ pool.target.load < $0.target.load }) ?? true { best = pool }
        }
        return best ?? pools.first { $0.target !== avoiding && $0.target.isHealthy }
            ?? pools[next % pools.count]
    }
}
