import GatehouseCore
import GatehouseHTTP
import Synchronization

/// `/health/live` and `/health/ready`: a word, and nothing internal.
///
/// Live: the process serves. Ready: it wants new requests; no while it drains, or while something
/// that `readiness.requires` names does not answer.
final class HealthCheck: Sendable {
    private let isReady: @Sendable () -> Bool
    private static let ok: [UInt8] = Array(#"{"status":"ok"}"#.utf8)
    private static let unavailable: [UInt8] = Array(#"{"status":"unavailable"}"#.utf8)

    init(isReady: @escaping @Sendable () -> Bool = { true }) { self.isReady = isReady }

    func respond() -> Response {
        isReady() ? .json(Self.ok) : .json(Self.unavailable, status: 503)
    }
}

/// Whether the process wants new requests; one for all loops and reloads.
package final class Readiness: Sendable {
    private let draining = Atomic<Bool>(false)

    package init() {}

    package var isDraining: Bool { draining.load(ordering: .relaxed) }
    package func beginDraining() { draining.store(true, ordering: .relaxed) }
}
