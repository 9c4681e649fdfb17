package import GatehouseCore
import Synchronization

/// What was revoked and could still be shown: session ids, accounts' epochs, credential ids. Asked
/// for every request, so that signing out counts with the next one.
///
/// An entry lives as long as the longest token that it refuses; the table is rebuilt from the
/// database at the start, and follows it while running.
package final class Revocations: Sendable {
    private struct Table {
        /// By session or credential id: when the entry may go.
        var ended: [String: Int64] = [:]
        /// By account: the lowest epoch that counts, and when the entry may go.
        var epochs: [String: Epoch] = [:]
    }

    private struct Epoch {
        var lowest: Int64
        var until: Int64
    }

    private final class Shard: Sendable {
        let table = Mutex(Table())
    }

    /// Entries of a shard at which expired ones are looked for.
    private static let sweepAt = 4_096
    private static let shardCount = 16
    private let shards: [Shard]
    /// Entries in all: while there are none, no lock is taken.
    private let count = Atomic<Int>(0)

    /// Nothing is revoked.
    package init() { shards = (0..<Self.shardCount).map { _ in Shard() } }

    @inline(__always)
    private func shard(_ name: String) -> Shard {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return shards[Int(hash % UInt32(Self.shardCount))]
    }

    /// Whether a credential is refused although it is valid: its session or itself was ended, or
    /// it is of an earlier epoch than its account's.
    package func isRevoked(_ principal: Principal) -> Bool {
        if count.load(ordering: .acquiring) == 0 { return false }
        if let id = principal.credentialID, hasEnded(id) { return true }
        guard let session = principal.session else { return false }
        if hasEnded(session.id) { return true }
        return shard(principal.subject).table.withLock { table in
            guard let epoch = table.epochs[principal.subject] else { return false }
            return session.epoch < epoch.lowest
        }
    }

    private func hasEnded(_ id: String) -> Bool {
        shard(id).table.withLock { $0.ended[id] != nil }
    }

    /// Refuses a session's or a credential's tokens until `until`, when the last has expired.
    package func end(_ id: String, until: WallTime, now: WallTime) {
        shard(id).table.withLock { table in
            if table.ended.updateValue(until.nanoseconds, forKey: id) == nil {
                count.wrappingAdd(1, ordering: .releasing)
            }
            sweep(&table, now)
        }
    }

    /// Refuses an account's tokens of epochs below `lowest`.
    package func raise(
        _ account: String, to lowest: Int64, until: WallTime, now: WallTime
    ) {
        shard(account).table.withLock { table in
            let old = table.epochs[account]
            if let old, old.lowest >= lowest { return }
            table.epochs[account] = Epoch(lowest: lowest, until: until.nanoseconds)
            if old == nil { count.wrappingAdd(1, ordering: .releasing) }
            sweep(&table, now)
        }
    }

    /// Drops what no living token can match any more, when the table has grown.
    private func sweep(_ table: inout Table, _ now: WallTime) {
        let before = table.ended.count + table.epochs.count
        guard before % Self.sweepAt == 0 else { return }
        table.ended = table.ended.filter { $0.value > now.nanoseconds }
        table.epochs = table.epochs.filter { $0.value.until > now.nanoseconds }
        let left = table.ended.count + table.epochs.count
        count.wrappingSubtract(before - left, ordering: .releasing)
    }
}
