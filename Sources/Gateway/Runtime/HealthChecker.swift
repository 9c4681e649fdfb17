import GatehouseCore
import GatehouseHTTP
import GatehouseObservability
import GatehouseTransport
import Synchronization

/// Asks the servers of upstreams how they are, at their configured pace, on one loop.
final class HealthChecker: Sendable {
    private let isStopped = Atomic<Bool>(false)
    private let logger: Logger
    private let metrics: Metrics

    init(logger: Logger, metrics: Metrics) {
        self.logger = logger
        self.metrics = metrics
    }

    /// Starts one round-robin of checks for each upstream that wants them.
    func start(_ upstreams: [(Upstream, Configuration.Upstream.Health?)], on server: Server) {
        for (position, (upstream, health)) in upstreams.enumerated() {
            for index in upstream.targets.indices {
                metrics.setHealthy(true, upstream: position, server: index)
            }
            guard let health else { continue }
            server.submit(toLoop: 0) { [self] loop in
                Task(executorPreference: loop) {
                    await self.watch(upstream, position, health, loop)
                }
            }
        }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func watch(
        _ upstream: Upstream, _ position: Int, _ health: Configuration.Upstream.Health,
        _ loop: EventLoop
    ) async {
        var limits = UpstreamLimits()
        limits.connectTimeout = health.timeout
        limits.responseTimeout = health.timeout
        let resolver = Resolver(on: loop)
        var reported = upstream.targets.map { _ in true }
        while !isStopped.load(ordering: .relaxed) {
            for (index, target) in upstream.targets.enumerated() {
                let pool = UpstreamPool(target, limits: limits, on: loop, resolver: resolver)
                let isGood = await check(pool, health, loop)
                pool.close()
                _ = target.note(success: isGood)
                // Failed requests count too, so the state may have changed without a check.
                guard target.isHealthy != reported[index] else { continue }
                reported[index] = target.isHealthy
                report(upstream, target, isHealthy: reported[index])
                metrics.setHealthy(reported[index], upstream: position, server: index)
            }
            await loop.sleep(for: health.interval)
        }
    }

    private func check(
        _ pool: UpstreamPool, _ health: Configuration.Upstream.Health, _ loop: EventLoop
    ) async -> Bool {
        do throws(UpstreamError) {
            let connection = try await pool.acquire()
            defer { connection.finish() }
            let output = loop.buffers.borrow()
            defer { loop.buffers.giveBack(output) }
            let request =
                "GET \(health.path) HTTP/1.1\r\nHost: \(pool.target.authority)\r\n"
                + "User-Agent: gatehouse-health\r\nConnection: close\r\n\r\n"
            output.append(text: request)
            try await connection.send(output)
            try await connection.readHead(for: .get, timeout: health.timeout)
            return (200..<400).contains(connection.head.status)
        } catch { return false }
    }

    private func report(_ upstream: Upstream, _ target: UpstreamTarget, isHealthy: Bool) {
        logger.log(
            isHealthy ? .info : .error, isHealthy ? "upstream.up" : "upstream.down",
            ["upstream": .public(upstream.name), "server": .public(target.authority)])
    }
}
