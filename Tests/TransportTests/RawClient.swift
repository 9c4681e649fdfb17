import Foundation
import Glibc

/// A blocking client that sends exactly the bytes it is told to.
final class RawClient {
    private let descriptor: Int32
    private(set) var buffered: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
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

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
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
    func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    /// One read; empty at the end of the stream or after the time-out.
    func receive(upTo count: Int = 65_536) -> [UInt8] {
        var space = [UInt8](repeating: 0, count: count)
        let received = unsafe space.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, count, 0) }
        return Array(space.prefix(max(received, 0)))
    }

    /// Everything until the peer closes.
    func receiveAll() -> String {
        while true {
            let piece = receive()
            if piece.isEmpty { break }
            buffered += piece
        }
        let all = String(decoding: buffered, as: UTF8.self)
        buffered = []
        return all
    }

    /// One whole response with `Content-Length` or chunked framing.
    func response() -> String {
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
