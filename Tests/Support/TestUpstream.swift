import Foundation
import Glibc
import Synchronization

/// A blocking HTTP server for tests: remembers what it saw, answers what it is told, misbehaves on
/// demand. One thread a connection.
public final class TestUpstream: Sendable {
    /// How a request is answered.
    public enum Answer: Sendable {
        /// Exactly these bytes.
        case bytes([UInt8])
        /// Exactly these bytes, as soon as the head is read and before the body is.
        case bytesBeforeBody([UInt8])
        /// Nothing: closes after the request.
        case closes
        /// Nothing, and the connection stays open.
        case silence
        /// These bytes, then closes.
        case bytesThenClose([UInt8])
        /// As many bytes of body as said, chunk by chunk, as fast as the gate takes them.
        case flood(bytes: Int)
    }

    /// A request as it came.
    public struct Seen: Sendable {
        /// Start line and fields.
        public let head: [UInt8]
        /// The body, chunked coding undone; only its beginning when it is large.
        public let body: [UInt8]
        /// Bytes of the body.
        public let bodyBytes: Int
    }

    private struct State {
        var seen: [Seen] = []
        var answer = Answer.bytes([])
        var connections = 0
    }

    private let descriptor: Int32
    /// Port of the loopback address.
    public let port: UInt16
    private let state = Mutex(State())

    /// The usual answer.
    public static let usual: Answer = {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
        return .bytes(Array((head + "{\"from\":\"upstream\"}").utf8))
    }()

    /// Listens on a free port.
    public init(_ answer: Answer = usual) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = listening
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                let bound = unsafe bind(listening, raw, length)
                unsafe _ = getsockname(listening, raw, &length)
                return bound
            }
        }
        guard code == 0, listen(listening, 1_024) == 0 else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        state.withLock { $0.answer = answer }
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(listening, nil, nil)
                if client < 0 { return }
                guard let self else {
                    close(client)
                    return
                }
                self.state.withLock { $0.connections += 1 }
                Thread.detachNewThread { Self.serve(client, self) }
            }
        }
    }

    deinit { stop() }

    /// Stops listening; connections that are open stay.
    public func stop() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Sets how requests are answered from now on.
    public func answer(_ answer: Answer) { state.withLock { $0.answer = answer } }
    /// Requests seen so far, in order.
    public var seen: [Seen] { state.withLock { $0.seen } }
    /// Connections taken so far.
    public var connections: Int { state.withLock { $0.connections } }
    /// Forgets what was seen.
    public func forget() { state.withLock { $0.seen = [] } }

    private static func serve(_ client: Int32, _ upstream: TestUpstream) {
        defer { close(client) }
        let reader = MessageReader(client)
        func answerEarly() {
            if case .bytesBeforeBody(let bytes) = upstream.state.withLock({ $0.answer }) {
                write(bytes, to: client)
            }
        }
        while let message = reader.next(onHead: answerEarly) {
            let answer = upstream.state.withLock { state in
                state.seen.append(message)
                return state.answer
            }
            switch answer {
            case .bytes(let bytes): write(bytes, to: client)
            case .bytesBeforeBody: break
            case .closes: return
            case .silence: while !reader.waitForEnd() {}
            case .bytesThenClose(let bytes):
                write(bytes, to: client)
                return
            case .flood(let bytes): flood(bytes, to: client)
            }
        }
    }

    private static func write(_ bytes: [UInt8], to client: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.send(
                    client, raw.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    private static func flood(_ bytes: Int, to client: Int32) {
        write(Array("HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\n\r\n".utf8), to: client)
        let piece = [UInt8](repeating: 0x78, count: 1 << 20)
        var left = bytes
        while left > 0 {
            let count = min(left, piece.count)
            write(count == piece.count ? piece : Array(piece.prefix(count)), to: client)
            left -= count
        }
    }
}

/// Reads requests from a blocking socket, large bodies without keeping them.
private final class MessageReader {
    private let descriptor: Int32
    private var buffered: [UInt8] = []
    private static let keptMax = 1 << 20

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    private func fill() -> Bool {
        var space = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe space.withUnsafeMutableBytes { raw in
            unsafe recv(descriptor, raw.baseAddress, raw.count, 0)
        }
        guard count > 0 else { return false }
        buffered.append(contentsOf: space.prefix(count))
        return true
    }

    /// Waits for bytes or the end; true at the end.
    func waitForEnd() -> Bool { !fill() }

    func next(onHead: () -> Void) -> TestUpstream.Seen? {
        var end: Int?
        while end == nil {
            end = buffered.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
            if end == nil, !fill() { return nil }
        }
        let head = Array(buffered.prefix(end ?? 0))
        buffered.removeFirst(head.count)
        onHead()
        let text = String(decoding: head, as: UTF8.self).lowercased()
        if text.contains("\r\ntransfer-encoding: chunked") { return chunked(head) }
        guard let field = text.firstRange(of: "\r\ncontent-length: ") else {
            return TestUpstream.Seen(head: head, body: [], bodyBytes: 0)
        }
        let length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
        var kept: [UInt8] = []
        guard take(length, into: &kept) else { return nil }
        return TestUpstream.Seen(head: head, body: kept, bodyBytes: length)
    }

    private func take(_ length: Int, into kept: inout [UInt8]) -> Bool {
        var left = length
        while left > 0 {
            if buffered.isEmpty, !fill() { return false }
            let count = min(left, buffered.count)
            kept.append(contentsOf: buffered.prefix(min(count, max(0, Self.keptMax - kept.count))))
            buffered.removeFirst(count)
            left -= count
        }
        return true
    }

    private func chunked(_ head: [UInt8]) -> TestUpstream.Seen? {
        var (kept, total): ([UInt8], Int) = ([], 0)
        while let line = line() {
            guard let size = Int(line, radix: 16) else { return nil }
            guard take(size, into: &kept) else { return nil }
            total += size
            _ = self.line()
            if size == 0 { return TestUpstream.Seen(head: head, body: kept, bodyBytes: total) }
        }
        return nil
    }

    private func line() -> String? {
        while true {
            if let end = buffered.firstRange(of: [13, 10]) {
                let text = String(decoding: buffered[..<end.lowerBound], as: UTF8.self)
                buffered.removeFirst(end.upperBound)
                return text
            }
            if !fill() { return nil }
        }
    }
}
