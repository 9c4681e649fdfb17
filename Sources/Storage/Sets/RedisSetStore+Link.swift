import GatehouseCore
import GatehouseTransport
import Synchronization

/// Following Redis: one task on the client's own loop.
extension RedisSetStore {
    /// Why a connection is given up although it stands.
    enum Trouble {
        /// No beat came back in time.
        static let silence = RedisError.timedOut
        /// Redis forgot what it held, or this copy did not find room for it: all is read again.
        static let forgotten = RedisError.malformed("sets are not whole")
    }

    /// Most pages of one set in a load: Redis gives fewer than this even while it makes room.
    private static let pagesMax = 100_000
    private static let pageSize = "500"

    /// Connects, reads everything, and follows, again and again until the store is closed.
    func follow() async {
        var backoff = RedisBackoff(
            first: client.configuration.limits.backoffFirst,
            longest: client.configuration.limits.backoffMax)
        var random = SystemRandomNumberGenerator()
        var wasCurrent = false
        var isFirst = true
        while !isClosed.load(ordering: .acquiring) {
            let failure = await once {
                backoff.reset()
                wasCurrent = true
            }
            currentUntil.store(.min, ordering: .releasing)
            if isClosed.load(ordering: .acquiring) { break }
            if wasCurrent || isFirst { events(.cut("\(failure)")) }
            (wasCurrent, isFirst) = (false, false)
            await alarm.sleep(for: backoff.next(using: &random), on: client.homeLoop)
        }
    }

    /// One connection's life; why it ended.
    private func once(_ whenCurrent: () -> Void) async -> RedisError {
        let link: RedisSetSubscription
        do throws(RedisError) {
            // All sets lie in one slot: whoever holds it must be the one that is heard.
            let key = scripts.hash(views.views[0].rules.name)
            link = RedisSetSubscription(try await client.openAside(for: key), self)
        } catch { return error }
        do throws(RedisError) {
            try await link.subscribe()
            while true {
                link.isLoaded = false
                let marks = try await load()
                let told = await tellMissing()
                try await hearBeat(link, marks)
                events(.current(read: views.views.reduce(0) { $0 + $1.count }, told: told))
                whenCurrent()
                let error = await stay(link, marks)
                guard error == Trouble.forgotten else { throw error }
                currentUntil.store(.min, ordering: .releasing)
                events(.cut("\(error)"))
            }
        } catch {
            link.end(error)
            return error
        }
    }

    /// Makes the copy current: everything was read, and the channel is heard.
    private func hearBeat(
        _ link: RedisSetSubscription, _ marks: [[UInt8]]
    ) async throws(RedisError) {
        let end = MonotonicTime.now + pace.silenceMax
        link.isLoaded = true
        try await link.beat(expecting: marks)
        while !isCurrent(at: .now) {
            if let failure = link.failure { throw failure }
            guard MonotonicTime.now < end else { throw Trouble.silence }
            await alarm.sleep(for: pace.beat, on: client.homeLoop)
        }
    }

    /// Beats until something is wrong.
    private func stay(_ link: RedisSetSubscription, _ marks: [[UInt8]]) async -> RedisError {
        var nextSweep = MonotonicTime.now + pace.sweep
        while true {
            await alarm.sleep(for: pace.beat, on: client.homeLoop)
            if isClosed.load(ordering: .acquiring) { return .closed }
            if let failure = link.failure { return failure }
            do throws(RedisError) { try await link.beat(expecting: marks) } catch {
                if error == Trouble.forgotten { return error }
                // One beat may fail; the channel's silence decides.
                if !isCurrent(at: .now) { return error }
            }
            if !isCurrent(at: .now) { return Trouble.silence }
            if mustTell.load(ordering: .acquiring) { _ = await tellMissing() }
            if MonotonicTime.now > nextSweep {
                nextSweep = MonotonicTime.now + pace.sweep
                for view in views.views { view.sweep(at: now) }
                // There is room again for what had none.
                if views.views.contains(where: \.mayBecomeWhole) { return Trouble.forgotten }
            }
        }
    }

    // MARK: Loading

    /// Reads all sets in pages and merges them in; the marks of the sets that were read. What
    /// changes meanwhile comes over the channel.
    private func load() async throws(RedisError) -> [[UInt8]] {
        let marks = try await mark()
        let session = session.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        for view in views.views {
            var cursor: [UInt8] = Array("0".utf8)
            var isWhole = true
            let overflows = view.overflows.load(ordering: .relaxed)
            var pages = 0
            repeat {
                pages += 1
                guard pages <= Self.pagesMax else { throw .malformed("a set without end") }
                cursor = try await page(of: view, cursor, session, &isWhole)
            } while cursor != Array("0".utf8)
            // What the channel brought meanwhile may have found no room either.
            view.loaded(
                isWhole: isWhole && view.overflows.load(ordering: .relaxed) == overflows)
        }
        return marks
    }

