import GatehouseCore
import GatehouseTransport

/// Speaks to the running gate of a data folder. Blocks: for commands.
package struct AdminClient: Sendable {
    /// What the gate said.
    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// Why there is no answer.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        /// No gate runs on this folder, or it has no admin listener.
        case notRunning(String)
        case unreachable(String)

        package var description: String {
            switch self {
            case .notRunning(let path):
                "no gate with an admin listener runs here: `\(path)` can't be read"
            case .unreachable(let why): why
            }
        }
    }

    private let address: String
    private let secret: Redacted<String>
    private static let fileBytesMax = 4_096

    /// Reads where the gate of a data folder listens, and what opens it.
    package init(data: String) throws(Failure) {
        let path = FilePath.resolve(AdminAccess.fileName, in: data)
        guard case .content(let content, _) = FileLook(path: path, bytesMax: Self.fileBytesMax),
            let text = String(
                validating: content.dangerouslyRevealed.withoutFinalNewline, as: UTF8.self)
        else { throw .notRunning(path) }
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[0].hasPrefix("http://") else { throw .notRunning(path) }
        address = String(parts[0])
        secret = Redacted(String(parts[1]))
    }

    /// Sends one operation.
    /// - Parameter body: JSON, or nothing.
    package func send(
        _ method: StaticString, _ path: String, query: [(name: String, value: String)] = [],
        _ body: [UInt8] = []
    ) throws(Failure) -> Answer {
        var path = path
        for (index, item) in query.enumerated() {
            path += (index == 0 ? "?" : "&") + item.name + "=" + Self.encoded(item.value)
        }
        var fields = ["Authorization: Bearer \(secret.dangerouslyRevealed)"]
        if !body.isEmpty { fields.append("Content-Type: application/json") }
        do throws(HTTPCall.Failure) {
            let answer = try HTTPCall().send(
                "\(method)", address + path, fields: fields, body: body)
            return Answer(status: answer.status, body: answer.body)
        } catch { throw .unreachable("\(address): \(error.description)") }
    }

    private static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            let isPlain =
                byte.isDigit || byte.asciiLowercased &- 0x61 < 26 || "-._~".utf8.contains(byte)
            if isPlain {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                output += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return output
    }
}
