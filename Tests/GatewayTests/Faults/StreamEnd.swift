import Foundation
import Glibc

/// A connection that tells how it ended: with the peer's goodbye, or broken off.
final class StreamEnd {
    enum Kind: Equatable { case closed, reset, silent }

    private let descriptor: Int32
    private(set) var received: [UInt8] = []

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

    /// Sends `text` and reads to the end.
    func end(after text: String) -> Kind {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { raw in
            unsafe send(descriptor, raw.baseAddress, raw.count, Int32(MSG_NOSIGNAL))
        }
        var space = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe space.withUnsafeMutableBytes { raw in
                unsafe recv(descriptor, raw.baseAddress, raw.count, 0)
            }
            if count == 0 { return .closed }
            if count < 0 { return errno == ECONNRESET ? .reset : .silent }
            received += space.prefix(count)
        }
    }
}
