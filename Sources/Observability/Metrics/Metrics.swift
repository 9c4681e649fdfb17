package import GatehouseCore
import Synchronization

/// Names that metrics are told apart by: all from the configuration, none from a request.
package struct MetricLabels: Sendable {
    /// An upstream and its servers.
    package struct Upstream: Sendable {
        package var name: String
        package var servers: [String]

        package init(name: String, servers: [String]) {
            self.name = name
            self.servers = servers
        }
    }

    /// Names of the routes, by their index; several may share a name.
    package var routes: [String]
    /// Names of the rate-limit policies.
    package var policies: [String]
    /// The upstreams.
    package var upstreams: [Upstream]

    package init(routes: [String] = [], policies: [String] = [], upstreams: [Upstream] = []) {
        self.routes = routes
        self.policies = policies
        self.upstreams = upstreams
    }
}

/// All counters of the process, and their Prometheus text.
///
/// Each loop counts in its own memory; a scrape adds up. A new configuration begins new counters
/// for what it names (routes, policies, upstreams), which Prometheus takes for a restart; counts of
/// connections, bytes and refusals go on.
package final class Metrics: Sendable {
    /// Media type of `render`.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    struct Generation {
        var labels: MetricLabels
        var loops: [LoopMetrics]
        var health: [[GaugeCell]]
    }

    struct State {
        var generation: Generation
        var certificates: [(name: String, expires: WallTime)] = []
        var logs: [(name: String, sink: LogSink)] = []
        var readings: [Reading] = []
    }

    let cells: [LoopCells]
    let state: Mutex<State>
    let version: String
    let startedAt: WallTime

    /// Counters for `loops` loops and the names of a configuration.
    package init(
        version: String, loops: Int, labels: MetricLabels = .init(), startedAt: WallTime = .now
    ) {
        let cells = (0..<loops).map { _ in LoopCells() }
        self.cells = cells
        self.version = version
        self.startedAt = startedAt
        state = Mutex(State(generation: Self.generation(cells, labels)))
    }

    /// The counters of one loop, for the configuration in force.
    package func loop(_ index: Int) -> LoopMetrics {
        state.withLock { $0.generation.loops[index] }
    }

    /// Takes the names of a new configuration; loops then ask for `loop` anew.
    package func reconfigure(_ labels: MetricLabels) {
        let generation = Self.generation(cells, labels)
        state.withLock { $0.generation = generation }
    }

    /// States whether a server of an upstream is healthy, by their positions.
    package func setHealthy(_ isHealthy: Bool, upstream: Int, server: Int) {
        state.withLock { state in
            let health = state.generation.health
            guard health.indices.contains(upstream), health[upstream].indices.contains(server)
            else { return }
            health[upstream][server].value.store(isHealthy ? 1 : 0, ordering: .relaxed)
        }
    }

    /// States until when the certificates in use are good.
    package func setCertificates(_ certificates: [(name: String, expires: WallTime)]) {
        state.withLock { $0.certificates = certificates }
    }

    /// Adds a log whose dropped lines are reported under `name`.
    package func watch(_ name: String, _ sink: LogSink) {
        state.withLock { state in
            guard !state.logs.contains(where: { $0.name == name }) else { return }
            state.logs.append((name: name, sink: sink))
        }
    }

    private static func generation(_ cells: [LoopCells], _ labels: MetricLabels) -> Generation {
        let routeSlots = slots(labels.routes)
        let policySlots = slots(labels.policies)
        let upstreamSlots = slots(labels.upstreams.map(\.name))
        let loops = cells.map { cells in
            LoopMetrics(
                cells: cells,
                routes: spread(routeSlots) { AnswerCells() } + [AnswerCells()],
                upstreams: spread(upstreamSlots) { AnswerCells() },
                policies: spread(policySlots) { PolicyCells() })
        }
        let health = labels.upstreams.map { $0.servers.map { _ in GaugeCell() } }
        return Generation(labels: labels, loops: loops, health: health)
    }

    /// For each name the position of the first that is equal: equal names share a counter, since
    /// one text must not hold a series twice.
    static func slots(_ names: [String]) -> [Int] {
        var first: [String: Int] = [:]
        return names.enumerated().map { index, name in
            if let slot = first[name] { return slot }
            first[name] = index
            return index
        }
    }

    private static func spread<Cell>(_ slots: [Int], _ make: () -> Cell) -> [Cell] {
        var cells: [Cell] = []
        for (index, slot) in slots.enumerated() {
            cells.append(slot == index ? make() : cells[slot])
        }
        return cells
    }
}
