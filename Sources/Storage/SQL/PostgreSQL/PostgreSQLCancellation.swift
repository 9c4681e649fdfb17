import CPostgreSQL
import Glibc
import Synchronization

/// Asks a server to end what a connection runs. libpq blocks in it until the server answers, so
/// that it has threads of its own, which a server that hangs keeps only for itself.
enum PostgreSQLCancellation {
    private static let running = Mutex(0)
    /// Most requests at a time; what is not asked for ends with the server's own clock.
    private static let runningMax = 8

    /// Asks, and returns at once.
    static func request(unsafe connection: OpaquePointer) {
        let isFree = running.withLock { running in
            guard running < runningMax else { return false }
            running += 1
            return true
        }
        guard isFree else { return }
        guard let request = unsafe PQgetCancel(connection) else { return end() }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                let request = OpaquePointer(argument)
                var text = [CChar](repeating: 0, count: 256)
                _ = unsafe PQcancel(request, &text, Int32(text.count))
                unsafe PQfreeCancel(request)
                PostgreSQLCancellation.end()
                return nil
            }, UnsafeMutableRawPointer(request))
        guard code == 0 else {
            unsafe PQfreeCancel(request)
            return end()
        }
        pthread_detach(thread)
    }

    private static func end() { running.withLock { $0 -= 1 } }
}
