import Foundation
import Gatehouse
import GatehouseCore
import TestSupport

/// A whole gate on free ports, with a certificate of its own local authority.
final class TestGate {
    let folder: ScratchFolder
    private let gateway: Gateway

    /// - Parameter text: the configuration; `folder` holds the files that it names.
    init(_ text: String, folder: ScratchFolder? = nil) throws {
        let folder = try folder ?? ScratchFolder()
        var quiet = "\nlog: { level: error, access: ./access.log }\nserver: { loops: 1 }\n"
        // A machine that tests keep busy makes loops late.
        if !text.contains("floods:") { quiet += "floods: { lag-target: 60s }\n" }
        let file = try Configuration.parse(
            Array((text + quiet).utf8), name: "test", folder: folder.path,
            surroundings: Surroundings(
                environment: { _ in nil }, file: { FileLook(path: $0, bytesMax: $1) }))
        self.folder = folder
        gateway = try Application(file.configuration).start()
    }

    deinit { gateway.stop() }

    /// The port of a listener, by its place in the configuration.
    func port(_ index: Int = 0) -> UInt16 { gateway.addresses[index].port }
    /// The admin listener's port.
    var adminPort: UInt16 { gateway.adminAddress?.port ?? 0 }
    /// Where the first listener serves.
    var origin: String { "https://localhost:\(port())" }
    /// The local authority's certificate.
    var authority: String { folder.path + "/data/tls/authority.pem" }
    /// Where to find a key's set for verifying identities.
    var keySet: String { "http://127.0.0.1:\(adminPort)/identity/jwks.json" }

    /// One request by curl over TLS, as `curl -si` prints it.
    func curl(_ path: String, _ arguments: String...) throws -> CurlAnswer {
        try curl(path, arguments)
    }

    func curl(_ path: String, _ arguments: [String]) throws -> CurlAnswer {
        let tool = try Tool(
            "curl",
            ["-q", "-si", "--max-time", "60", "--cacert", authority]
                + arguments + [path.hasPrefix("http") ? path : origin + path])
        return CurlAnswer(tool.output)
    }
}

/// What `curl -i` printed: the last response.
struct CurlAnswer: CustomStringConvertible {
    let description: String
    let status: Int
    let body: String
    private let lines: [Substring]

    init(_ text: String) {
        let text = text.replacingOccurrences(of: "\r\n", with: "\n")
        description = text
        var rest = Substring(text)
        var head: [Substring] = []
        // An interim or a proxy's response comes first.
        while rest.hasPrefix("HTTP/"), let end = rest.firstRange(of: "\n\n") {
            head = rest[..<end.lowerBound].split(separator: "\n")
            rest = rest[end.upperBound...]
        }
        lines = head
        status = head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        body = String(rest)
    }

    /// A field's value.
    subscript(_ name: String) -> String? {
        lines.lazy.dropFirst().compactMap { line -> String? in
            guard let colon = line.firstIndex(of: ":"),
                line[..<colon].lowercased() == name.lowercased()
            else { return nil }
            return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }.first
    }
}
