import GatehouseCore

/// Writing what was learned down, and reading it strictly: what no program of this version wrote
/// is refused.
extension OpenAPITraffic {
    private static let version = 1

    /// The whole as a tree, to be written as JSON.
    package func tree() -> DocumentTree {
        .members([
            ("version", .int(Self.version)), ("observed", .int(observed)),
            ("dropped", .int(dropped)),
            ("clients", .array(numbers.first.map { .text(String($0, radix: 16)) })),
            ("seen", .text(numbers.seen.text)), ("root", root.tree()),
        ])
    }

    /// Nil for a tree that is not one of ours.
    package init?(_ tree: DocumentTree, isSecret: @escaping @Sendable (String) -> Bool) {
        self.init(isSecret: isSecret)
        guard tree["version"]?.integer == Self.version,
            let observed = tree.count("observed"), let dropped = tree.count("dropped"),
            let seen = tree.marks("seen"), let root = tree["root"].flatMap(ObservedPath.init(_:)),
            let clients = tree["clients"]?.elements, clients.count <= ClientMarks.exactMax
        else { return nil }
        self.observed = observed
        self.dropped = dropped
        numbers.seen = seen
        for client in clients {
            guard let text = client.string, let hash = UInt64(text, radix: 16) else { return nil }
            numbers.first.append(hash)
        }
        self.root = root
        recount()
    }
}

extension DocumentTree {
    /// Most of anything that is counted.
    private static let countMax = 1 << 53

    func count(_ name: String) -> Int? {
        guard let value = self[name]?.integer, value >= 0, value <= Self.countMax else {
            return nil
        }
        return value
    }

    func marks(_ name: String) -> ClientMarks? {
        guard let text = self[name]?.string else { return nil }
        return ClientMarks(text: text)
    }

    /// An object of values, sorted; nil when there is none.
    static func sorted<Value>(
        _ values: [String: Value], _ write: (Value) -> DocumentTree
    ) -> DocumentTree? {
        if values.isEmpty { return nil }
        return .object(
            values.sorted { $0.key < $1.key }.map { Member(name: $0.key, value: write($0.value)) })
    }

    /// An object's members read each; nil if one cannot be, or there are too many.
    func values<Value>(
        _ name: String, max: Int, _ read: (DocumentTree) -> Value?
    ) -> [String: Value]? {
        guard let inner = self[name] else { return [:] }
        guard case .object(let members) = inner, members.count <= max else { return nil }
        var values: [String: Value] = [:]
        for member in members {
            guard let value = read(member.value) else { return nil }
            values[member.name] = value
        }
        return values
    }
}

extension ObservedPath {
    func tree() -> DocumentTree {
        .members([
            ("n", .int(requests)), ("c", .text(clients.text)),
            ("name", name.map { .text($0) }),
            ("merging", merging == .none ? nil : .text(merging.text)),
            ("value", value.count > 0 ? value.tree() : nil),
            ("literals", .sorted(literals) { $0.tree() }),
            ("parameter", parameter.first?.tree()),
            ("operations", .sorted(operations) { $0.tree() }),
        ])
    }

    init?(_ tree: DocumentTree) {
        guard let requests = tree.count("n"), let clients = tree.marks("c"),
            let literals = tree.values(
                "literals", max: TrafficLimits.pathNodesMax, ObservedPath.init(_:)),
            let operations = tree.values("operations", max: 16, ObservedOperation.init(_:))
        else { return nil }
        self.requests = requests
        self.clients = clients
        self.literals = literals
        self.operations = operations
        if let name = tree["name"]?.string {
            guard Self.isName(name) else { return nil }
            self.name = name
        }
        merging = tree.marks("merging") ?? .none
        if let inner = tree["value"] {
            guard let value = ObservedValue(inner) else { return nil }
            self.value = value
        }
        if let inner = tree["parameter"] {
            guard let path = ObservedPath(inner) else { return nil }
            parameter = [path]
        }
    }
}

extension ObservedOperation {
    func tree() -> DocumentTree {
        let callers: [DocumentTree.Member] = ObservedExchange.Caller.allCases.compactMap { caller in
            self.callers[caller].map { .init(name: "\(caller)", value: .text($0.text)) }
        }
        let statuses = Dictionary(
            uniqueKeysWithValues: answers.map { (String($0.key), $0.value) })
        return .members([
            ("n", .int(requests)), ("c", .text(clients.text)), ("first", .int(Int(first))),
            ("last", .int(Int(last))), ("callers", .object(callers)),
            ("query", .sorted(parameters[.query] ?? [:]) { $0.tree() }),
            ("header", .sorted(parameters[.header] ?? [:]) { $0.tree() }),
            ("cookie", .sorted(parameters[.cookie] ?? [:]) { $0.tree() }),
            ("bodyCount", .int(bodyCount)), ("bodies", .sorted(bodies) { $0.tree() }),
            ("answers", .sorted(statuses) { $0.tree() }),
        ])
    }

