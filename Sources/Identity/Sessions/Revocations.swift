package import GatehouseCore
package import GatehouseStorage
import Synchronization

/// What was revoked and could still be shown: session ids, accounts' epochs, credential ids. Asked
/// for every request, so that signing out counts with the next one.
///
/// The database's table of changes is the truth: it is read at the start and followed while
/// running. What this gate learns it also posts to a store of sets, which other gates hear at once
/// where it is shared. Both only ever add: whichever is away, nothing is forgotten. An entry lives
/// as long as the longest token that it refuses.
package final class Revocations: Sendable {
    /// Sessions and credentials that were ended, by their id.
    private static let ended = SetName("revoked")
    /// The lowest epoch of an account that counts.
    private static let epochs = SetName("epochs")
    /// Entries of each kind. A gate that is told of more does not know all.
    private static let entriesMax = 200_000
    /// Without a look at the database for so long its word does not count as news.
    private static let databaseSilenceMax = Duration.seconds(5)
    /// Entries count until they are dropped: a token that they could refuse after their end has
    /// expired.
    private static let anyTime = WallTime(nanoseconds: .min)

    /// The sets that a store for revocations must hold.
    package static let rules: [SetRules] = [ended, epochs].map {
        SetRules($0, .growing, membersMax: entriesMax, isDurable: false)
    }

    private let store: any SetStore
    private let sessions: SetView
    private let accounts: SetView
    private let fallback: RevocationFallback
    private let databaseUntil = Atomic<Int64>(.min)

    /// Nothing is revoked yet.
    /// - Parameters:
    ///   - store: made with `rules`.
    ///   - fallback: what becomes of sessions while revocations of other gates can't be known.
    package init(_ store: any SetStore, fallback: RevocationFallback) {
        self.store = store
        self.fallback = fallback
        sessions = store.view(of: Self.ended)
        accounts = store.view(of: Self.epochs)
    }

    /// For one gate: the database alone tells of revocations.
    package convenience init(
        fallback: RevocationFallback = .allow, clock: @escaping @Sendable () -> WallTime = { .now }
    ) {
        self.init(MemorySetStore(Self.rules, clock: clock), fallback: fallback)
    }

    // MARK: Asking

    /// Whether a credential is refused although it is valid: its session or itself was ended, or
    /// it is of an earlier epoch than its account's.
    package func isRevoked(_ principal: Principal) -> Bool {
        if sessions.isEmpty, accounts.isEmpty { return false }
        if let id = principal.credentialID, sessions.value(of: id, at: Self.anyTime) != nil {
            return true
        }
        guard let session = principal.session else { return false }
        if sessions.value(of: session.id, at: Self.anyTime) != nil { return true }
        guard let lowest = accounts.value(of: principal.subject, at: Self.anyTime) else {
            return false
        }
        return session.epoch < lowest
    }

    /// Whether a credential that is not revoked, as far as is known here, may be believed. What
    /// belongs to no session can't be revoked.
    @inline(__always)
    package func mayBelieve(_ principal: Principal, at now: MonotonicTime) -> Bool {
        if fallback == .allow || principal.session == nil { return true }
        return fallback.believes(store: storeFeed(at: now), database: databaseFeed(at: now))
    }

    /// Whether nothing that was ended on other gates a moment ago can be missing.
    package func isCurrent(at now: MonotonicTime) -> Bool {
        RevocationFallback.refuse.believes(
            store: storeFeed(at: now), database: databaseFeed(at: now))
    }

    /// Whether every entry found room.
    package var isWhole: Bool { sessions.isWhole && accounts.isWhole }

    private func storeFeed(at now: MonotonicTime) -> RevocationFallback.Feed {
        guard store.isShared else { return .absent }
        return isWhole && store.isCurrent(at: now) ? .current : .stale
    }

    private func databaseFeed(at now: MonotonicTime) -> RevocationFallback.Feed {
        let until = databaseUntil.load(ordering: .acquiring)
        return isWhole && until > now.nanoseconds ? .current : .stale
    }

    // MARK: Changing

    /// Refuses a session's or a credential's tokens until `until`, when the last has expired.
    /// - Returns: false when there is no room, which the store's observer was told of.
    @discardableResult
    package func end(_ id: String, until: WallTime) -> Bool {
        post(SetMember(id, value: 1, until: until), in: Self.ended)
    }

    /// Refuses an account's tokens of epochs below `lowest`.
    @discardableResult
    package func raise(_ account: String, to lowest: Int64, until: WallTime) -> Bool {
        post(SetMember(account, value: lowest, until: until), in: Self.epochs)
    }

    /// Names are our own, and far shorter than a member may be: all that can fail is room.
    private func post(_ member: SetMember, in set: SetName) -> Bool {
        do throws(SetStoreError) {
            try store.post(member, in: set)
            return true
        } catch { return false }
    }

    /// Notes that the database was read at a time.
    /// - Parameter isWhole: whether all that is of interest was read, and found room; nil when a
    ///   part was read.
    package func followed(at time: MonotonicTime, isWhole: Bool?) {
        databaseUntil.store((time + Self.databaseSilenceMax).nanoseconds, ordering: .releasing)
        guard let isWhole else { return }
        sessions.loaded(isWhole: isWhole)
        accounts.loaded(isWhole: isWhole)
    }
}
