import Foundation
import GatehouseCore
import GatehouseHTTP
import GatehouseStorage
import Glibc
import TestSupport

@testable import Gatehouse

/// A plain gate with limits, in front of an upstream that tests direct.
final class LimitedGate {
    let upstream: TestUpstream
    let folder: ScratchFolder
    let application: Application
    let gateway: Gateway

    init(
        _ limits: String, admin: Bool = false, shared: SharedCounters? = nil, more: String = "",
        prepare: (Application) -> Void = { _ in }
    ) throws {
        upstream = try TestUpstream()
        folder = try ScratchFolder()
        try folder.write(String(repeating: "k", count: 40), "redis.key")
        _ = unsafe chmod(folder.path + "/redis.key", 0o600)
        let text = """
            data: ./data
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0", protocol: http }]
            admin: { enabled: \(admin), address: "127.0.0.1:0" }
            log: { level: error, access: "off" }
            server: { loops: 1 }
            upstreams: { api: { servers: ["http://127.0.0.1:\(upstream.port)"] } }
            routes: [{ path: /*, methods: [GET, POST], access: anyone, upstream: api }]
            limits:
            \(limits)
            \(more)
            """
        let file = try Configuration.parse(
            Array(text.utf8), name: "test", folder: folder.path,
            surroundings: Surroundings(
                environment: { _ in nil }, file: { FileLook(path: $0, bytesMax: $1) }))
        application = Application(file.configuration)
        application.sharedCounters = shared
        prepare(application)
        gateway = try application.start()
    }

    deinit { gateway.stop() }

    var port: UInt16 { gateway.addresses[0].port }
    var adminPort: UInt16 { gateway.adminAddress?.port ?? 0 }

    func client() throws -> RawClient { try RawClient(port: port) }

    static let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// The status of one request on a connection of its own.
    func status(_ request: String = get) throws -> Int {
        let client = try client()
        client.send(request)
        return Self.status(client)
    }

    /// The status of the next answer; 0 when there is none.
    static func status(_ client: RawClient) -> Int {
        guard let answer = client.message() else { return 0 }
        let words = String(decoding: answer.head, as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }
}
