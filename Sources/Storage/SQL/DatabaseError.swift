/// Why a database did not do what it was asked. Never holds bound values, nor the server's own
/// texts, which quote them.
public enum DatabaseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It cannot be reached, or not in time: trying later may work.
    case unavailable(String)
    /// Another transaction got in the way: running it again may work.
    case conflict
    /// A constraint refused the change: a value that must be unique is there already, for example.
    case constraint
    /// The disk is full.
    case full
    /// It may not be written.
    case readOnly
    /// The file is damaged or no database.
    case corrupt(String)
    /// The schema was made by a newer version of the program.
    case newerSchema(found: Int, known: Int)
    /// A migration that ran already reads differently now.
    case changedMigration(step: Int)
    /// The connection broke between asking for the commit and its answer: what was written may or
    /// may not be there.
    case commitUnknown
    /// The task was cancelled; nothing was committed.
    case cancelled
    /// A value or statement that is never sent: text with a zero byte, an empty list, too many
    /// values. The text names what, never the value.
    case refused(String)
    /// The answer has more rows or bytes than the limits allow.
    case tooLarge
    /// A transaction was begun inside another one of the same database, or its database was used
    /// past it.
    case nested
    /// A statement or an answer that the program did not expect: a bug.
    case unexpected(String)

    /// One line for a log.
    public var description: String {
        switch self {
        case .unavailable(let why): "the database is not available: \(why)"
        case .conflict: "another transaction got in the way"
        case .constraint: "a constraint of the database refused the change"
        case .full: "the disk is full"
        case .readOnly: "the database cannot be written"
        case .corrupt(let why): "the database is damaged: \(why)"
        case .newerSchema(let found, let known):
            "the database has schema \(found), this program knows \(known): use a newer program"
        case .changedMigration(let step):
            "migration \(step) was changed after it ran: add a new one instead"
        case .commitUnknown: "the connection broke during the commit: its outcome is unknown"
        case .cancelled: "cancelled"
        case .refused(let why): "refused: \(why)"
        case .tooLarge: "the answer is larger than the limits allow"
        case .nested: "a transaction inside another: use the one that is open"
        case .unexpected(let why): "unexpected: \(why)"
        }
    }
}
