import Foundation
import TestSupport
import Testing

@testable import Gatehouse

/// What the upstream receives is, byte for byte, what was validated; and every limit holds exactly.
@Suite struct ContractBytesTests {
    /// Takes all, so that limits alone refuse.
    private static let document = """
        openapi: 3.1.0
        info: { title: Anything, version: "1" }
        paths:
          /any:
            post:
              requestBody:
                required: true
                content:
                  application/json: { schema: {} }
                  application/x-www-form-urlencoded: { schema: { type: object } }
                  multipart/form-data:
                    schema:
                      type: object
                      properties:
                        file: { type: string, format: binary }
                        meta: { type: object }
                        text: { type: string }
              responses: { "204": { description: fine } }
        """

    private static let sections = """
        input:
          json-depth-max: 3
          json-members-max: 4
          json-elements-max: 5
          json-string-max: 16B
          parameters-max: 3
          files-max: 2
          file-max: 100B
        """

    /// How a body is sent.
    enum Framing: String, CaseIterable, Sendable {
        case length, chunked, slowChunks, gzip, gzipChunked

        var isEncoded: Bool { self == .gzip || self == .gzipChunked }
    }

    private func send(
        _ gate: ContractGate, _ type: String, _ body: [UInt8], _ framing: Framing
    ) throws -> String {
        let client = try gate.gate.client()
        var head = "POST /any HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += "Content-Type: \(type)\r\n"
        if framing.isEncoded { head += "Content-Encoding: gzip\r\n" }
        let bytes = framing.isEncoded ? try Self.gzip(body) : body
        if framing == .length || framing == .gzip {
            client.send(Array((head + "Content-Length: \(bytes.count)\r\n\r\n").utf8) + bytes)
        } else {
            client.send(head + "Transfer-Encoding: chunked\r\n\r\n")
            let size = framing == .slowChunks ? 7 : 1_000
            var all: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                let chunk = bytes[start..<min(start + size, bytes.count)]
                all += Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk
                all += Array("\r\n".utf8)
            }
            client.send(all + Array("0\r\n\r\n".utf8))
        }
        return client.receiveAll()
    }

    private static func gzip(_ body: [UInt8]) throws -> [UInt8] {
        let folder = try ScratchFolder()
        let path = folder.path + "/body"
        try Data(body).write(to: URL(fileURLWithPath: path))
        _ = try Tool("gzip", ["-n", path])
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + ".gz")))
    }

    private static let bodies: [(type: String, body: [UInt8])] = [
        (
            "application/json",
            Array(" {\"a\" : [1.0e0,\t\"\\u00e9\u{E9}\\/\"] , \"b\":-0}\r\n ".utf8)
        ),
        ("application/json; charset=UTF-8", Array("\"\u{1F600}\\ud83d\\ude00\"".utf8)),
        (ContractGate.form, Array("a=1+2%2B3&b=%e9%80%9a&c=&&d".utf8)),
        (
            ContractGate.multipart,
            ContractGate.parts([
                (
                    "name=\"meta\"; filename=\"blob\"\r\nContent-Type: application/json",
                    " {\"a\":1} "
                ),
                ("name=\"file\"; filename=\"f\"", "\r\n--\r\n--A\r\n\r--B"), ("name=\"other\"", ""),
            ])
        ),
    ]

    @Test(arguments: Framing.allCases)
    func `the upstream receives exactly the bytes that were validated`(
        _ framing: Framing
    ) throws {
        let gate = try ContractGate(Self.document)
        for (type, body) in Self.bodies {
            let answer = try send(gate, type, body, framing)
            #expect(answer.status == 204, "\(type): \(answer)")
            let seen = try #require(gate.upstream.seen.last)
            #expect(seen.body == body, "\(type): \(String(decoding: seen.body, as: UTF8.self))")
            // Decoded, it says nothing of an encoding any more.
            let head = String(decoding: seen.head, as: UTF8.self).lowercased()
            #expect(!head.contains("content-encoding"))
        }
        #expect(gate.upstream.seen.count == Self.bodies.count)
    }

    @Test(arguments: Framing.allCases)
    func `a body of one byte over the limit is refused, and one of exactly the limit is taken`(
        _ framing: Framing
    ) throws {
        let gate = try ContractGate(Self.document, bodyMax: "1000B")
        for (type, prefix, suffix) in [
            ("application/json", "[\"", "\"]"), (ContractGate.form, "a=", ""),
            (
                ContractGate.multipart,
                "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", "\r\n--B--\r\n"
            ),
        ] {
            for count in [999, 1_000, 1_001] {
                let filler = count - prefix.utf8.count - suffix.utf8.count
                let body = Array(
                    (prefix + String(repeating: "x", count: filler) + suffix).utf8)
                let before = gate.upstream.seen.count
                let answer = try send(gate, type, body, framing)
                let isTaken = count <= 1_000
                #expect(answer.status == (isTaken ? 204 : 413), "\(type) \(count): \(answer)")
                #expect(gate.upstream.seen.count == before + (isTaken ? 1 : 0))
                if isTaken { #expect(gate.upstream.seen.last?.body == body) }
            }
        }
    }

    /// What is sent for a size, and what is answered when it is one too many.
    struct Limit: Sendable, CustomTestStringConvertible {
        let name: String
        let max: Int
        let type: String
        let status: Int
        let make: @Sendable (Int) -> [UInt8]

        var testDescription: String { name }
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func x(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static let json = "application/json"

    static let limits = [
        Limit(name: "JSON depth", max: 3, type: json, status: 400) { count in
            text(String(repeating: "[", count: count) + String(repeating: "]", count: count))
        },
        Limit(name: "JSON members", max: 4, type: json, status: 400) { count in
            text("{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}")
        },
        Limit(name: "JSON elements", max: 5, type: json, status: 400) { count in
            text("[" + (0..<count).map(String.init).joined(separator: ",") + "]")
        },
        Limit(name: "JSON string", max: 16, type: json, status: 400) { text("\"\(x($0))\"") },
        Limit(name: "JSON name", max: 16, type: json, status: 400) { text("{\"\(x($0))\":0}") },
        Limit(name: "form fields", max: 3, type: ContractGate.form, status: 400) { count in
            text((0..<count).map { "f\($0)=\($0)" }.joined(separator: "&"))
        },
        Limit(name: "form name", max: 256, type: ContractGate.form, status: 400) {
            text(x($0) + "=1")
        },
        Limit(name: "form value", max: 65_536, type: ContractGate.form, status: 400) {
            text("a=" + x($0))
        },
        Limit(name: "file", max: 100, type: ContractGate.multipart, status: 413) {
            ContractGate.parts([("name=\"file\"; filename=\"f\"", x($0))])
        },
        Limit(name: "files", max: 2, type: ContractGate.multipart, status: 413) { count in
            ContractGate.parts(
                (0..<count).map { ("name=\"f\($0)\"; filename=\"f\"", "x") })
        },
        Limit(name: "parts", max: 64, type: ContractGate.multipart, status: 413) { count in
            ContractGate.parts((0..<count).map { ("name=\"f\($0)\"", "x") })
        },
        Limit(name: "field", max: 65_536, type: ContractGate.multipart, status: 413) {
            ContractGate.parts([("name=\"a\"", x($0))])
        },
        Limit(name: "field that is text", max: 65_536, type: ContractGate.multipart, status: 413) {
            ContractGate.parts([("name=\"text\"", String(repeating: "\"", count: $0))])
        },
        Limit(name: "part name", max: 255, type: ContractGate.multipart, status: 422) {
            ContractGate.parts([("name=\"\(x($0))\"", "1")])
        },
        // In the part; around it there is the object of the form.
        Limit(name: "JSON depth in a part", max: 3, type: ContractGate.multipart, status: 422) {
            count in
            ContractGate.parts([
                (
                    "name=\"meta\"",
                    String(repeating: "{\"a\":", count: count) + "0"
                        + String(repeating: "}", count: count)
                )
            ])
        },
    ]

    @Test(arguments: limits)
    func `one more than a limit is refused, exactly the limit passes as it is`(
        _ limit: Limit
    ) throws {
        let gate = try ContractGate(Self.document, sections: Self.sections)
        for count in [limit.max - 1, limit.max, limit.max + 1] {
            let body = limit.make(count)
            let before = gate.upstream.seen.count
            let answer = try send(gate, limit.type, body, .length)
            let isTaken = count <= limit.max
            #expect(answer.status == (isTaken ? 204 : limit.status), "\(count): \(answer)")
            #expect(gate.upstream.seen.count == before + (isTaken ? 1 : 0))
            if isTaken { #expect(gate.upstream.seen.last?.body == body) }
        }
    }
}
