import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport
import Glibc

/// Sends queued mails: to a mail server, or while trying out into a folder that its owner alone
/// reads.
struct Mailer: Sendable {
    /// What became of a mail.
    enum Outcome: Equatable, Sendable {
        case sent
        case failed(isFinal: Bool, why: String)
    }

    private enum Way: Sendable {
        case server(SMTPClient)
        case folder(String)
    }

    private let way: Way
    private let from: String
    private let service: String
    private let baseURL: String
    private let logger: Logger

    init(
        _ settings: Configuration.Accounts, data: String, baseURL: String, logger: Logger
    ) throws(ConfigurationError) {
        let mail = settings.mail
        from = mail.from
        service = settings.serviceName
        self.baseURL = baseURL
        self.logger = logger
        guard let url = mail.smtp else {
            let folder = data + "/mail"
            guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw .invalid("accounts.mail", "the folder \(folder) cannot be made")
            }
            way = .folder(folder)
            return
        }
        var server = SMTPClient.Settings(url: url)
        server.user = mail.user
        server.password = mail.password
        server.authority = mail.authority
        server.allowsPlaintext = mail.dangerouslyAllowPlaintext
        way = .server(SMTPClient(server))
    }

    /// The mail's text with its values, ready to be sent.
    func message(_ mail: QueuedMail, now: WallTime) -> MailMessage {
        let (subject, body) = MailText.text(mail.template)
        var values = mail.values
        values["service"] = service
        values["account"] = baseURL + "/account"
        if let place = MailText.place(mail.template), let token = mail.values["token"] {
            values["link"] = baseURL + "/account#\(place)=\(token)"
        }
        return MailMessage(
            from: from, recipient: mail.recipient, subject: Self.fill(subject, values),
            body: Self.fill(body, values), date: now)
    }

    private static func fill(_ text: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            result += values[String(rest[rest.index(after: open)..<close])] ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// Sends a mail; blocks.
    func send(_ mail: QueuedMail) -> Outcome {
        let message = message(mail, now: .now)
        switch way {
        case .folder(let folder): return put(message, mail, folder)
        case .server(let client):
            switch client.send(message.bytes(), from: from, to: mail.recipient) {
            case .accepted: return .sent
            case .temporary(let why): return .failed(isFinal: false, why: why)
            case .permanent(let why): return .failed(isFinal: true, why: why)
            }
        }
    }

    /// Writes a file whole, named by its order.
    private func put(_ message: MailMessage, _ mail: QueuedMail, _ folder: String) -> Outcome {
        let name = "\(message.date.nanoseconds)-\(mail.template.rawValue).eml"
        let temporary = "\(folder)/.\(name)"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return .failed(isFinal: false, why: "\(folder): cannot be written") }
        let plain = message.bytes(readable: true)
        let isWritten = unsafe Glibc.write(file, plain, plain.count) == plain.count
        close(file)
        guard isWritten, unsafe rename(temporary, "\(folder)/\(name)") == 0 else {
            unsafe unlink(temporary)
            return .failed(isFinal: false, why: "\(folder): the disk is full")
        }
        logger.info("mail.written", ["file": .public("\(folder)/\(name)")])
        return .sent
    }
}
