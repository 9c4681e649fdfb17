import GatehouseCore
import GatehouseCrypto
import GatehouseStorage
import GatehouseValidation

/// Mails that accounts cause.
package enum MailTemplate: String, CaseIterable, Sendable {
    case confirmEmail = "confirm-email"
    case alreadyRegistered = "already-registered"
    case resetPassword = "reset-password"
    case passwordChanged = "password-changed"
    case emailChangeConfirm = "email-change-confirm"
    case emailChanged = "email-changed"
    case factorAdded = "factor-added"
    case factorRemoved = "factor-removed"
    case recoveryCodesReplaced = "recovery-codes-replaced"
    case newDevice = "new-device-sign-in"
    case accountDeleted = "account-deleted"
    case setUp = "set-up"
    case keyCreated = "api-key-created"
}

/// A mail that waits to be sent.
package struct QueuedMail: Sendable {
    package let id: String
    package let template: MailTemplate
    package let recipient: String
    /// Values for the template: `token`, `address`, `name`.
    package let values: [String: String]
    /// Tries before this one.
    package let attempts: Int
}

extension Accounts {
    /// Tries before a mail is given up, over about a day.
    package static let mailAttemptsMax = 12
    private static let mailLease = Duration.seconds(300)

    /// Puts a mail into the transaction that causes it: sent if, and only if, that is committed.
    @discardableResult
    func queue(
        _ template: MailTemplate, to recipient: String, _ values: [String: String],
        _ connection: any SQLConnection
    ) throws -> String {
        let id = OpaqueSecret.makeName()
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            json.key(name)
            json.string(value)
        }
        json.endObject()
        let data = seal.seal(
            json.finish(), for: Seal.Place(table: "outbox", column: "data", row: id))
        let sealed = seal.seal(
            Array(recipient.utf8), for: Seal.Place(table: "outbox", column: "recipient", row: id))
        try connection.run(
            """
            INSERT INTO outbox (id, template, recipient, data, created, attempts, due)
            VALUES (\(id), \(template.rawValue), \(sealed), \(data), \(now), \(0), \(now))
            """)
        return id
    }

    /// The next mail that is due, for its sender alone for five minutes; a sender that dies lets
    /// it go to the next one.
    package func claimMail() throws(AccountError) -> QueuedMail? {
        let now = now
        return try write { connection in
            let row = try connection.row(
                """
                SELECT * FROM outbox WHERE due <= \(now) AND failed IS NULL ORDER BY due LIMIT 1
                """)
            guard let row else { return nil }
            let id = try row.text("id")
            let claimed = try connection.run(
                """
                UPDATE outbox SET due = \(after(Self.mailLease)), attempts = attempts + 1
                WHERE id = \(id) AND due = \(try row.time("due"))
                """)
            guard claimed == 1 else { return nil }
            return try mail(row, id)
        }
    }

    private func mail(_ row: SQLRow, _ id: String) throws -> QueuedMail {
        let data = try seal.open(
            try row.blob("data"), for: Seal.Place(table: "outbox", column: "data", row: id))
        let recipient = try seal.open(
            try row.blob("recipient"),
            for: Seal.Place(table: "outbox", column: "recipient", row: id))
        guard let template = MailTemplate(rawValue: try row.text("template")) else {
            throw DatabaseError.unexpected("unknown mail template")
        }
        var values: [String: String] = [:]
        var tape = JSONTape()
        let root = try tape.parse(data.raw)
        var members = root.members
        while let member = members.next() {
            if let name = member.name.string, let value = member.value.string {
                values[name] = value
            }
        }
        return QueuedMail(
            id: id, template: template, recipient: String(decoding: recipient, as: UTF8.self),
            values: values, attempts: Int(try row.integer("attempts")))
    }

    /// The mail was handed over: nothing of it is kept.
    package func markSent(_ mail: QueuedMail) throws(AccountError) {
        try write { try $0.run("DELETE FROM outbox WHERE id = \(mail.id)") }
    }

    /// The mail was not taken: it is due again later, or given up.
    package func markFailed(_ mail: QueuedMail, isFinal: Bool) throws(AccountError) {
        let isOver = isFinal || mail.attempts + 1 >= Self.mailAttemptsMax
        // 30 s, 1 min, 2 min … 4 h.
        let wait = Duration.seconds(min(30 << Int64(min(mail.attempts, 10)), 14_400))
        try write { connection in
            try connection.run(
                """
                UPDATE outbox SET due = \(after(wait)), failed = \(isOver ? now : nil)
                WHERE id = \(mail.id)
                """)
        }
    }

    /// Mails that wait and mails that were given up; for metrics.
    package func outboxCounts() throws(AccountError) -> (waiting: Int, failed: Int) {
        let counts = try read { connection in
            let row = try connection.row(
                "SELECT COUNT(*) AS n, COUNT(failed) AS failed FROM outbox")
            return [try row?.integer("n") ?? 0, try row?.integer("failed") ?? 0]
        }
        return (Int(counts[0] - counts[1]), Int(counts[1]))
    }
}
