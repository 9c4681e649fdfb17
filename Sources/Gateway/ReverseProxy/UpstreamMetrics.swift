import GatehouseObservability
import Synchronization

/// Where an upstream's answers and failures are counted: known once the whole configuration is.
final class UpstreamMetrics: Sendable {
    /// The upstream's place in the metrics' labels.
    let position: Int
    private let loops = Mutex<[LoopMetrics]>([])

    init(position: Int) { self.position = position }

    func adopt(_ loops: [LoopMetrics]) { self.loops.withLock { $0 = loops } }

    /// One loop's counters; asked once by each loop.
    func loop(_ index: Int) -> LoopMetrics? {
        loops.withLock { $0.indices.contains(index) ? $0[index] : nil }
    }
}
