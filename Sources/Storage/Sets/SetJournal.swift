package import GatehouseCore
import Synchronization

/// What sets hold, written down in a file for the next start. One thread writes: many records that
/// come at once cost one commit.
package final class SetJournal: Sendable {
    private struct Line: Sendable {
        let set: SetName
        let member: SetMember
        let written: (@Sendable (SetStoreError?) -> Void)?
    }

    private struct State {
        var lines: [Line] = []
        var isClosed = false
        var hasEnded = false
        /// Whether something was left out that nobody waited for.
        var hasLost = false
    }

    /// After a write that failed.
    private static let retryTime = Duration.seconds(1)

    /// Records that wait for the disk.
    private static let waitingMax = 100_000
    /// Records in one commit.
    private static let batchMax = 2_000
    /// Hours between looks for what has ended.
    private static let pruneHours: Int64 = 1

    private static let schema = Migrations([
        [
            """
            CREATE TABLE set_records (set_name TEXT NOT NULL, member BLOB NOT NULL,
                record BLOB NOT NULL, ends BIGINT NOT NULL, PRIMARY KEY (set_name, member))
            """,
            "CREATE INDEX set_records_ends ON set_records (ends)",
        ]
    ])

    private let database: SQLiteDatabase
    private let clock: @Sendable () -> WallTime
    private let state = Mutex(State())
    private let bell = Bell()

    /// Opens or makes the file.
    package init(
        path: String, clock: @escaping @Sendable () -> WallTime = { .now }
    ) throws(SetStoreError) {
        self.clock = clock
        do {
            database = try SQLiteDatabase(path: path)
            try Self.schema.apply(to: database)
        } catch { throw .unavailable("\(path): \(error)") }
    }

    // MARK: Reading

    private static let pageMax = 10_000

    /// Merges what was written down into `views`.
    func load(
        _ views: SetViews, at now: WallTime, _ events: @Sendable (SetStoreEvent) -> Void
    ) throws(SetStoreError) {
        for view in views.views where view.rules.isDurable {
            var isWhole = true
            var last: [UInt8] = []
            while true {
                let page = try page(of: view.rules.name, after: last)
                for member in page {
                    if case .full = view.merge(member, at: now) { isWhole = false }
                }
                guard page.count == Self.pageMax, let next = page.last?.name else { break }
                last = next
            }
            view.loaded(isWhole: isWhole)
            if !isWhole { events(.full(view.rules.name)) }
        }
    }

    private func page(of set: SetName, after last: [UInt8]) throws(SetStoreError) -> [SetMember] {
        do {
            return try database.read { connection in
                let rows = try connection.rows(
                    """
                    SELECT member, record FROM set_records
                    WHERE set_name = \(set.description) AND member > \(last)
                    ORDER BY member LIMIT \(Self.pageMax)
                    """)
                return try rows.map { row in
                    let name = try row.blob("member")
                    guard let member = SetMember(name: name, record: try row.blob("record"))
                    else { throw DatabaseError.corrupt("a record of a set") }
                    return member
                }
            }
        } catch { throw .unavailable("\(database.path): \(error)") }
    }

    // MARK: Writing

    /// Writes a record down; returns when it is on the disk.
    func write(_ member: SetMember, in set: SetName) async throws(SetStoreError) {
        let error = await withCheckedContinuation { continuation in
            add(Line(set: set, member: member) { continuation.resume(returning: $0) })
        }
        if let error { throw error }
    }

    /// Writes a record down soon.
    func post(_ member: SetMember, in set: SetName) {
        add(Line(set: set, member: member, written: nil))
    }

    private func add(_ line: Line) {
        let refusal = state.withLock { state -> SetStoreError? in
            if state.isClosed { return .unavailable("closed") }
            if state.lines.count >= Self.waitingMax {
                state.hasLost = state.hasLost || line.written == nil
                return .unavailable("the disk is too slow")
            }
            state.lines.append(line)
            return nil
        }
        if let refusal { line.written?(refusal) } else { bell.ring() }
    }

    func start(_ events: @escaping @Sendable (SetStoreEvent) -> Void) throws(SetStoreError) {
        guard LaneThread.start({ self.work(events) }) else {
            throw .unavailable("no thread for the journal")
        }
    }

    /// Writes what waits and ends.
    package func close() {
        state.withLock { $0.isClosed = true }
        bell.ring()
    }

    private func work(_ events: @Sendable (SetStoreEvent) -> Void) {
        var isWell = true
        var nextPrune = MonotonicTime.now
        while true {
            let (lines, isClosed, hasLost) = state.withLock { state in
                let lines = Array(state.lines.prefix(Self.batchMax))
                state.lines.removeFirst(lines.count)
                defer { state.hasLost = false }
                return (lines, state.isClosed, state.hasLost)
            }
            if hasLost { events(.notWritten("records were left out: the disk is too slow")) }
            if lines.isEmpty, isClosed { break }
            let error = commit(lines)
            for line in lines { line.written?(error) }
            if error != nil, !isClosed { keep(lines) }
            if let error, isWell { events(.notWritten("\(error)")) }
            if error == nil, !isWell, !lines.isEmpty { events(.written) }
            if !lines.isEmpty || error != nil { isWell = error == nil }
            if MonotonicTime.now >= nextPrune {
                prune()
                nextPrune = MonotonicTime.now + .seconds(3_600 * Self.pruneHours)
            }
            if error != nil, !isClosed {
                bell.wait(until: .now + Self.retryTime)
            } else if lines.count < Self.batchMax, !isClosed {
                bell.wait(until: nextPrune)
            }
        }
        database.close()
    }

    /// What nobody waits for is tried again, before what came later.
    private func keep(_ lines: [Line]) {
        state.withLock { state in
            let again = lines.filter { $0.written == nil }
            let room = Self.waitingMax - state.lines.count
            state.hasLost = state.hasLost || again.count > room
            state.lines.insert(contentsOf: again.prefix(max(room, 0)), at: 0)
        }
    }

    /// Records of one member only grow until they end: one that comes late must not replace its
    /// successor.
    private func commit(_ lines: [Line]) -> SetStoreError? {
        guard !lines.isEmpty else { return nil }
        let now = clock()
        do {
            try database.transaction { connection in
                for line in lines {
                    try connection.run(
                        """
                        INSERT INTO set_records (set_name, member, record, ends)
                        VALUES (\(line.set.description), \(line.member.name),
                            \(line.member.record), \(line.member.until))
                        ON CONFLICT (set_name, member)
                        DO UPDATE SET record = excluded.record, ends = excluded.ends
                        WHERE excluded.record > set_records.record
                            OR set_records.ends <= \(now)
                        """)
                }
            }
            return nil
        } catch { return .unavailable("\(error)") }
    }

    /// A clock that runs ahead must not delete what still counts: a day is left.
    private func prune() {
        let old = clock().adding(.seconds(-86_400))
        _ = try? database.transaction { connection in
            try connection.run("DELETE FROM set_records WHERE ends < \(old)")
        }
    }
}
