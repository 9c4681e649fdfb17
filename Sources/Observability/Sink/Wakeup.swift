import GatehouseCore
import Glibc

/// Wakes one waiting thread from any other: a pipe that holds at most a hint.
final class Wakeup: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(unsafe pipe(&ends) == 0, "no descriptor left for the log's wake-up")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes the waiter, or the next one who waits. A full pipe already says so.
    func raise() {
        var byte: UInt8 = 1
        _ = unsafe write(writeEnd, &byte, 1)
    }

    /// Waits until raised, until `descriptor` is writable, or until `timeout` is over.
    func wait(orWritable descriptor: Int32? = nil, timeout: Duration?) {
        var requests = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)]
        if let descriptor {
            requests.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
        }
        let milliseconds = timeout.map { Int32(clamping: max(1, $0.nanoseconds / 1_000_000)) }
        _ = unsafe poll(&requests, nfds_t(requests.count), milliseconds ?? -1)
        clear()
    }

    private func clear() {
        var bytes: (UInt64, UInt64) = (0, 0)
        while unsafe read(readEnd, &bytes, 16) > 0 {}
    }
}
