import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// A gate with accounts on a loopback port, its data folder, and a client that speaks JSON.
final class AccountsGate {
    let folder: ScratchFolder
    let gateway: Gateway
    let port: UInt16
    static let password = "sieben zwerge tanzen leise"

    struct Answer {
        let status: Int
        let head: String
        let body: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
        }
        var code: String? {
            json["code"] as? String
                ?? (json["type"] as? String)?
                .replacingOccurrences(of: "urn:gatehouse:problem:", with: "")
        }
        func field(_ name: String) -> [String] {
            head.components(separatedBy: "\r\n").compactMap { line in
                line.lowercased().hasPrefix(name.lowercased() + ": ")
                    ? String(line.dropFirst(name.count + 2)) : nil
            }
        }
        func text(_ name: String) -> String { json[name] as? String ?? "" }
    }

    /// - Parameters:
    ///   - folder: of a gate before, whose data this one goes on with or shares.
    ///   - sharing: how other gates are told of what ends.
    init(
        in folder: ScratchFolder? = nil, sharing: GateSets.Sharing? = nil,
        _ change: (inout Configuration) -> Void = { _ in }
    ) throws {
        let folder = try folder ?? ScratchFolder()
        self.folder = folder
        var configuration = Configuration()
        configuration.data = folder.path + "/data"
        configuration.hosts = ["localhost"]
        configuration.listeners = [
            .init(address: .init(host: "127.0.0.1", port: 0), protocol: .http)
        ]
        configuration.admin.enabled = false
        configuration.log.access = .off
        configuration.log.level = .error
        configuration.server.loops = 2
        configuration.limits = []
        // The clients of a test come from one address, without a pause.
        configuration.floods.connectionsPerSecond = 1_000_000
        configuration.floods.connectionsBurst = 1_000_000
        configuration.accounts = Configuration.Accounts()
        var echo = Configuration.Upstream()
        echo.name = "echo"
        echo.servers = [.echo]
        configuration.upstreams = [echo]
        configuration.routes = [
            .init(
                path: "/api/*", methods: [.get, .post], access: .signedIn, target: .upstream("echo")
            ),
            .init(
                path: "/notes", methods: [.get], access: .permissions(["notes:read"]),
                target: .upstream("echo")),
            .init(
                path: "/admin", methods: [.get], access: .roles(["admin"]),
                target: .upstream("echo")),
        ]
        change(&configuration)
        gateway = try Gateway(configuration, sharing: sharing)
        try gateway.start()
        port = try #require(gateway.addresses.first?.port)
    }

    deinit { gateway.stop() }

    func send(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, token: String? = nil,
        fields: [String] = [], port: UInt16? = nil, host: String = "localhost"
    ) throws -> Answer {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        for field in fields { text += field + "\r\n" }
        if let body {
            let data = try JSONSerialization.data(withJSONObject: body)
            text += "Content-Type: application/json\r\nContent-Length: \(data.count)\r\n\r\n"
            text += String(decoding: data, as: UTF8.self)
        } else {
            text += method == "GET" ? "\r\n" : "Content-Length: 0\r\n\r\n"
        }
        let client = try RawClient(port: port ?? self.port)
        client.send(text)
        let response =
            method == "HEAD"
            ? String(decoding: client.message(isHead: true)?.head ?? [], as: UTF8.self)
            : client.response()
        let parts = response.components(separatedBy: "\r\n\r\n")
        let status = Int(response.split(separator: " ").dropFirst().first ?? "") ?? 0
        return Answer(
            status: status, head: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }

    /// The token in the newest mail of a template, once it is there.
    func mailToken(_ template: String) throws -> String {
        var token = ""
        let found = try eventually {
            let mails =
                (try? FileManager.default.contentsOfDirectory(
                    atPath: folder.path + "/data/mail")) ?? []
            guard
                let name = mails.filter({
                    !$0.hasPrefix(".") && $0.hasSuffix(template + ".eml")
                }).max()
            else {
                return false
            }
            let text = try String(
                contentsOfFile: folder.path + "/data/mail/" + name, encoding: .utf8)
            guard let range = text.range(of: "#[a-z]+=", options: .regularExpression) else {
                return false
            }
            token = String(text[range.upperBound...].prefix { !$0.isWhitespace })
            return true
        }
        #expect(found, "no mail \(template)")
        return token
    }

    /// A confirmed account.
    func register(_ email: String = "alice@example.com") throws {
        let answer = try send(
            "POST", "/auth/register", ["email": email, "password": Self.password, "name": "Alice"])
        #expect(answer.status == 202, "\(answer.body)")
        let token = try mailToken("confirm-email")
        #expect(try send("POST", "/auth/confirm", ["token": token]).status == 204)
    }

    func login(_ email: String = "alice@example.com", _ more: [String: Any] = [:]) throws -> Answer
    {
        try send(
            "POST", "/auth/login",
            ["email": email, "password": Self.password].merging(more) { $1 })
    }
}
