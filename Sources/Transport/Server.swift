import GatehouseCore
import GatehouseHTTP
import Glibc
import Synchronization

/// The server: a loop per core, each with its own listening sockets.
package final class Server: Sendable {
    private let loops: [LoopServer]
    private let table: ConnectionTable
    /// Addresses as bound, port 0 resolved, in the order of the settings.
    package let addresses: [(host: String, port: UInt16)]
    private let threads = Mutex<[pthread_t]>([])

    /// Binds every address on every loop; nothing is served before `start`.
    package init(
        listeners: [ListenerSettings], loops count: Int, snapshot: ServerSnapshot
    ) throws(ListenError) {
        let table = ConnectionTable()
        self.table = table
        let bufferSize = ByteCount.bytes(max(32_768, snapshot.limits.head.headBytesMax * 2))
        let loops = (0..<count).map { index in
            LoopServer(
                EventLoop(index: index, bufferSize: bufferSize), table: table, snapshot: snapshot)
        }
        var addresses: [(host: String, port: UInt16)] = []
        for (position, settings) in listeners.enumerated() {
            let port = try Self.bind(settings, position: position, on: loops)
            addresses.append((settings.host, port))
        }
        self.loops = loops
        self.addresses = addresses
    }

    /// Binds one address for all loops. A first try without SO_REUSEPORT makes sure that nobody
    /// else, such as a second Gatehouse, listens there already.
    private static func bind(
        _ settings: ListenerSettings, position: Int, on loops: [LoopServer]
    ) throws(ListenError) -> UInt16 {
        let name = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        guard let wanted = SocketAddress(host: settings.host, port: settings.port) else {
            throw ListenError(text: "\(name): not an IP address")
        }
        do throws(ListenError) {
            let probe = try wanted.bound(sharing: false)
            let port = SocketAddress(descriptor: probe, ownEnd: true)?.port ?? settings.port
            Glibc.close(probe)
            guard let address = SocketAddress(host: settings.host, port: port) else { return port }
            for loop in loops {
                let descriptor = try address.bound(sharing: true)
                try loop.listen(settings, position: position, descriptor: descriptor)
            }
            return port
        } catch {
            throw ListenError(text: "\(name):\(settings.port): \(error.description)")
        }
    }

    /// Number of loops.
    package var loopCount: Int { loops.count }

    /// The loops, for work beside the connections (health checks, pools).
    package func submit(toLoop index: Int, _ call: @escaping @Sendable (EventLoop) -> Void) {
        loops[index].loop.submit(call)
    }

    /// Starts one thread per loop and returns.
    package func start() {
        for loop in loops {
            let box = unsafe Unmanaged.passRetained(loop)
            var thread = pthread_t()
            unsafe pthread_create(
                &thread, nil,
                { argument in
                    let server = unsafe Unmanaged<LoopServer>.fromOpaque(argument.unsafelyUnwrapped)
                        .takeRetainedValue()
                    server.loop.run()
                    return nil
                }, box.toOpaque())
            threads.withLock { $0.append(thread) }
        }
    }

    /// Connections open now.
    package var connectionCount: Int { table.total }

    /// Replaces service, certificates and limits; requests in flight finish under the old ones.
    package func adopt(_ snapshot: ServerSnapshot) {
        for loop in loops { loop.loop.submit { _ in loop.adopt(snapshot) } }
    }

    /// Serves on, but every answer from now on ends its connection: clients come back elsewhere.
    package func announceEnd() {
        for loop in loops { loop.loop.submit { _ in loop.announceEnd() } }
    }

    /// Stops accepting and waits until every connection finished, at most `deadline`; what is left
    /// then is cut. Blocks the calling thread.
    /// - Returns: how many connections were cut.
    package func drain(deadline: Duration) -> Int {
        let gate = DrainGate(loops.count)
        for loop in loops { loop.loop.submit { _ in loop.drain { gate.leave() } } }
        gate.wait(until: .now + deadline)
        let cut = table.total
        for loop in loops {
            loop.loop.submit { handle in
                loop.cutAll()
                handle.stop()
            }
        }
        let running = threads.withLock { threads in
            let running = threads
            threads = []
            return running
        }
        for thread in running { pthread_join(thread, nil) }
        return cut
    }
}

/// Counts loops down; one thread waits for zero.
private final class DrainGate: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    func leave() { left.subtract(1, ordering: .releasing) }

    func wait(until end: MonotonicTime) {
        while left.load(ordering: .acquiring) > 0, MonotonicTime.now < end { usleep(5_000) }
    }
}
