import GatehouseHTTP
import GatehouseObservability
import Synchronization

/// Says once that somebody sends forwarding fields though no proxy is trusted: either a proxy in
/// front of the gate is missing from the configuration, and all its clients share one address
/// (PITFALLS 57), or somebody tries to be another.
final class ForwardingNotice: Sendable {
    private static let fields = FieldSet([.forwarded, .xForwardedFor])

    private let logger: Logger
    private let isSaid = Atomic(false)

    init(_ logger: Logger) { self.logger = logger }

    @inline(__always)
    func look(at request: Request) {
        if request.head.present.intersects(Self.fields) { say(request) }
    }

    private func say(_ request: Request) {
        guard !isSaid.load(ordering: .relaxed), !isSaid.exchange(true, ordering: .relaxed) else {
            return
        }
        logger.warn(
            "proxy.not_trusted",
            [
                "peer": .address(request.peer),
                "detail":
                    "forwarding fields are ignored: name the peer in trusted-proxies if it is ours",
            ])
    }
}
