import GatehouseCore
import GatehouseStorage

/// Something that running programs must know: a session or credential ended, an epoch raised.
struct Change: Sendable {
    var account: String?
    var session: String?
    var credential: String?
    var epoch: Int64?
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
    /// the start, and every second while serving.
    package func followChanges() throws(AccountError) {
        let now = now
        let since = WallTime(
            nanoseconds: now.nanoseconds.saturatingAdd(-interest.nanoseconds))
        let changes = try read { connection in
            try connection.rows("SELECT * FROM changes WHERE made >= \(since)").map { row in
                Change(
                    account: try row.optionalText("account"),
                    session: try row.optionalText("session"),
                    credential: try row.optionalText("credential"),
                    epoch: try row.optionalInteger("epoch"))
            }
        }
        let until = after(interest)
        for change in changes {
            if let session = change.session { revocations.end(session, until: until, now: now) }
            if let credential = change.credential {
                revocations.end(credential, until: until, now: now)
            }
            if let account = change.account, let epoch = change.epoch {
                revocations.raise(account, to: epoch, until: until, now: now)
            }
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
