package import GatehouseCore
import GatehouseTransport
import Synchronization

/// How a shared store keeps in touch.
package struct SetLinkPace: Sendable, Equatable {
    /// Between two beats, each of which goes through Redis and comes back to everybody.
    package var beat = Duration.milliseconds(500)
    /// Without a beat for so long the copy is not current, and a new connection is made.
    package var silenceMax = Duration.seconds(2)
    /// Between looks for what has ended.
    package var sweep = Duration.seconds(10)

    package init() {}
}

/// Sets shared by many gates through Redis.
///
/// Each gate holds everything and asks only itself. A change goes to Redis in one script, which
/// tells all gates over a channel; what a gate has that Redis lacks, because Redis was restarted,
/// emptied or failed over, is put back when they meet again. Members lie in Redis until an hour
/// after their end.
///
/// Redis must not evict: `maxmemory-policy noeviction`. If it does so all the same, the set's mark
/// goes with it and the gates put the set back within a beat.
package final class RedisSetStore: SetStore {
    private struct Pending {
        var names: [(set: Int, member: SetMember)] = []
        var isFlushing = false
    }

    let client: RedisClient
    let scripts: RedisSetScripts
    let views: SetViews
    let pace: SetLinkPace
    let events: @Sendable (SetStoreEvent) -> Void
    let alarm = SetAlarm()
    /// Monotonic nanoseconds until which the copy is current.
    let currentUntil = Atomic<Int64>(.min)
    let lastHeard = Atomic<Int64>(.min)
    /// Counts loads: what was not confirmed in the present one is told to Redis.
    let session = Atomic<UInt32>(1)
    /// Whether something here may be missing there.
    let mustTell = Atomic<Bool>(false)
    let isClosed = Atomic<Bool>(false)
    private let isRefused = Atomic<Bool>(false)
    private let pending = Mutex(Pending())
    private let journal: SetJournal?
    private let clock: @Sendable () -> WallTime

    /// Records in one script.
    static let batchMax = 100
    /// Records that wait for a turn of the loop; beyond, all that Redis lacks is looked for.
    private static let pendingMax = 10_000

    /// Reads the journal; connects when `start` is called.
    /// - Parameters:
    ///   - prefix: of all keys, the same in every gate of a cluster.
    ///   - journal: what durable sets are written down in, for a start without Redis.
    package init(
        _ rules: [SetRules], client: RedisClient, prefix: String, journal: SetJournal? = nil,
        pace: SetLinkPace = SetLinkPace(), clock: @escaping @Sendable () -> WallTime = { .now },
        events: @escaping @Sendable (SetStoreEvent) -> Void = { _ in }
    ) throws(SetStoreError) {
        self.client = client
        self.pace = pace
        self.journal = journal
        self.clock = clock
        self.events = events
        views = SetViews(rules)
        scripts = RedisSetScripts(prefix: prefix)
        client.preload(scripts.insert)
        client.preload(scripts.beat)
        if let journal {
            try journal.start(events)
            try journal.load(views, at: clock(), events)
        }
    }

    /// Begins to follow Redis, for as long as `close` was not called.
    package func start() { client.homeLoop.spawn { [self] in await follow() } }

    /// Leaves Redis; the client is its owner's to close, after this.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        alarm.ring()
        journal?.close()
    }

    var now: WallTime { clock() }
    package var isShared: Bool { true }

    package func view(of set: SetName) -> SetView { views[set] }

    package var status: SetStoreStatus {
        let heard = lastHeard.load(ordering: .acquiring)
        return SetStoreStatus(
            isShared: true, isCurrent: isCurrent(at: .now),
            lastHeard: heard == .min ? nil : MonotonicTime(nanoseconds: heard))
    }

    @inline(__always)
    package func isCurrent(at now: MonotonicTime) -> Bool {
        currentUntil.load(ordering: .acquiring) > now.nanoseconds
    }

    /// Everything that was published before `time` was heard.
    func heard(at time: MonotonicTime) {
        let wasCurrent = isCurrent(at: .now)
        lastHeard.store(time.nanoseconds, ordering: .releasing)
        currentUntil.store((time + pace.silenceMax).nanoseconds, ordering: .releasing)
        if !wasCurrent { alarm.ring() }
    }

    // MARK: Changing

    @discardableResult
    package func insert(
        _ member: SetMember, in set: SetName
    ) async throws(SetStoreError) -> SetMember {
        let view = views[set]
        guard let changed = try merge(member, view) else {
            return view.record(of: member.name) ?? member
        }
        // A disk that fails is no reason to leave the other gates without it.
        var unwritten: SetStoreError?
        do throws(SetStoreError) {
            if view.rules.isDurable { try await journal?.write(changed, in: set) }
        } catch { unwritten = error }
        do throws(RedisError) {
            try await tell([changed], of: view)
        } catch {
            mustTell.store(true, ordering: .releasing)
            throw .unavailable("\(error)")
        }
        if let unwritten { throw unwritten }
        return view.record(of: member.name) ?? changed
    }

    package func post(_ member: SetMember, in set: SetName) throws(SetStoreError) {
        let view = views[set]
        guard let changed = try merge(member, view) else { return }
        if view.rules.isDurable { journal?.post(changed, in: set) }
        guard let place = views.views.firstIndex(where: { $0 === view }),
            !isClosed.load(ordering: .acquiring)
        else { return }
        let mustFlush = pending.withLock { pending in
            if pending.names.count < Self.pendingMax {
                pending.names.append((place, changed))
            } else {
                mustTell.store(true, ordering: .releasing)
            }
            defer { pending.isFlushing = true }
            return !pending.isFlushing
        }
        if mustFlush { client.homeLoop.spawn { [self] in await flush() } }
    }

    private func merge(_ member: SetMember, _ view: SetView) throws(SetStoreError) -> SetMember? {
        guard member.isWellFormed else { throw .malformed }
        switch view.merge(member, at: clock()) {
        case .changed(let changed): return changed
        case .known, .ended: return nil
        case .full(let isFirst):
            if isFirst { events(.full(view.rules.name)) }
            throw .full(view.rules.name)
        }
    }

    // MARK: Telling Redis

    /// Tells what was posted since the last turn.
    private func flush() async {
        while true {
            let taken = pending.withLock { pending in
                let taken = pending.names
                pending.names = []
                if taken.isEmpty { pending.isFlushing = false }
                return taken
            }
            if taken.isEmpty { return }
            for (place, view) in views.views.enumerated() {
                let members = taken.filter { $0.set == place }.map(\.member)
                do throws(RedisError) { try await tell(members, of: view) } catch {
                    mustTell.store(true, ordering: .releasing)
                }
            }
        }
    }

    /// Merges records into Redis' set, and its answer into the copy.
    func tell(_ members: [SetMember], of view: SetView) async throws(RedisError) {
        let session = session.load(ordering: .acquiring)
        var rest = members[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.batchMax)
            rest = rest.dropFirst(batch.count)
            let now = clock()
            let reply: RedisReply
            do throws(RedisError) {
                reply = try await client.run(scripts.insert) { command in
                    scripts.fill(&command, batch, view.rules, at: now)
                }
            } catch {
                refused(error)
                throw error
            }
            isRefused.store(false, ordering: .relaxed)
            guard let records = reply.array, records.count == batch.count else {
                throw .malformed("records of a set")
            }
            for (member, record) in zip(batch, records) {
                guard let record = record.bytes,
                    let kept = SetMember(name: member.name, record: record)
                else { throw .malformed("a record of a set") }
                take(kept, of: view, session: session)
            }
        }
    }

    /// Merges in what Redis holds; false when there is no room for it.
    @discardableResult
    func take(_ member: SetMember, of view: SetView, session: UInt32) -> Bool {
        switch view.merge(member, session: session, at: now) {
        case .changed(let changed):
            if view.rules.isDurable { journal?.post(changed, in: view.rules.name) }
        case .full(let isFirst):
            if isFirst { events(.full(view.rules.name)) }
            return false
        case .known, .ended: break
        }
        return true
    }

    /// Says once that Redis answers and does not take records.
    private func refused(_ error: RedisError) {
        guard case .refused(let code) = error,
            !isRefused.exchange(true, ordering: .relaxed)
        else { return }
        events(.refused(code))
    }
}
