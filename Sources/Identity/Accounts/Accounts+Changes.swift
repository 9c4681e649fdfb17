import GatehouseCore
import GatehouseStorage
import Synchronization

/// Something that running programs must know: a session or credential ended, an epoch raised.
struct Change: Sendable {
    var account: String?
    var session: String?
    var credential: String?
    var epoch: Int64?
    /// When it was made; set by `note`.
    var made: WallTime?
}

extension Accounts {
    /// How long a change is of interest: until the last token that it concerns has expired.
    private var interest: Duration { tokens.lifetime + .seconds(120) }

    /// Writes a change in the transaction that makes it, and takes effect here once it is
    /// committed: `adopt` is called again with the same change by `followChanges`.
    func note(_ change: Change, _ connection: any SQLConnection) throws {
        try connection.run(
            """
            INSERT INTO changes (id, account, session, credential, epoch, made)
            VALUES (\(OpaqueSecret.makeName()), \(change.account), \(change.session),
                \(change.credential), \(change.epoch), \(now))
            """)
    }

    /// Takes over what this and other programs changed. Called after every change of our own, at
    /// the start, and many times a second while serving.
    package func followChanges() throws(AccountError) {
        let now = now
        let since = followed.withLock { $0.since(now, interest: interest) }
        let started = MonotonicTime.now
        let changes = try read { connection in
            try connection.rows("SELECT * FROM changes WHERE made >= \(since)").map { row in
                Change(
                    account: try row.optionalText("account"),
                    session: try row.optionalText("session"),
                    credential: try row.optionalText("credential"),
                    epoch: try row.optionalInteger("epoch"), made: try row.time("made"))
            }
        }
        var isWhole = true
        for change in changes where !adopt(change) { isWhole = false }
        // What found no room is read again.
        if isWhole { followed.withLock { $0.note(now, since: since) } }
        revocations.followed(at: started, isWhole: isWhole)
    }

    /// Refuses what a change ended, here and at once on other gates; false when there is no room.
    ///
    /// The end is counted from when the change was made, the same on every gate and each time.
    private func adopt(_ change: Change) -> Bool {
        let made = change.made ?? now
        let until = WallTime(nanoseconds: made.nanoseconds.saturatingAdd(interest.nanoseconds))
        var isTaken = true
        if let session = change.session {
            isTaken = revocations.end(session, until: until) && isTaken
        }
        if let credential = change.credential {
            isTaken = revocations.end(credential, until: until) && isTaken
        }
        if let account = change.account, let epoch = change.epoch {
            isTaken = revocations.raise(account, to: epoch, until: until) && isTaken
        }
        return isTaken
    }

    /// How far changes were followed.
    ///
    /// A row's time is its writer's, taken before its commit, so that what is read reaches back:
    /// always over the usual differences of clocks, and now and then over any that tokens survive.
    struct Followed: Sendable {
        private static let overlap = Duration.seconds(5)
        private static let longOverlap = Duration.seconds(180)
        private static let longPace = Duration.seconds(10)
        private var last: WallTime?
        private var lastLong: WallTime?

        func since(_ now: WallTime, interest: Duration) -> WallTime {
            let start = now.nanoseconds.saturatingAdd(-interest.nanoseconds)
            guard let last, let lastLong else { return WallTime(nanoseconds: start) }
            // A clock that was set back reads again what it may have missed.
            let isShort =
                now >= last
                && now
                    < WallTime(
                        nanoseconds: lastLong.nanoseconds + Self.longPace.nanoseconds)
            let overlap = isShort ? Self.overlap : Self.longOverlap
            let from = isShort ? last : min(lastLong, now)
            return WallTime(
                nanoseconds: max(start, from.nanoseconds.saturatingAdd(-overlap.nanoseconds)))
        }

        mutating func note(_ now: WallTime, since: WallTime) {
            last = now
            let reach = now.nanoseconds.saturatingAdd(-Self.longOverlap.nanoseconds)
            if since.nanoseconds <= reach { lastLong = now }
        }
    }

    /// Deletes what has ended: old changes, links, challenges, sessions. Called now and then.
    package func tidy() throws(AccountError) {
        let now = now
        let old = WallTime(nanoseconds: now.nanoseconds.saturatingAdd(-2 * interest.nanoseconds))
        let month = WallTime(
            nanoseconds: now.nanoseconds.saturatingAdd(-Duration.seconds(30 * 86_400).nanoseconds))
        try write { connection in
            try connection.run("DELETE FROM changes WHERE made < \(old)")
            try connection.run("DELETE FROM links WHERE ends < \(now)")
            try connection.run("DELETE FROM challenges WHERE ends < \(now)")
            try connection.run("DELETE FROM sessions WHERE final_end < \(now) OR ended < \(month)")
            try connection.run("DELETE FROM api_keys WHERE ends < \(month)")
            try connection.run("DELETE FROM outbox WHERE failed < \(month)")
        }
    }
}
