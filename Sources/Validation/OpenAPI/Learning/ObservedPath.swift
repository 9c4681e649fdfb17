import GatehouseCore

/// A segment of all paths that were seen, with what follows it.
struct ObservedPath: Sendable {
    /// Requests to it and below it.
    var requests = 0
    var clients = ClientMarks.none
    var literals: [String: ObservedPath] = [:]
    /// Segments that are values: none or one.
    var parameter: [ObservedPath] = []
    /// The parameter's name, where a declared path gave it one.
    var name: String?
    /// The values of the parameter that this segment is.
    var value = ObservedValue()
    /// Who sent so many literal texts that further ones are values; nobody while they are names.
    var merging = ClientMarks.none
    var operations: [String: ObservedOperation] = [:]

    /// A walk along one request's path.
    struct Walk {
        let segments: [PathSegment]
        let exchange: ObservedExchange
        var look: TrafficLook
        var pathsLeft: Int
        var operationsLeft: Int
        var isDropped = false
    }

    /// Takes a request whose path goes on at the segment of this index. No deeper than a path has
    /// segments.
    mutating func observe(_ walk: inout Walk, at index: Int = 0) {
        requests += 1
        clients.formUnion(walk.look.client)
        guard index < walk.segments.count else { return finish(&walk) }
        switch walk.segments[index] {
        case .literal(let text):
            if literals[text] != nil {
                literals[text]?.observe(&walk, at: index + 1)
            } else if isMerged(for: walk.look.client) {
                observeValue(Array(text.utf8), nil, &walk, index)
            } else {
                guard walk.pathsLeft > 0 else { return walk.isDropped = true }
                walk.pathsLeft -= 1
                literals[text] = ObservedPath()
                literals[text]?.observe(&walk, at: index + 1)
                if literals.count > TrafficLimits.siblingsMax { mergeValues() }
            }
        case .value(let bytes, let name): observeValue(bytes, name, &walk, index)
        }
    }

    private mutating func observeValue(
        _ bytes: [UInt8], _ name: String?, _ walk: inout Walk, _ index: Int
    ) {
        if parameter.isEmpty {
            guard walk.pathsLeft > 0 else { return walk.isDropped = true }
            walk.pathsLeft -= 1
            parameter = [ObservedPath()]
        }
        if parameter[0].name == nil { parameter[0].name = name }
        // Values in paths are ids: never an enumeration.
        parameter[0].value.choices.close()
        parameter[0].value.count += 1
        parameter[0].value.observe(text: bytes, walk.look.client)
        parameter[0].observe(&walk, at: index + 1)
    }

    private mutating func finish(_ walk: inout Walk) {
        let method = walk.exchange.method
        if operations[method] == nil {
            guard walk.operationsLeft > 0 else { return walk.isDropped = true }
            walk.operationsLeft -= 1
            operations[method] = ObservedOperation()
        }
        operations[method]?.take(walk.exchange, &walk.look)
    }

    /// Whether a template may name a parameter so.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= TrafficLimits.nameBytesMax
            && !name.utf8.contains { $0 == 0x7B || $0 == 0x7D || $0 == 0x2F }
    }

    // MARK: Merging

    /// Requests that make a literal text among very many a name of its own.
    private static let nameRequestsMin = 8

    /// Takes literal texts that are values of one parameter together.
    private mutating func mergeValues() {
        let everybody = clients.count
        let names = literals.filter {
            $0.value.requests >= Self.nameRequestsMin
                && $0.value.clients.count >= min(2, everybody)
        }
        // Where nearly all are names, the rest are too few to tell.
        let values = literals.filter { names[$0.key] == nil }
        literals = names
        for (text, path) in values { absorb(path, text) }
        if everybody == 1 || Self.areShared(values) {
            for path in values.values { merging.formUnion(path.clients) }
        }
    }

    /// What one client alone made many is many for that client alone.
    private func isMerged(for client: ClientMarks) -> Bool {
        if merging.count > 1 { return true }
        return merging == client
    }

    /// Whether enough of the values are not of one and the same client.
    private static func areShared(_ values: [String: ObservedPath]) -> Bool {
        var own: [ClientMarks: Int] = [:]
        for path in values.values where path.clients.count == 1 {
            own[path.clients, default: 0] += 1
        }
        return values.count - (own.values.max() ?? 0) >= TrafficLimits.siblingsMax / 4
    }

    /// Takes a literal segment into the parameter beside it.
    mutating func absorb(_ path: ObservedPath, _ text: String) {
        if parameter.isEmpty { parameter = [ObservedPath()] }
        parameter[0].value.choices.close()
        parameter[0].value.count += path.requests
        parameter[0].value.observe(text: Array(text.utf8), path.clients)
        parameter[0].merge(path)
    }

    /// No deeper than a path has segments.
    mutating func merge(_ other: ObservedPath) {
        requests += other.requests
        clients.formUnion(other.clients)
        value.merge(other.value)
        name = name ?? other.name
        merging.formUnion(other.merging)
        for (method, operation) in other.operations {
            if operations[method]?.merge(operation) == nil { operations[method] = operation }
        }
        for (text, path) in other.literals {
            if literals[text]?.merge(path) == nil { literals[text] = path }
        }
        if let path = other.parameter.first {
            if parameter.isEmpty { parameter = [path] } else { parameter[0].merge(path) }
        }
        if literals.count > TrafficLimits.siblingsMax { mergeValues() }
    }

    /// Forgets paths that one client alone asked for, where others asked for something too.
    mutating func forgetRare() {
        guard clients.count > 1 else { return }
        literals = literals.filter { $0.value.clients.count > 1 }
        parameter = parameter.filter { $0.clients.count > 1 }
        operations = operations.filter { $0.value.clients.count > 1 }
        for text in literals.keys { literals[text]?.forgetRare() }
        for index in parameter.indices { parameter[index].forgetRare() }
        for method in operations.keys { operations[method]?.forgetRare() }
    }

    /// Segments, operations, and places in their values.
    var counts: (paths: Int, operations: Int, nodes: Int) {
        var all = (paths: 1, operations: operations.count, nodes: 0)
        all.nodes = operations.values.reduce(0) { $0 + $1.nodes }
        for path in Array(literals.values) + parameter {
            let inner = path.counts
            all.paths += inner.paths
            all.operations += inner.operations
            all.nodes += inner.nodes
        }
        return all
    }
}
