import GatehouseCore
import GatehouseHTTP
import Glibc

/// Asks a running gate on its admin listener: what commands do that no file can answer.
package struct AdminClient: Sendable {
    /// Why there was no answer.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        /// The configuration or the token forbid it.
        case refused(String)
        /// Nobody answers there.
        case unreachable(String)

        package var description: String {
            switch self {
            case .refused(let why): why
            case .unreachable(let why): why
            }
        }
    }

    /// An answer.
    package struct Answer: Sendable {
        package var status: Int
        package var body: [UInt8]
    }

    /// Seconds that a gate on this machine may take.
    private static let timeout = 10
    private static let answerMax = 1 << 20

    private let address: Configuration.Address
    private let token: AdminToken

    /// - Throws: when the configuration has no admin listener, or its token can't be read.
    package init(_ configuration: Configuration) throws(Failure) {
        guard configuration.admin.enabled else {
            throw .refused("the configuration has no admin listener: `admin: { enabled: true }`")
        }
        address = configuration.admin.address
        do throws(ConfigurationError) { token = try AdminToken(in: configuration.data) } catch {
            throw .refused("\(error): run this as the gate's user, beside a gate that runs")
        }
    }

    /// Sends a request and reads its answer.
    package func ask(
        _ method: String, _ path: String, _ query: [(name: String, value: String)]
    ) throws(Failure) -> Answer {
        var target = path
        for (index, item) in query.enumerated() {
            target += (index == 0 ? "?" : "&") + item.name + "=" + Self.encoded(item.value)
        }
        var request = Array("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n".utf8)
        request += Array("Connection: close\r\nContent-Length: 0\r\nAuthorization: ".utf8)
        request += token.authorization + Array("\r\n\r\n".utf8)
        let descriptor = try connect()
        defer { close(descriptor) }
        try send(request, on: descriptor)
        return try read(descriptor)
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

    // MARK: The socket

    private func connect() throws(Failure) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let isAny = address.host == "0.0.0.0" || address.host == "::"
        let host = isAny ? "localhost" : address.host
        guard unsafe getaddrinfo(host, String(address.port), &hints, &list) == 0 else {
            throw .unreachable("there is no host `\(host.printable(max: 100))`")
        }
        defer { unsafe freeaddrinfo(list) }
        var next = unsafe list
        while let entry = unsafe next {
            let descriptor = unsafe socket(
                entry.pointee.ai_family, entry.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0
            )
            if descriptor >= 0 {
                var time = timeval(tv_sec: Self.timeout, tv_usec: 0)
                let size = socklen_t(MemoryLayout<timeval>.size)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
                let code = unsafe Glibc.connect(
                    descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen)
                if code == 0 { return descriptor }
                close(descriptor)
            }
            unsafe next = entry.pointee.ai_next
        }
        throw .unreachable("no gate answers on \(address)")
    }

    private func send(_ bytes: [UInt8], on descriptor: Int32) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unreachable("the gate on \(address) went away") }
            rest = rest.dropFirst(count)
        }
    }

    private func read(_ descriptor: Int32) throws(Failure) -> Answer {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= Self.answerMax {
            let count = unsafe piece.withUnsafeMutableBytes { buffer in
                unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreachable("the gate on \(address) does not answer") }
            if count == 0 { return try Self.answer(bytes, address) }
            bytes += piece[..<count]
        }
        throw .unreachable("the gate on \(address) says too much")
    }

    /// The answer's status and what stands behind its head; the gate states its length and closes.
    private static func answer(
        _ bytes: [UInt8], _ address: Configuration.Address
    ) throws(Failure) -> Answer {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        var place = 0
        while place + 4 <= bytes.count, Array(bytes[place..<place + 4]) != end { place += 1 }
        let first = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self)
        let words = first.split(separator: " ")
        guard place + 4 <= bytes.count, first.hasPrefix("HTTP/1.1 "), words.count > 1,
            let status = Int(words[1])
        else { throw .unreachable("what answers on \(address) is no gate") }
        return Answer(status: status, body: Array(bytes[(place + 4)...]))
    }
}
