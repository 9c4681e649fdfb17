import GatehouseCore

/// What traffic looked like: paths, operations, parameters and bodies, as kinds and magnitudes.
/// It is bounded whatever comes, holds no value of a request, and is the source of proposals.
package struct OpenAPITraffic: Sendable {
    var root = ObservedPath()
    var numbers = ClientNumbers()
    /// Requests that were looked at.
    package internal(set) var observed = 0
    /// Requests for which there was no room.
    package internal(set) var dropped = 0
    private var paths = 1
    private var operations = 0
    private var nodes = 0
    private let isSecret: @Sendable (String) -> Bool

    /// Nothing yet.
    /// - Parameter isSecret: whether the value under a name must not be looked at closely.
    package init(isSecret: @escaping @Sendable (String) -> Bool) { self.isSecret = isSecret }

    /// How many clients there were at least.
    package var clients: Int { numbers.seen.count }

    /// Takes an exchange in.
    package mutating func observe(_ exchange: ObservedExchange) {
        let segments = PathSegment.segments(of: exchange.path, template: exchange.template)
        guard let segments else { return dropped += 1 }
        if needsRoom { makeRoom() }
        let look = TrafficLook(
            client: numbers.marks(of: exchange.client),
            nodesLeft: TrafficLimits.nodesMax - nodes, isSecret: isSecret)
        var walk = ObservedPath.Walk(
            segments: segments, exchange: exchange, look: look,
            pathsLeft: TrafficLimits.pathNodesMax - paths,
            operationsLeft: TrafficLimits.operationsMax - operations)
        root.observe(&walk)
        nodes = TrafficLimits.nodesMax - walk.look.nodesLeft
        paths = TrafficLimits.pathNodesMax - walk.pathsLeft
        operations = TrafficLimits.operationsMax - walk.operationsLeft
        observed += 1
        if walk.isDropped { dropped += 1 }
    }

    private var needsRoom: Bool {
        let isFull =
            paths >= TrafficLimits.pathNodesMax || operations >= TrafficLimits.operationsMax
            || nodes >= TrafficLimits.nodesMax
        return isFull && observed % Self.pace == 0
    }

    /// How often, in requests, room is looked for once there is none.
    private static let pace = 256

    /// One client that asks for many paths must not keep what others ask for from being seen.
    private mutating func makeRoom() {
        root.forgetRare()
        recount()
    }

    mutating func recount() {
        let counts = root.counts
        paths = counts.paths
        operations = counts.operations
        nodes = counts.nodes
    }
}
