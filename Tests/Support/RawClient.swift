import Foundation
import GatehouseCore
import Glibc

/// A blocking client that sends exactly the bytes it is told to.
public final class RawClient {
    private let descriptor: Int32
    /// What was received and not handed out.
    public private(set) var buffered: [UInt8] = []

    /// Connects to a port of the loopback address.
    ///
    /// - Parameter source: the last byte of the own address, 127.0.0.x: all of them are loopback.
    public init(port: UInt16, source: UInt8 = 1) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        own.sin_addr.s_addr = (UInt32(0x7F00_0000) | UInt32(source)).bigEndian
        let bound = unsafe withUnsafePointer(to: own) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe source == 1
                    ? 0 : bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw POSIXError(.ECONNREFUSED) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends text as UTF-8.
    public func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends bytes.
    public func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.send(
                    descriptor, raw.baseAddress! + sent, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Ends the sending side.
    public func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    /// One read; empty at the end of the stream or after the time-out.
    public func receive(upTo count: Int = 65_536) -> [UInt8] {
        var space = [UInt8](repeating: 0, count: count)
        let received = unsafe space.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, count, 0)
        }
        return Array(space.prefix(max(received, 0)))
    }

    /// Everything until the peer closes.
    public func receiveAll() -> String {
        while true {
            let piece = receive()
            if piece.isEmpty { break }
            buffered += piece
        }
        let all = String(decoding: buffered, as: UTF8.self)
        buffered = []
        return all
    }

    /// One message as head and body, chunked coding undone; nil when the peer closes first.
    /// - Parameter isHead: whether no body follows whatever the head says.
    public func message(isHead: Bool = false) -> (head: [UInt8], body: [UInt8])? {
        var end: Int?
        while end == nil {
            end = buffered.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
            if end == nil, !fill() { return nil }
        }
        let head = Array(buffered.prefix(end ?? 0))
        buffered.removeFirst(head.count)
        let text = String(decoding: head, as: UTF8.self).lowercased()
        if isHead || text.contains(" 204 ") || text.contains(" 304 ") { return (head, []) }
        if text.contains("\r\ntransfer-encoding: chunked") { return (head, chunkedBody()) }
        guard let field = text.firstRange(of: "\r\ncontent-length: ") else {
            while fill() {}
            defer { buffered = [] }
            return (head, buffered)
        }
        let length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
        while buffered.count < length, fill() {}
        let body = Array(buffered.prefix(length))
        buffered.removeFirst(body.count)
        return (head, body)
    }

    private func chunkedBody() -> [UInt8] {
        var body: [UInt8] = []
        while let line = line(), let size = Int(line, radix: 16) {
            while buffered.count < size + 2, fill() {}
            body += buffered.prefix(size)
            buffered.removeFirst(min(size + 2, buffered.count))
            if size == 0 { break }
        }
        return body
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

    private func fill() -> Bool {
        let piece = receive()
        buffered += piece
        return !piece.isEmpty
    }

    /// Whether the peer closes without another byte.
    public func isClosed() -> Bool { buffered.isEmpty && receive().isEmpty }

    /// One whole response with `Content-Length` or chunked framing.
    public func response() -> String {
        while true {
            if let end = completeLength() {
                let text = String(decoding: buffered.prefix(end), as: UTF8.self)
                buffered.removeFirst(end)
                return text
            }
            let piece = receive()
            if piece.isEmpty { return receiveAll() }
            buffered += piece
        }
    }

    private func completeLength() -> Int? {
        guard let head = buffered.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let text = String(decoding: buffered[..<head.upperBound], as: UTF8.self).lowercased()
        if text.contains("transfer-encoding: chunked") {
            return buffered.firstRange(of: Array("\r\n0\r\n\r\n".utf8))?.upperBound
        }
        var length = 0
        if let field = text.range(of: "content-length: ") {
            length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
        }
        let total = head.upperBound + length
        return buffered.count >= total ? total : nil
    }
}

/// Whether `condition` becomes true before the test must be called stuck.
public func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = MonotonicTime.now + .seconds(20)
    while MonotonicTime.now < end {
        if try condition() { return true }
        // A millisecond for others: what is waited for may need this very processor.
        _ = poll(nil, 0, 1)
    }
    return try condition()
}
