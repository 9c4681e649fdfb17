import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// A gate that holds requests to a document, in front of an upstream that believes everything.
final class ContractGate {
    let folder: ScratchFolder
    let upstream: TestUpstream
    let gate: FaultGate

    /// - Parameters:
    ///   - validation: further keys of `validation`.
    ///   - sections: further sections of the configuration.
    ///   - bodyMax: most bytes of a body.
    init(
        _ document: String, validation: String = "", sections: String = "", bodyMax: String = "4MiB"
    ) throws {
        folder = try ScratchFolder()
        upstream = try TestUpstream(
            .bytes(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)))
        try folder.write(document, "openapi.yaml")
        gate = try FaultGate(
            """
            data: ./data
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0", protocol: http }]
            admin: { enabled: false }
            limits: []
            server: { loops: 1 }
            log: { level: error, access: off }
            upstreams: { api: { servers: ["http://127.0.0.1:\(upstream.port)"] } }
            routes:
              - { path: /*, methods: all, access: anyone, upstream: api, body-max: \(bodyMax) }
            validation: { openapi: \(folder.path)/openapi.yaml\(validation) }
            \(sections)
            """)
    }

    /// One request with a body in one piece, and the whole answer.
    func send(
        _ method: String, _ target: String, _ type: String? = nil, _ body: [UInt8]? = nil,
        _ fields: String...
    ) throws -> String {
        let client = try gate.client()
        var all = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + fields
        if let type { all.append("Content-Type: \(type)") }
        if let body { all.append("Content-Length: \(body.count)") }
        client.send(Array((all.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? []))
        return client.receiveAll()
    }

    /// A form in parts: each its header behind `form-data; `, and its content.
    static func parts(_ parts: [(header: String, content: String)]) -> [UInt8] {
        Array(
            (parts.map { part in
                "--B\r\nContent-Disposition: form-data; \(part.header)\r\n\r\n\(part.content)\r\n"
            }.joined() + "--B--\r\n").utf8)
    }

    static let multipart = "multipart/form-data; boundary=B"
    static let form = "application/x-www-form-urlencoded"
}
