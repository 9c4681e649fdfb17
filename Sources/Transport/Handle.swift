import CUV

/// A TCP handle of libuv: owns its memory, keeps itself alive until libuv is done with it.
@safe package class Handle {
    let tcp: UnsafeMutablePointer<uv_tcp_t>
    package let loop: EventLoop
    private(set) var isClosing = false

    init(on loop: EventLoop) {
        self.loop = loop
        unsafe tcp = .allocate(capacity: 1)
        unsafe uv_tcp_init(loop.uv, tcp)
        unsafe tcp.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    deinit { unsafe tcp.deallocate() }

    var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
    }

    var handle: UnsafeMutablePointer<uv_handle_t> {
        unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_handle_t.self)
    }

    /// Closes the descriptor now; libuv lets go of the object at the end of the turn.
    func close() {
        guard !isClosing else { return }
        isClosing = true
        unsafe uv_close(handle, Self.letGo)
    }

    /// Closes with a reset instead of an orderly end.
    func closeResetting() {
        guard !isClosing else { return }
        isClosing = true
        if unsafe uv_tcp_close_reset(tcp, Self.letGo) != 0 { unsafe uv_close(handle, Self.letGo) }
    }

    private static let letGo: uv_close_cb = { handle in
        let data = unsafe handle.unsafelyUnwrapped.pointee.data.unsafelyUnwrapped
        let object = unsafe Unmanaged<Handle>.fromOpaque(data).takeRetainedValue()
        object.closed()
        object.loop.drain()
    }

    /// Called once, after libuv let go.
    func closed() {}
}

/// Why a socket can't go on.
package enum SocketError: Error, Equatable, Sendable {
    /// The peer closed or reset the connection, or we closed it.
    case disconnected
    /// A clock ran out.
    case timedOut
    /// The connection could not be made; libuv's name for the reason, such as `ECONNREFUSED`.
    case unreachable(String)
    /// TLS failed; the reason for the log.
    case tls(String)
}

func errorName(_ code: Int32) -> String {
    unsafe String(cString: uv_err_name(code))
}
