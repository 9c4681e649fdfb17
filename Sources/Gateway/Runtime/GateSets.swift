import GatehouseCore
import GatehouseDefense
import GatehouseIdentity
import GatehouseObservability
import GatehouseStorage
import Synchronization

/// Revocations and block lists of a gate: in its memory and its data folder, and where Redis is
/// configured shared with other gates.
final class GateSets: Sendable {
    /// What other gates are reached by.
    struct Sharing: Sendable {
        /// Closed by its owner, after this.
        var client: RedisClient
        /// Of all keys, the same on every gate of a cluster.
        var prefix = "gatehouse:"
        /// What becomes of sessions while other gates' revocations can't be known.
        var fallback = RevocationFallback.database
    }

    let blocks: BlockList
    let revocations: Revocations
    private let store: any SetStore
    private let shared: RedisSetStore?
    /// Connections that were closed as they came.
    private let blockedConnections = Atomic<Int>(0)

    private static let journalName = "sets.db"

    /// Opens what the data folder holds of blocks.
    init(data: String, sharing: Sharing?, logger: Logger) throws(ConfigurationError) {
        let sets = BlockSets()
        let rules = sets.rules + Revocations.rules
        let tell: @Sendable (SetStoreEvent) -> Void = { Self.log($0, logger) }
        do throws(SetStoreError) {
            let journal = try SetJournal(path: FilePath.resolve(Self.journalName, in: data))
            if let sharing {
                let made = try RedisSetStore(
                    rules, client: sharing.client, prefix: sharing.prefix, journal: journal,
                    events: tell)
                (shared, store) = (made, made)
            } else {
                shared = nil
                store = try MemorySetStore(rules, journal: journal, events: tell)
            }
        } catch { throw .invalid("data", error.description) }
        blocks = BlockList(sets, in: store)
        revocations = Revocations(store, fallback: sharing?.fallback ?? .allow)
    }

    /// Begins to hear other gates.
    func start() { shared?.start() }

    /// Ends that; what was acknowledged is written down.
    func stop() { store.close() }

    /// Whether other gates could be heard within `tolerance`.
    func isHeard(within tolerance: Duration) -> Bool {
        guard let heard = shared?.status.lastHeard else { return shared == nil }
        return MonotonicTime.now - heard <= tolerance
    }

    /// Whether a connection is closed as it comes.
    @Sendable func refuses(_ address: IPAddress) -> Bool {
        guard blocks.blocks(address, at: .now) else { return false }
        blockedConnections.wrappingAdd(1, ordering: .relaxed)
        return true
    }

    private static func log(_ event: SetStoreEvent, _ logger: Logger) {
        switch event {
        case .full(let set): logger.error("sets.full", ["set": .public(set.description)])
        case .cut(let why):
            logger.security(
                .sysMonitorDisabled, outcome: .noted,
                fields: ["monitor": "shared sets", "reason": .text(why)])
        case .current(let read, let told):
            logger.security(
                .sysMonitorEnabled, outcome: .noted,
                fields: ["monitor": "shared sets", "read": .int(read), "told": .int(told)])
        case .refused(let why): logger.error("sets.refused", ["reason": .text(why)])
        case .notWritten(let why): logger.error("sets.not_written", ["reason": .text(why)])
        case .written: logger.info("sets.written")
        }
    }

    // MARK: Metrics

    /// Adds what is to be seen of the sets.
    func report(to metrics: Metrics) {
        metrics.watch(
            Metrics.Reading("gatehouse_blocks", .gauge, "Entries of block lists.") { [self] in
                blocks.counts.map { .init($0.count, ["kind": $0.kind.rawValue]) }
            })
        metrics.watch(
            Metrics.Reading(
                "gatehouse_connections_blocked_total", .counter,
                "Connections of blocked addresses that were closed as they came."
            ) { [self] in [.init(blockedConnections.load(ordering: .relaxed))] })
        guard let shared else { return }
        metrics.watch(
            Metrics.Reading(
                "gatehouse_shared_sets_current", .gauge,
                "1 if nothing that other gates revoked or blocked can be missing."
            ) { [.init(shared.status.isCurrent ? 1 : 0)] })
    }
}
