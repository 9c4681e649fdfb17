/// The statements that one connection has seen: their texts, and the names under which the server
/// keeps them prepared. A statement is prepared when it comes the second time.
struct PostgreSQLStatements {
    enum State {
        case new
        case seen
        case prepared(String)
    }

    struct Known {
        let shape: UInt64
        let text: String
        var state: State
        fileprivate let statement: SQLStatement
    }

    private var known: [UInt64: Known] = [:]
    private var order: [UInt64] = []
    /// Names that were given, in their order.
    private var names: [(name: String, shape: UInt64)] = []
    private var count = 0

    /// Most statements that are remembered, and prepared.
    private static let knownMax = 256
    private static let preparedMax = 128

    var hasPrepared: Bool { !names.isEmpty }

    /// What is known of a statement.
    mutating func find(_ statement: SQLStatement) throws(DatabaseError) -> Known {
        if let found = known[statement.shape], found.statement.hasTextOf(statement) {
            return found
        }
        try statement.check()
        let text = statement.rendered(.postgreSQL)
        guard !text.hasZeroByte else { throw .refused("a statement with a zero byte") }
        let new = Known(
            shape: statement.shape, text: text, state: .new, statement: statement.withoutValues)
        // Two texts of one shape: the one that is kept stays.
        guard known[new.shape] == nil else { return new }
        if order.count >= Self.knownMax { evict() }
        var kept = new
        kept.state = .seen
        known[new.shape] = kept
        order.append(new.shape)
        return new
    }

    private mutating func evict() {
        let place = order.firstIndex { shape in
            if case .prepared = known[shape]?.state { false } else { true }
        }
        known[order.remove(at: place ?? 0)] = nil
    }

    /// A name for a statement that is prepared now, and the name that makes room for it.
    mutating func name(for statement: Known) -> (name: String, evicted: String?) {
        var evicted: String?
        if names.count >= Self.preparedMax {
            let old = names.removeFirst()
            evicted = old.name
            if known[old.shape] != nil { known[old.shape]?.state = .seen }
        }
        count += 1
        let name = "gatehouse_\(count)"
        names.append((name, statement.shape))
        known[statement.shape]?.state = .prepared(name)
        return (name, evicted)
    }
}