    private func mark() async throws(RedisError) -> [[UInt8]] {
        var new: [UInt8] = []
        for _ in 0..<2 { new.append(hex: UInt64.random(in: 1 ... .max)) }
        let reply = try await client.run(scripts.mark) { command in
            command.append(Int64(views.views.count))
            for view in views.views { command.append(key: scripts.hash(view.rules.name)) }
            command.append(new)
        }
        guard let marks = reply.array?.compactMap(\.bytes), marks.count == views.views.count else {
            throw .malformed("marks of sets")
        }
        return marks
    }

    private func page(
        of view: SetView, _ cursor: [UInt8], _ session: UInt32, _ isWhole: inout Bool
    ) async throws(RedisError) -> [UInt8] {
        var command = RedisCommand("HSCAN")
        command.append(key: scripts.hash(view.rules.name))
        command.append(cursor)
        command.append("COUNT")
        command.append(Self.pageSize)
        let reply = try await client.send(command)
        guard let parts = reply.array, parts.count == 2, let next = parts[0].bytes,
            let fields = parts[1].array, fields.count.isMultiple(of: 2)
        else { throw .malformed("a page of a set") }
        for place in stride(from: 0, to: fields.count, by: 2) {
            guard let name = fields[place].bytes, !name.isEmpty,
                let record = fields[place + 1].bytes
            else { continue }
            // What others wrote there under our prefix is no reason to stop.
            guard let member = SetMember(name: name, record: record) else { continue }
            if !take(member, of: view, session: session) { isWhole = false }
        }
        return next
    }

    /// Tells Redis what it did not hold when it was read, or could not be told; how much that was.
    private func tellMissing() async -> Int {
        mustTell.store(false, ordering: .releasing)
        var told = 0
        for view in views.views {
            for _ in 0..<Self.pagesMax {
                let session = session.load(ordering: .acquiring)
                let missing = view.unconfirmed(in: session, at: now, max: Self.batchMax)
                if missing.isEmpty { break }
                do throws(RedisError) { try await tell(missing, of: view) } catch {
                    mustTell.store(true, ordering: .releasing)
                    return told
                }
                told += missing.count
            }
        }
        return told
    }
}

/// A connection that hears the sets' channel.
///
/// Not `Sendable`: it stays on the client's loop.
final class RedisSetSubscription {
    private let connection: RedisConnection
    private unowned let store: RedisSetStore
    /// Tells this connection's beats from those of others.
    private let id = UInt64.random(in: 1 ... .max)
    private var count: UInt64 = 0
    /// When beats that are under way were sent, oldest first.
    private var sent: [(id: [UInt8], time: MonotonicTime)] = []
    /// Whether all that was there before the channel was heard has been read.
    var isLoaded = false

    private static let sentMax = 64

    init(_ connection: RedisConnection, _ store: RedisSetStore) {
        self.connection = connection
        self.store = store
        connection.whenPushed = { [unowned self] in hear($0) }
        connection.whenEnded = { [alarm = store.alarm] _, _ in alarm.ring() }
    }

    var failure: RedisError? { connection.failure }

    func end(_ error: RedisError) { connection.end(error) }

    func subscribe() async throws(RedisError) {
        let reply = try await connection.call(RedisCommand("SUBSCRIBE", store.scripts.channel))
        if case .error(let error) = reply { throw error.error }
    }

    /// Sends a beat by the way that changes take. It counts when it comes back over the channel:
    /// everything that was published before it has then been heard as well.
    func beat(expecting marks: [[UInt8]]) async throws(RedisError) {
        var message: [UInt8] = []
        message.append(hex: id)
        count += 1
        message.append(hex: count)
        if sent.count >= Self.sentMax { sent.removeFirst() }
        sent.append((message, .now))
        let (scripts, views, now) = (store.scripts, store.views.views, store.now)
        let reply = try await store.client.run(scripts.beat) { command in
            command.append(Int64(views.count * 2))
            for view in views {
                command.append(key: scripts.hash(view.rules.name))
                command.append(key: scripts.ends(view.rules.name))
            }
            command.append(scripts.channel)
            command.append(RedisSetMessage.beat(message))
            command.append(now.nanoseconds / 1_000_000)
        }
        guard let found = reply.array?.compactMap(\.bytes) else {
            throw .malformed("marks of sets")
        }
        guard found == marks else { throw RedisSetStore.Trouble.forgotten }
    }

    /// Takes a message; false for what answers a command.
    private func hear(_ reply: RedisReply) -> Bool {
        guard let parts = reply.array, parts.count == 3, parts[0].text == "message" else {
            return false
        }
        guard let bytes = parts[2].bytes, let message = RedisSetMessage(bytes, store.views) else {
            return true
        }
        switch message {
        case .record(let set, let member):
            store.take(
                member, of: store.views.views[set],
                session: store.session.load(ordering: .acquiring))
        case .beat(let id):
            guard let place = sent.firstIndex(where: { $0.id == id }) else { return true }
            let time = sent[place].time
            sent.removeFirst(place + 1)
            if isLoaded { store.heard(at: time) }
        }
        return true
    }
}
