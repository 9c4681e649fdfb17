import Foundation
import Gatehouse
import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import TestSupport

/// Plays a scenario against a real gate, over real sockets, with a real upstream.
final class ScenarioRunner {
    private let scenario: ScenarioFile
    private let upstream: TestUpstream
    private let gateway: Gateway
    private let folder: URL
    private let now = WallTime.now.seconds
    private let configuration: Configuration
    private var tokens: [String: [UInt8]] = [:]
    private var client: RawClient?

    /// Secrets that scenarios sign with, by name; `k1` is the one the gate knows.
    static let secrets = [
        "k1": "scenario-secret-0123456789abcdef-0123456789",
        "stranger": "another-secret-0123456789abcdef-0123456789",
    ]

    init(_ scenario: ScenarioFile) throws {
        self.scenario = scenario
        upstream = try TestUpstream()
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text =
            scenario.configuration.replacingOccurrences(
                of: "<upstream>", with: "http://127.0.0.1:\(upstream.port)")
            + "\nlog: { level: error, access: ./access.log }\n"
            + "server: { loops: 1 }\nfloods: { lag-target: 60s }\n"
        let file = try Configuration.parse(
            Array(text.utf8), name: "scenario", folder: folder.path,
            surroundings: Surroundings(
                environment: { $0 == "SCENARIO_SECRET" ? Array(Self.secrets["k1"]!.utf8) : nil },
                file: { FileLook(path: $0, bytesMax: $1) }))
        configuration = file.configuration
        gateway = try Application(configuration).start()
        for token in scenario.tokens { tokens[token.name] = try sign(token) }
    }

    deinit {
        client = nil
        gateway.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Everything that differs from what the scenario says.
    func run() throws -> [String] {
        try scenario.exchanges.flatMap { exchange in
            try play(exchange).map { "line \(exchange.line), “\(exchange.label)”: \($0)" }
        }
    }

    private func play(_ exchange: ScenarioExchange) throws -> [String] {
        upstream.forget()
        upstream.answer(try answer(exchange.answer))
        if !exchange.sameConnection { client = try RawClient(port: port(of: exchange.listener)) }
        guard let client else { return ["no connection"] }
        let before = logLength
        client.send(try exchange.request.bytes(resolving: resolve))
        let method = String(
            decoding: try exchange.request.bytes(resolving: resolve).prefix(5), as: UTF8.self)
        let raw = client.message(isHead: method.hasPrefix("HEAD "))
        var found: [String] = []
        if let raw {
            let message = ReceivedMessage(head: raw.head, body: raw.body)
            found +=
                try message.map { try exchange.response.mismatches(with: $0, resolving: resolve) }
                ?? ["unreadable response"]
        } else if exchange.response.status != nil {
            found.append("closed without an answer")
        }
        if exchange.response.closes, raw != nil, !client.isClosed() {
            found.append("the connection stays open")
        }
        if let expectation = exchange.upstream {
            let seen = upstream.seen.compactMap { ReceivedMessage(head: $0.head, body: $0.body) }
            found += try expectation.mismatches(with: seen, resolving: resolve)
        }
        if exchange.log != .any {
            found += try exchange.log.mismatches(with: logLines(after: before), resolving: resolve)
        }
        return found
    }

    private func answer(_ answer: ScenarioExchange.Answer?) throws -> TestUpstream.Answer {
        switch answer {
        case nil: TestUpstream.usual
        case .bytes(let text): .bytes(try text.bytes(resolving: resolve))
        case .closes: .closes
        case .silence: .silence
        }
    }

    private func port(of listener: String?) -> UInt16 {
        let index =
            configuration.listeners.firstIndex {
                listener == nil || $0.protocol.rawValue == listener
            }
        return gateway.addresses[index ?? 0].port
    }

    // MARK: Placeholders

    private func resolve(_ name: String) throws -> [UInt8] {
        if name == "now" { return Array("\(now)".utf8) }
        if name.hasPrefix("now"), let offset = Int64(name.dropFirst(3)) {
            return Array("\(now + offset)".utf8)
        }
        if name == "upstream" { return Array("127.0.0.1:\(upstream.port)".utf8) }
        if name.hasPrefix("token "), let token = tokens[String(name.dropFirst(6))] { return token }
        throw ScenarioError(0, "nothing is called <\(name)>")
    }

    private func sign(_ token: ScenarioToken) throws -> [UInt8] {
        let header = try token.header.bytes(resolving: resolve)
        let claims = try token.claims.bytes(resolving: resolve)
        let text = Base64URL.encode(header.raw) + "." + Base64URL.encode(claims.raw)
        let input = Array(text.utf8)
        guard let key = token.key else { return input + [0x2E] }
        guard let secret = Self.secrets[key] else { throw ScenarioError(0, "no key \(key)") }
        let isHS512 = String(decoding: header, as: UTF8.self).contains("HS512")
        let padded = secret + secret
        let material = Array((isHS512 ? padded : secret).utf8)
        let mac = HMACContext(
            try HMACKey(Redacted(material), algorithm: isHS512 ? .sha512 : .sha256)
        ).authenticate(input.raw)
        return input + [0x2E] + Array(Base64URL.encode(mac.raw).utf8)
    }

    // MARK: Log

    private var logPath: String { folder.appendingPathComponent("access.log").path }
    private var logLength: Int { FileManager.default.contents(atPath: logPath)?.count ?? 0 }

    /// The log's new content, once there is a line.
    private func logLines(after offset: Int) -> [UInt8] {
        var lines: [UInt8] = []
        _ = eventually {
            let content = FileManager.default.contents(atPath: logPath) ?? Data()
            lines = Array(content.dropFirst(offset))
            return lines.last == UInt8(ascii: "\n")
        }
        return lines
    }
}
