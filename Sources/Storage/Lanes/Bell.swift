import GatehouseCore
import Glibc

/// Wakes one thread that waits for it, or for a socket, from any other thread.
final class Bell: Sendable {
    /// A pair of sockets: the thread waits on one, others write into the other.
    private let waiting: Int32
    private let ringing: Int32

    convenience init() {
        // Without descriptors nothing can be woken: the process is out of them.
        guard let pair = Self.pair() else { preconditionFailure("no descriptors for a bell") }
        self.init(pair)
    }

    /// Nil when the process has no descriptors left.
    static func ifAvailable() -> Bell? { pair().map { Bell($0) } }

    private init(_ pair: (Int32, Int32)) { (waiting, ringing) = pair }

    private static func pair() -> (Int32, Int32)? {
        var pair: (Int32, Int32) = (-1, -1)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let code = unsafe withUnsafeMutableBytes(of: &pair) { bytes in
            unsafe socketpair(
                AF_UNIX, kind, 0, bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        return code == 0 ? pair : nil
    }

    deinit {
        Glibc.close(waiting)
        Glibc.close(ringing)
    }

    /// Wakes the thread, now or when it waits next.
    func ring() {
        var one: UInt8 = 1
        // Full means that it rings already.
        _ = unsafe send(ringing, &one, 1, Int32(MSG_NOSIGNAL))
    }

    /// Why a wait ended.
    enum Wake {
        case rung
        case socket
        case late
    }

    /// Waits for the bell until a moment.
    @discardableResult
    func wait(until end: MonotonicTime) -> Wake { wait(socket: -1, events: 0, until: end) }

    /// Waits for the bell or for one socket. The caller asks its own state why the bell rang.
    func wait(socket: Int32, events: Int16, until end: MonotonicTime) -> Wake {
        var polled = [
            pollfd(fd: waiting, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: events, revents: 0),
        ]
        while true {
            let left = (end - MonotonicTime.now).nanoseconds
            // Rounded up: a wait must not end before its time and spin.
            let milliseconds = left <= 0 ? 0 : min((left - 1) / 1_000_000 + 1, 3_600_000)
            let count = unsafe poll(&polled, 2, Int32(milliseconds))
            if count < 0, errno == EINTR { continue }
            if polled[0].revents != 0 {
                silence()
                return .rung
            }
            if polled[1].revents != 0 { return .socket }
            if MonotonicTime.now < end, count == 0 { continue }
            return .late
        }
    }

    private func silence() {
        var rings = [UInt8](repeating: 0, count: 64)
        while unsafe recv(waiting, &rings, rings.count, 0) == rings.count {}
    }
}
