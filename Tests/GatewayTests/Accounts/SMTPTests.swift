import Foundation
import GatehouseCore
import GatehouseIdentity
import GatehouseTransport
import Glibc
import TestSupport
import Testing

@testable import Gatehouse

/// Mail over the wire: a server of another language takes, refuses and loses it.
@Suite(
    .enabled(
        if: Tool.hasPythonPackage("aiosmtpd, cryptography"), "aiosmtpd is not installed in .venv"))
struct SMTPTests {
    /// The server of `smtp.py`: its port, its authority's certificate, and what it took.
    private final class MailServer {
        let folder: ScratchFolder
        let port: Int
        private let process = ChildProcess()

        init(_ mode: String) throws {
            folder = try ScratchFolder()
            process.executableURL = URL(fileURLWithPath: Tool.root + "/.venv/bin/python")
            process.arguments = [
                Tool.root + "/Tests/GatewayTests/Accounts/smtp.py", mode, folder.path,
            ]
            let output = Pipe()
            process.standardOutput = output
            process.standardInput = Pipe()
            try process.run()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        deinit { kill(process.processIdentifier, SIGKILL) }

        var mails: [String] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.filter { $0.hasSuffix(".mail") }.sorted()
                .compactMap { try? folder.text($0) }
        }

        func client(plaintext: Bool = false, trusted: Bool = true) -> SMTPClient {
            var settings = SMTPClient.Settings(url: "smtp://localhost:\(port)")
            settings.authority = trusted ? folder.path + "/authority.pem" : nil
            settings.allowsPlaintext = plaintext
            return SMTPClient(settings)
        }
    }

    private let message = MailMessage(
        from: "gate@example.com", recipient: "ada@example.com", subject: "Grüße",
        body: "Line one\nLine two", date: WallTime(seconds: 1_800_000_000)
    ).bytes()

    private func send(_ client: SMTPClient, to recipient: String = "ada@example.com")
        -> SMTPClient.Outcome
    {
        client.send(message, from: "gate@example.com", to: recipient)
    }

    @Test func `sends nothing without TLS, or to a server that nobody vouches for`() throws {
        let plain = try MailServer("plain")
        if case .temporary = send(plain.client()) {} else { Issue.record("sent in clear") }
        let secure = try MailServer("tls")
        if case .temporary = send(secure.client(trusted: false)) {
        } else {
            Issue.record("sent to a stranger")
        }
        #expect(plain.mails.isEmpty && secure.mails.isEmpty)
        #expect(send(plain.client(plaintext: true)) == .accepted)
    }

    @Test func `tells a refusal for now from one for ever`() throws {
        let server = try MailServer("tls")
        if case .temporary = send(server.client(), to: "later@example.com") {
        } else {
            Issue.record("451 is temporary")
        }
        if case .permanent = send(server.client(), to: "nobody@example.com") {
        } else {
            Issue.record("550 is permanent")
        }
        #expect(send(server.client()) == .accepted)
        let mail = try #require(server.mails.first)
        #expect(mail.contains("Subject: =?utf-8?B?R3LDvMOfZQ==?="))
        #expect(mail.contains("Auto-Submitted: auto-generated"))
        #expect(mail.contains("Fri, 15 Jan 2027 08:00:00 +0000"))
    }

    @Test func `lets nothing break out of a field`() {
        let message = MailMessage(
            from: "gate@example.com\r\nBcc: x@example.com", recipient: "a@b.c>\nX: y",
            subject: "a\r\nBcc: evil@example.com", body: "", date: WallTime(seconds: 0))
        let text = String(decoding: message.bytes(), as: UTF8.self)
        #expect(!text.contains("\r\nBcc:") && !text.contains("\nX:"))
    }

    @Test func `delivers what accounts queue`() throws {
        let server = try MailServer("tls")
        let gate = try AccountsGate { configuration in
            configuration.accounts?.mail.smtp = "smtp://localhost:\(server.port)"
            configuration.accounts?.mail.authority = server.folder.path + "/authority.pem"
        }
        let body = ["email": "ada@example.com", "password": AccountsGate.password]
        #expect(try gate.send("POST", "/auth/register", body).status == 202)
        #expect(eventually { server.mails.count == 1 })
    }
}