    init?(_ tree: DocumentTree) {
        self.init()
        guard let requests = tree.count("n"), let clients = tree.marks("c"),
            let first = tree.count("first"), let last = tree.count("last"),
            let bodyCount = tree.count("bodyCount"),
            let bodies = tree.values(
                "bodies", max: TrafficLimits.mediaTypesMax, ObservedValue.init(_:)),
            let statuses = tree.values(
                "answers", max: TrafficLimits.statusesMax, Answer.init(_:))
        else { return nil }
        self.requests = requests
        self.clients = clients
        self.first = Int64(first)
        self.last = Int64(last)
        self.bodyCount = bodyCount
        guard bodies.keys.allSatisfy(Self.isMediaType) else { return nil }
        self.bodies = bodies
        for location in Location.allCases {
            let values = tree.values(
                location.rawValue, max: TrafficLimits.parametersMax, ObservedValue.init(_:))
            guard let values, values.keys.allSatisfy(TrafficNames.isName) else { return nil }
            if !values.isEmpty { parameters[location] = values }
        }
        for (name, answer) in statuses {
            guard let status = Int(name), (100...599).contains(status) else { return nil }
            answers[status] = answer
        }
        for caller in ObservedExchange.Caller.allCases {
            guard let inner = tree["callers"]?["\(caller)"] else { continue }
            guard let text = inner.string, let marks = ClientMarks(text: text) else { return nil }
            callers[caller] = marks
        }
        nodes = nodeCount
    }
}

extension ObservedOperation.Answer {
    func tree() -> DocumentTree {
        .members([
            ("n", .int(count)), ("c", .text(clients.text)),
            ("contents", .sorted(contents) { $0.tree() }),
        ])
    }

    init?(_ tree: DocumentTree) {
        guard let count = tree.count("n"), let clients = tree.marks("c"),
            let contents = tree.values(
                "contents", max: TrafficLimits.mediaTypesMax, ObservedValue.init(_:))
        else { return nil }
        guard contents.keys.allSatisfy(ObservedOperation.isMediaType) else { return nil }
        self.count = count
        self.clients = clients
        self.contents = contents
    }
}

extension ObservedValue {
    func tree() -> DocumentTree {
        let known = Dictionary(uniqueKeysWithValues: facts.map { (String($0.key), $0.value) })
        let others = choices.unconfirmed
        return .members([
            ("n", .int(count)), ("objects", objects > 0 ? .int(objects) : nil),
            ("sensitive", isSensitive ? .bool(true) : nil),
            ("facts", .sorted(known) { .text($0.text) }),
            ("choices", .sorted(choices.values) { .text($0.text) }),
            ("others", others == .none ? nil : .text(others.text)),
            ("closed", choices.isClosed ? .bool(true) : nil),
            ("properties", .sorted(properties) { $0.tree() }),
            ("additional", additional.first?.tree()), ("items", items.first?.tree()),
        ])
    }

    /// Nesting was bounded when the tree was read.
    init?(_ tree: DocumentTree) {
        func marks(_ tree: DocumentTree) -> ClientMarks? {
            tree.string.flatMap { ClientMarks(text: $0) }
        }
        self.init(isSensitive: tree["sensitive"]?.isTrue == true)
        guard let count = tree.count("n"),
            let facts = tree.values("facts", max: 1_000, marks),
            let values = tree.values("choices", max: TrafficLimits.choicesMax, marks),
            let properties = tree.values(
                "properties", max: TrafficLimits.propertiesMax, ObservedValue.init(_:))
        else { return nil }
        self.count = count
        objects = tree.count("objects") ?? 0
        for (text, marks) in facts {
            guard let code = UInt16(text), ObservedFact.isKnown(code) else { return nil }
            self.facts[code] = marks
        }
        self.properties = properties
        if !isSensitive {
            choices = ObservedChoices(
                values: values, others: tree.marks("others") ?? .none,
                isClosed: tree["closed"]?.isTrue == true)
        }
        for (name, path) in [("additional", \Self.additional), ("items", \Self.items)] {
            guard let inner = tree[name] else { continue }
            guard let value = ObservedValue(inner) else { return nil }
            self[keyPath: path] = [value]
        }
    }
}
