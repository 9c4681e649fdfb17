package import GatehouseStorage

/// The sets that a store must hold for a block list.
package struct BlockSets: Sendable {
    static let networks = SetName("blocked-networks")
    static let accounts = SetName("blocked-accounts")
    static let keys = SetName("blocked-keys")
    static let sessions = SetName("blocked-sessions")

    /// Entries of each kind, removals of the last month included.
    private static let entriesMax = 200_000

    package let rules: [SetRules]
    let lengths = PrefixLengths()

    package init() {
        let lengths = lengths
        rules =
            [
                SetRules(
                    Self.networks, .latest, membersMax: Self.entriesMax,
                    observer: { lengths.note($0) })
            ]
            + [Self.accounts, Self.keys, Self.sessions].map {
                SetRules($0, .latest, membersMax: Self.entriesMax)
            }
    }
}

extension BlockTarget {
    /// The set that it is in, and its name there.
    var place: (set: SetName, name: [UInt8]) {
        switch self {
        case .network(let network): (BlockSets.networks, BlockName.of(network))
        case .account(let id): (BlockSets.accounts, Array(id.utf8))
        case .key(let id): (BlockSets.keys, Array(id.utf8))
        case .session(let id): (BlockSets.sessions, Array(id.utf8))
        }
    }

    init?(_ name: [UInt8], in set: SetName) {
        if set == BlockSets.networks {
            guard let network = BlockName.network(name) else { return nil }
            self = .network(network)
            return
        }
        guard let id = String(validating: name, as: UTF8.self) else { return nil }
        switch set {
        case BlockSets.accounts: self = .account(id)
        case BlockSets.keys: self = .key(id)
        case BlockSets.sessions: self = .session(id)
        default: return nil
        }
    }
}
