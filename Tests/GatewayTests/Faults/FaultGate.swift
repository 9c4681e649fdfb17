import Foundation
import Gatehouse
import GatehouseCore
import TestSupport

/// A gate in this process with a configuration and a folder of its own.
final class FaultGate {
    let gateway: Gateway
    let folder: URL

    /// - Parameter text: the configuration; `$data` stands for the folder.
    init(_ text: String, folder: URL? = nil) throws {
        self.folder = try folder ?? Self.newFolder()
        gateway = try Application(Self.configuration(text, self.folder)).start()
    }

    deinit {
        gateway.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// An empty folder.
    static func newFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func configuration(_ text: String, _ folder: URL) throws -> Configuration {
        try Configuration.parse(
            Array(text.utf8), name: "faults", folder: folder.path,
            surroundings: Surroundings(
                environment: { _ in nil }, file: { FileLook(path: $0, bytesMax: $1) })
        ).configuration
    }

    func reload(_ text: String) throws {
        gateway.reload(try Self.configuration(text, folder))
    }

    /// Port of the first listener.
    var port: UInt16 { gateway.addresses[0].port }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// One request on a connection of its own, and the whole answer.
    func get(_ path: String) throws -> String {
        let client = try client()
        client.send(Self.request(path, "Connection: close"))
        return client.receiveAll()
    }

    /// A request's head.
    static func request(
        _ path: String, _ fields: String..., method: String = "GET"
    ) -> String {
        (["\(method) \(path) HTTP/1.1", "Host: localhost"] + fields).joined(separator: "\r\n")
            + "\r\n\r\n"
    }

    /// What the admin listener shows.
    func admin(_ path: String) throws -> String {
        guard let address = gateway.adminAddress else { return "" }
        let client = try RawClient(port: address.port)
        client.send(Self.request(path, "Connection: close"))
        return client.receiveAll()
    }

    func metric(_ name: String) throws -> Int? { FaultGate.metric(name, in: try admin("/metrics")) }

    /// A sample's value in Prometheus text.
    static func metric(_ name: String, in text: String) -> Int? {
        text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + " ") }
            .flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    /// A configuration in front of servers, with `extra` top-level keys.
    static func configuration(
        servers: [UInt16], upstream: String = "", extra: String = "", access: String = "off"
    ) -> String {
        let list = servers.map { "http://127.0.0.1:\($0)" }.joined(separator: ", ")
        var text = """
            data: ./data
            hosts: [localhost]
            log: { level: error, access: \(access) }
            upstreams: { api: { servers: [\(list)]\(upstream) } }
            routes:
              - { path: /fixed, methods: [GET], access: anyone, respond: { body: fixed } }
              - { path: /*, methods: all, access: anyone, upstream: api, body-max: 2GiB }

            """
        for (key, usual) in defaults where !extra.contains("\(key):") {
            text += "\(key): \(usual)\n"
        }
        return text + extra + "\n"
    }

    private static let defaults = [
        ("listeners", #"[{ address: "127.0.0.1:0", protocol: http }]"#),
        ("admin", #"{ address: "127.0.0.1:0" }"#), ("limits", "[]"), ("server", "{ loops: 1 }"),
        // A machine that tests keep busy makes loops late, which is no test's subject but one's.
        ("floods", "{ lag-target: 60s }"),
        // Raw clients send bodies without a type.
        ("input", #"{ content-types: ["*/*"] }"#),
    ]
}

extension String {
    /// The status code of a response.
    var status: Int? { Int(split(separator: " ").dropFirst().first ?? "") }
    /// What follows the first empty line.
    var afterHead: String { range(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? "" }
}
