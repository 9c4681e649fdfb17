import CUV
package import GatehouseCore
import Glibc

extension Socket {
    /// Connects to an address; the caller's deadline starts with the call.
    package static func connect(
        to address: IPAddress, port: UInt16, on loop: EventLoop, timeout: Duration
    ) async throws(SocketError) -> Socket {
        let socket = Socket(on: loop)
        unsafe uv_tcp_nodelay(socket.tcp, 1)
        let attempt = ConnectAttempt(socket)
        let code = attempt.start(SocketAddress(address, port: port))
        guard code == 0 else {
            socket.close()
            throw .unreachable(errorName(code))
        }
        let status = await attempt.finish(within: timeout)
        guard status == 0 else {
            socket.close()
            throw attempt.timedOut ? .timedOut : .unreachable(errorName(status))
        }
        return socket
    }
}

extension Socket {
    /// Connects to a socket in the file system: at once, or not at all.
    package static func connect(toPath path: String, on loop: EventLoop) throws(SocketError)
        -> Socket
    {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw .unreachable("ENAMETOOLONG")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw .unreachable(errorName(-errno)) }
        let code = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(
                    descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let reason = errorName(-errno)
            Glibc.close(descriptor)
            throw .unreachable(reason)
        }
        let socket = Socket(on: loop)
        let opened = unsafe uv_tcp_open(socket.tcp, descriptor)
        guard opened == 0 else {
            Glibc.close(descriptor)
            socket.close()
            throw .unreachable(errorName(opened))
        }
        return socket
    }
}

/// One try to connect.
@safe private final class ConnectAttempt: SocketOwner {
    private let request: UnsafeMutablePointer<uv_connect_t>
    private let socket: Socket
    private var status: Int32?
    private var waiter: Waiter?
    private(set) var timedOut = false

    init(_ socket: Socket) {
        unsafe request = .allocate(capacity: 1)
        self.socket = socket
    }

    deinit { unsafe request.deallocate() }

    func start(_ address: SocketAddress) -> Int32 {
        let retained = unsafe Unmanaged.passRetained(self)
        unsafe request.pointee.data = retained.toOpaque()
        let code = unsafe address.with { address in
            unsafe uv_tcp_connect(request, socket.tcp, address) { request, status in
                let data = unsafe request.unsafelyUnwrapped.pointee.data.unsafelyUnwrapped
                let attempt = unsafe Unmanaged<ConnectAttempt>.fromOpaque(data).takeRetainedValue()
                attempt.finished(status)
            }
        }
        if code != 0 { unsafe retained.release() }
        return code
    }

    func finish(within timeout: Duration) async -> Int32 {
        socket.owner = self
        socket.deadline.set(after: timeout)
        if status == nil { await Waiter.suspend { waiter = $0 } }
        socket.owner = nil
        socket.deadline.clear()
        return status ?? UV_ECANCELED.rawValue
    }

    private func finished(_ status: Int32) {
        self.status = status
        waiter.resume()
        socket.loop.drain()
    }

    func socketDeadlinePassed() {
        timedOut = true
        socket.close()
    }

    func socketEnded() {}
}

/// Addresses of a host name, looked up away from the loop by libuv's own threads.
@safe package final class Resolver {
    private let loop: EventLoop
    private var cache: [String: (addresses: [IPAddress], until: MonotonicTime)] = [:]
    /// The system's resolver tells no time to live; a change is noticed within this time.
    private static let cacheTime = Duration.seconds(10)
    private static let cacheMax = 256

    package init(on loop: EventLoop) { self.loop = loop }

    /// The host's addresses: itself when it is one.
    package func addresses(of host: String) async throws(SocketError) -> [IPAddress] {
        if let literal = SocketAddress(host: host, port: 0) { return [literal.address] }
        let now = MonotonicTime.now
        if let found = cache[host], found.until > now { return found.addresses }
        let lookup = Lookup()
        let code = lookup.start(host, on: loop)
        guard code == 0 else { throw .unreachable(errorName(code)) }
        await lookup.finish()
        guard !lookup.addresses.isEmpty else { throw .unreachable(errorName(lookup.status)) }
        if cache.count >= Self.cacheMax { cache.removeAll() }
        cache[host] = (lookup.addresses, now + Self.cacheTime)
        return lookup.addresses
    }
}

/// One look-up.
@safe private final class Lookup {
    private let request: UnsafeMutablePointer<uv_getaddrinfo_t>
    private var waiter: Waiter?
    private var isDone = false
    private(set) var addresses: [IPAddress] = []
    private(set) var status: Int32 = 0

    init() { unsafe request = .allocate(capacity: 1) }
    deinit { unsafe request.deallocate() }

    func start(_ host: String, on loop: EventLoop) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        let retained = unsafe Unmanaged.passRetained(self)
        unsafe request.pointee.data = retained.toOpaque()
        let code = unsafe uv_getaddrinfo(
            loop.uv, request,
            { request, status, result in
                let data = unsafe request.unsafelyUnwrapped.pointee.data.unsafelyUnwrapped
                let lookup = unsafe Unmanaged<Lookup>.fromOpaque(data).takeRetainedValue()
                unsafe lookup.finished(status, result)
                unsafe uv_freeaddrinfo(result)
                unsafe EventLoop.of(request.unsafelyUnwrapped.pointee.loop).drain()
            }, host, nil, &hints)
        if code != 0 { unsafe retained.release() }
        return code
    }

    func finish() async {
        if !isDone { await Waiter.suspend { waiter = $0 } }
    }

    private func finished(_ status: Int32, _ result: UnsafeMutablePointer<addrinfo>?) {
        self.status = status
        var next = unsafe result
        while let entry = unsafe next, addresses.count < 16 {
            if let address = unsafe SocketAddress(entry.pointee.ai_addr, entry.pointee.ai_addrlen) {
                addresses.append(address.address)
            }
            unsafe next = entry.pointee.ai_next
        }
        isDone = true
        waiter.resume()
    }
}
