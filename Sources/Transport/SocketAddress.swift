import CUV
import GatehouseCore
import Glibc

/// An IPv4 or IPv6 socket address in the kernel's form.
@safe struct SocketAddress {
    private var storage = sockaddr_storage()
    let length: socklen_t

    /// An address from a numeric host and a port; nil if the host is no address.
    init?(host: String, port: UInt16) {
        var v4 = sockaddr_in()
        if unsafe uv_ip4_addr(host, Int32(port), &v4) == 0 {
            unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe withUnsafeBytes(of: v4) { unsafe target.copyMemory(from: $0) }
            }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            return
        }
        var v6 = sockaddr_in6()
        guard unsafe uv_ip6_addr(host, Int32(port), &v6) == 0 else { return nil }
        unsafe withUnsafeMutableBytes(of: &storage) { target in
            unsafe withUnsafeBytes(of: v6) { unsafe target.copyMemory(from: $0) }
        }
        length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    }

    init(_ address: IPAddress, port: UInt16) {
        if address.isIPv4 {
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
            unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe withUnsafeBytes(of: v4) { unsafe target.copyMemory(from: $0) }
            }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
        } else {
            var v6 = sockaddr_in6()
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &v6.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe withUnsafeBytes(of: v6) { unsafe target.copyMemory(from: $0) }
            }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
    }

    /// A copy of an address that C holds.
    init?(_ address: UnsafePointer<sockaddr>?, _ length: socklen_t) {
        guard let address = unsafe address,
            length <= socklen_t(MemoryLayout<sockaddr_storage>.size)
        else { return nil }
        unsafe withUnsafeMutableBytes(of: &storage) { target in
            unsafe target.copyMemory(
                from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
        self.length = length
        guard family == AF_INET || family == AF_INET6 else { return nil }
    }

    /// Reads the address and port of a socket's other (or own) end.
    init?(descriptor: Int32, ownEnd: Bool) {
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe ownEnd
                    ? getsockname(descriptor, $0, &size) : getpeername(descriptor, $0, &size)
            }
        }
        guard code == 0 else { return nil }
        length = size
    }

    var family: Int32 { Int32(storage.ss_family) }

    var address: IPAddress {
        unsafe withUnsafeBytes(of: storage) { bytes in
            if family == AF_INET {
                let v4 = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
                return IPAddress(v4: UInt32(bigEndian: v4.sin_addr.s_addr))
            }
            let high = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let low = unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            return IPAddress(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
        }
    }

    var port: UInt16 {
        unsafe withUnsafeBytes(of: storage) { bytes in
            unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }
    }

    func with<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }

    /// Makes a bound, not yet listening, non-blocking descriptor for one loop.
    func bound(sharing: Bool) throws(ListenError) -> Int32 {
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw ListenError("socket", Self.reason()) }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        if sharing { unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, size) }
        if family == AF_INET6 {
            var dual: Int32 = 0
            unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &dual, size)
        }
        let code = unsafe with { unsafe bind(descriptor, $0, length) }
        guard code == 0 else {
            let reason = Self.reason()
            Glibc.close(descriptor)
            throw ListenError("bind", reason)
        }
        return descriptor
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
