import Foundation
import GatehouseCore
import Glibc
import Synchronization

/// An upstream whose every connection plays a script: for faults that no honest server has.
final class ScriptedUpstream: Sendable {
    /// Plays one connection; the number counts them from 0. The connection is closed afterwards.
    typealias Script = @Sendable (UpstreamPeer, Int) -> Void

    private let descriptor: Int32
    private let accepted = Tally()
    /// Port of the loopback address.
    let port: UInt16

    /// Listens on `port`, or on a free one, until `stop` or the end of the process.
    init(port wanted: UInt16 = 0, _ script: @escaping Script) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = listening
        var reuse: Int32 = 1
        unsafe setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
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
        let accepted = accepted
        Thread.detachNewThread {
            while true {
                let client = accept(listening, nil, nil)
                if client < 0 { return }
                let index = accepted.add(1) - 1
                Thread.detachNewThread { script(UpstreamPeer(client), index) }
            }
        }
    }

    /// Connections taken so far.
    var connections: Int { accepted.value }

    /// Stops listening; connections that are open stay.
    func stop() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}

/// A number that threads count up.
final class Tally: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    /// The new value.
    @discardableResult
    func add(_ more: Int) -> Int {
        count.add(more, ordering: .sequentiallyConsistent).newValue
    }
}

/// The upstream's end of one connection.
final class UpstreamPeer {
    private let descriptor: Int32
    private var buffered: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The next request's head; nil when the gate closed first.
    func head() -> String? {
        while true {
            if let end = buffered.firstRange(of: Array("\r\n\r\n".utf8)) {
                let text = String(decoding: buffered[..<end.upperBound], as: UTF8.self)
                buffered.removeFirst(end.upperBound)
                return text
            }
            let piece = receive()
            if piece.isEmpty { return nil }
            buffered += piece
        }
    }

    /// Some bytes of a body; empty at the end.
    func body() -> [UInt8] {
        if buffered.isEmpty { return receive() }
        defer { buffered = [] }
        return buffered
    }

    private func receive() -> [UInt8] {
        var space = [UInt8](repeating: 0, count: 262_144)
        let count = unsafe space.withUnsafeMutableBytes { raw in
            unsafe recv(descriptor, raw.baseAddress, raw.count, 0)
        }
        return Array(space.prefix(max(count, 0)))
    }

    /// Sends text.
    @discardableResult
    func send(_ text: String) -> Int { send(Array(text.utf8)) }

    /// Sends bytes; how many went before the gate closed, or took nothing for `stall` milliseconds.
    @discardableResult
    func send(_ bytes: [UInt8], stall: Int? = nil) -> Int {
        var sent = 0
        while sent < bytes.count {
            if let stall {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if unsafe poll(&request, 1, Int32(stall)) == 0 { return sent }
            }
            let flags = Int32(MSG_NOSIGNAL) | (stall == nil ? 0 : Int32(MSG_DONTWAIT))
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.send(
                    descriptor, raw.baseAddress! + sent, bytes.count - sent, flags)
            }
            if count <= 0 { return sent }
            sent += count
        }
        return sent
    }

    /// Answers with a small body of text.
    func answer(_ body: String) {
        send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Answers every request alike until the gate closes.
    func answerAll(_ body: String) {
        while head() != nil { answer(body) }
    }
}
