import GatehouseCore
import GatehouseCrypto
import GatehouseStorage

/// The second factor of one account inside a transaction: what `TOTPVerifier` cannot do without.
final class StoredFactor: TOTPVerifier.ReplayStore, TOTPVerifier.AttemptLimiter {
    private let account: String
    private let connection: any SQLConnection
    private let now: WallTime
    private let row: SQLRow

    /// Wrong codes in a row before the factor rests.
    private static let attemptsMax: Int64 = 5
    private static let rest = Duration.seconds(300)

    init(account: String, row: SQLRow, connection: any SQLConnection, now: WallTime) {
        self.account = account
        self.row = row
        self.connection = connection
        self.now = now
    }

    /// The shape that its codes were enrolled with.
    func shape() throws -> CodeShape {
        guard let kind = CodeShape.Kind(rawValue: try row.text("kind")),
            let hash = OneTimeMAC(rawValue: try row.text("hash"))
        else { throw DatabaseError.corrupt("factors: unknown kind of code") }
        let digits = Int(try row.integer("digits"))
        guard digits == 6 || digits == 8 else {
            throw DatabaseError.corrupt("factors: codes of \(digits) digits")
        }
        return CodeShape(kind: kind, hash: hash, digits: digits)
    }

    func state() throws -> TOTPVerifier.State {
        TOTPVerifier.State(lastStep: try row.integer("last_step"), drift: try row.integer("drift"))
    }

    func advance(from current: TOTPVerifier.State, to next: TOTPVerifier.State) throws -> Bool {
        try connection.run(
            """
            UPDATE factors SET last_step = \(next.lastStep), drift = \(next.drift)
            WHERE account = \(account) AND last_step = \(current.lastStep)
            """) == 1
    }

    func admitAttempt() throws -> Bool {
        let start = try row.time("attempts_start")
        let isOld = now.nanoseconds - start.nanoseconds > Self.rest.nanoseconds
        let attempts = isOld ? 0 : try row.integer("attempts")
        guard attempts < Self.attemptsMax else { return false }
        try connection.run(
            """
            UPDATE factors SET attempts = \(attempts + 1), attempts_start = \(isOld ? now : start)
            WHERE account = \(account)
            """)
        return true
    }

    func succeeded() throws {
        try connection.run("UPDATE factors SET attempts = 0 WHERE account = \(account)")
    }
}
