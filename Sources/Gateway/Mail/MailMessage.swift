import GatehouseCore
import GatehouseCrypto

/// A message (RFC 5322) with one text part (RFC 2045), whose fields cannot be broken out of.
struct MailMessage: Sendable {
    let from: String
    let recipient: String
    let subject: String
    let body: String
    let date: WallTime

    /// The bytes, lines ending in CR LF. Base64 passes every server unchanged; a file for people is
    /// written as it is.
    func bytes(readable: Bool = false) -> [UInt8] {
        let host = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let id = Base64URL.encode(SecureRandom.bytes(16).raw)
        var text = ""
        text += "Date: \(Self.date(date))\r\n"
        text += "From: <\(Self.plain(from))>\r\n"
        text += "To: <\(Self.plain(recipient))>\r\n"
        text += "Subject: \(Self.encodedWord(Self.oneLine(subject)))\r\n"
        text += "Message-ID: <\(id)@\(Self.plain(host))>\r\n"
        text += "Auto-Submitted: auto-generated\r\n"
        text += "MIME-Version: 1.0\r\n"
        text += "Content-Type: text/plain; charset=utf-8\r\n"
        text += "Content-Transfer-Encoding: \(readable ? "8bit" : "base64")\r\n\r\n"
        if readable {
            text +=
                body.split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "\r\n") + "\r\n"
            return Array(text.utf8)
        }
        let content = Base64.encode(Array((body + "\n").utf8))
        var start = content.startIndex
        while start < content.endIndex {
            let end =
                content.index(start, offsetBy: 76, limitedBy: content.endIndex) ?? content.endIndex
            text += content[start..<end] + "\r\n"
            start = end
        }
        return Array(text.utf8)
    }

    /// Without controls, spaces and angle brackets, which could end the field or the address.
    private static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.filter {
                $0.value > 0x20 && $0.value != 0x7F && !"<>".contains(Character($0))
            }
            .map(Character.init))
    }

    private static func oneLine(_ text: String) -> String {
        String(
            text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
    }

    /// A subject as it is, or as an encoded word (RFC 2047) where it is not plain ASCII.
    static func encodedWord(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        return "=?utf-8?B?\(Base64.encode(Array(text.utf8)))?="
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func date(_ time: WallTime) -> String {
        let civil = CivilTime(time)
        let day = days[civil.weekday]
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(day), \(two(civil.day)) \(months[civil.month - 1]) \(civil.year) "
            + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) +0000"
    }
}

/// Base64 with padding (RFC 4648 section 4).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text = Base64URL.encode(bytes.raw)
        text = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while text.utf8.count % 4 != 0 { text += "=" }
        return text
    }
}
