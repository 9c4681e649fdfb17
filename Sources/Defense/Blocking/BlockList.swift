package import GatehouseCore
package import GatehouseStorage

/// Who is refused, whatever they ask for: addresses and networks, accounts, API keys, sessions.
///
/// Asking costs nothing while a list is empty, and never allocates: an address is looked up once
/// for each length of prefix in use, of which there are 33 or 129 at most. Entries have an author,
/// a reason and an end; where the store is shared, every gate of the cluster knows them.
package final class BlockList: Sendable {
    /// How long a removal is remembered, so that no gate that was cut off brings the entry back.
    private static let removalKept = Duration.seconds(30 * 86_400)
    /// Another gate may change an entry at the same time; the later number wins.
    private static let triesMax = 5

    private let store: any SetStore
    private let lengths: PrefixLengths
    private let networks: SetView
    private let accounts: SetView
    private let keys: SetView
    private let sessions: SetView
    private let clock: @Sendable () -> WallTime

    /// - Parameter store: made with the rules of `sets`, among others.
    package init(
        _ sets: BlockSets, in store: any SetStore,
        clock: @escaping @Sendable () -> WallTime = { .now }
    ) {
        self.store = store
        self.clock = clock
        lengths = sets.lengths
        networks = store.view(of: BlockSets.networks)
        accounts = store.view(of: BlockSets.accounts)
        keys = store.view(of: BlockSets.keys)
        sessions = store.view(of: BlockSets.sessions)
    }

    // MARK: Asking

    /// Whether an address is blocked, by itself or with a network.
    @inline(__always)
    package func blocks(_ address: IPAddress, at now: WallTime) -> Bool {
        networks.isEmpty ? false : longestMatch(address, at: now) != nil
    }

    /// The number of bits of the longest network that is blocked and holds an address.
    private func longestMatch(_ address: IPAddress, at now: WallTime) -> Int? {
        lengths.first(for: address) { bits in
            let prefix = address.prefix(bits)
            guard lengths.filter.mayHold(prefix, bits) else { return nil }
            return networks.value(UInt64(bits), prefix.high, prefix.low, at: now) == nil
                ? nil : bits
        }
    }

    /// What of a caller is blocked: account, API key or session.
    package func blocked(_ principal: Principal, at now: WallTime) -> Kind? {
        if accounts.value(of: principal.subject, at: now) != nil { return .account }
        if let id = principal.credentialID, keys.value(of: id, at: now) != nil { return .key }
        if let session = principal.session, sessions.value(of: session.id, at: now) != nil {
            return .session
        }
        return nil
    }

    /// What an entry names.
    package enum Kind: String, CaseIterable, Sendable {
        case network, account, key, session
    }

    /// The entry that blocks an address.
    package func entry(for address: IPAddress) -> BlockEntry? {
        longestMatch(address, at: clock()).flatMap {
            entry(for: .network(IPNetwork(address, bits: $0)))
        }
    }

    /// The entry of exactly this target, if it counts.
    package func entry(for target: BlockTarget) -> BlockEntry? {
        let place = target.place
        guard let record = store.view(of: place.set).record(of: place.name),
            record.isPresent(at: clock())
        else { return nil }
        return BlockEntry(target, record)
    }

    /// All entries that count, the latest first.
    package var entries: [BlockEntry] {
        let now = clock()
        let found = [networks, accounts, keys, sessions].flatMap { view in
            view.members(at: now).compactMap { member in
                BlockTarget(member.name, in: view.rules.name).map { BlockEntry($0, member) }
            }
        }
        return found.sorted { $0.made > $1.made }
    }

    /// How many entries there are of each kind, removals and what ended a moment ago included.
    package var counts: [(kind: Kind, count: Int)] {
        [
            (.network, networks.count), (.account, accounts.count), (.key, keys.count),
            (.session, sessions.count),
        ]
    }

    // MARK: Changing

    /// Blocks a target; an entry that is there is replaced.
    /// - Returns: the entry, with the moment from which it counts.
    @discardableResult
    package func add(
        _ target: BlockTarget, reason: String, author: String, until: WallTime?
    ) async throws(SetStoreError) -> BlockEntry {
        let entry = BlockEntry(
            target, reason: reason, author: author, made: clock(), until: until)
        return BlockEntry(target, try await change(target) { entry.record($0, target) })
    }

    /// Ends a block; false when there was none.
    @discardableResult
    package func remove(
        _ target: BlockTarget, author: String
    ) async throws(SetStoreError) -> Bool {
        guard entry(for: target) != nil else { return false }
        // Longer than the block would have lasted: a gate that was cut off may hold a longer one.
        let kept = clock().adding(Self.removalKept)
        let note = Array(author.utf8.prefix(100))
        try await change(target) { version in
            SetMember(
                target.place.name, value: version, until: kept, isRemoval: true, note: note)
        }
        return true
    }

    /// Makes a record that is later than the one in force, until the store agrees.
    @discardableResult
    private func change(
        _ target: BlockTarget, _ make: (Int64) -> SetMember
    ) async throws(SetStoreError) -> SetMember {
        let place = target.place
        let view = store.view(of: place.set)
        for _ in 0..<Self.triesMax {
            let last = view.record(of: place.name)?.value ?? .min
            let wanted = make(max(clock().nanoseconds / 1_000, last.addingClamped(1)))
            let kept = try await store.insert(wanted, in: place.set)
            if kept == wanted { return kept }
        }
        throw .unavailable("others change the same entry all the time")
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension BlockEntry {
    /// Author and reason, with a zero byte between them.
    fileprivate init(_ target: BlockTarget, _ member: SetMember) {
        let parts = member.note.split(
            separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            target, reason: parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : "",
            author: String(decoding: parts.first ?? [], as: UTF8.self),
            made: WallTime(nanoseconds: member.value.multipliedClamped(by: 1_000)),
            until: member.until.nanoseconds == .max ? nil : member.until)
    }

    /// The record of a version: a number of microseconds, which tells when it was made as well.
    fileprivate func record(_ version: Int64, _ target: BlockTarget) -> SetMember {
        SetMember(
            target.place.name, value: version, until: until ?? WallTime(nanoseconds: .max),
            note: Array(author.utf8) + [0] + Array(reason.utf8))
    }
}

extension Int64 {
    fileprivate func multipliedClamped(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? (self > 0 ? .max : .min) : product
    }
}
