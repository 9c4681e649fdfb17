package import GatehouseCore
package import GatehouseTransport
import Synchronization

/// Speaks to Redis for all loops and threads of the process.
///
/// On a loop a command goes over that loop's own connection, made when the first one needs it; all
/// commands of one turn of the loop leave in one write. Threads without a loop share one that the
/// client keeps for them.
package final class RedisClient: Sendable {
    package let configuration: RedisConfiguration
    private let shared: RedisShared
    private let key = LoopLocalKey()
    private let bells = Mutex<[Bell]>([])
    private let home = Mutex(Home())

    private struct Home: ~Copyable {
        var thread: LoopThread?
        var isClosed = false

        /// The client's own loop, started when the first one needs it.
        mutating func loop() -> EventLoop {
            if let thread { return thread.loop }
            let made = LoopThread()
            thread = made
            return made.loop
        }
    }

    /// Connects to nothing yet.
    /// - Parameter observer: told of each change of a circuit breaker, on any thread; it must not
    ///   wait.
    /// - Throws: when the authority's file cannot be used.
    package init(
        _ configuration: RedisConfiguration,
        observer: @escaping @Sendable (RedisTransition) -> Void = { _ in }
    ) throws(ConfigurationError) {
        self.configuration = configuration
        shared = try RedisShared(configuration, observer: observer)
    }

    deinit { close() }

    /// The state of the circuit breaker; of a cluster, the worst of its members'.
    package var state: CircuitBreaker.State { shared.breakerState }

    /// Loads a script on each new connection, before commands need it.
    package func preload(_ script: RedisScript) { shared.preload(script) }

    // MARK: Commands

    /// Runs a command. An error reply is thrown.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        if let loop = EventLoop.current { return try await link(loop).send(command) }
        return try await RedisWaiter.suspend { waiter in
            begin(command) { waiter.resume($0) }
        }.get()
    }

    /// Runs a command while the calling thread, which must be no loop's, waits.
    package func wait(for command: RedisCommand) throws(RedisError) -> RedisReply {
        precondition(EventLoop.current == nil, "a loop must not wait")
        guard let bell = bells.withLock({ $0.popLast() }) ?? Bell.ifAvailable() else {
            throw .overloaded
        }
        defer { bells.withLock { if $0.count < Self.bellsMax { $0.append(bell) } } }
        let gate = RedisGate(bell)
        begin(command) { gate.open($0) }
        return try gate.outcome(until: .now + Self.waitMax).get()
    }

    /// Far beyond all clocks on a command's way: what it bounds is a mistake of ours.
    private static let waitMax = Duration.seconds(60)
    /// Bells of threads that don't wait now.
    private static let bellsMax = 16

    /// Runs a script by its name, and by its text where Redis does not know it.
    /// - Parameter fill: appends the number of keys, keys, and arguments.
    package func run(
        _ script: RedisScript, _ fill: (inout RedisCommand) -> Void
    ) async throws(RedisError) -> RedisReply {
        var command = RedisCommand("EVALSHA", room: 256)
        command.append(script.name)
        fill(&command)
        do throws(RedisError) { return try await send(command) } catch {
            guard error == .refused("NOSCRIPT") else { throw error }
        }
        var whole = RedisCommand("EVAL", room: 256 + script.source.utf8.count)
        whole.append(script.source)
        fill(&whole)
        return try await send(whole)
    }

    // MARK: Loops

    private func begin(
        _ command: RedisCommand, done: @escaping @Sendable (RedisOutcome) -> Void
    ) {
        // Under the lock that `close` takes: a loop that was stopped runs nothing.
        let isClosed = home.withLock { home in
            guard !home.isClosed else { return true }
            home.loop().spawn { [self] in
                guard let loop = EventLoop.current else { return done(.failure(.closed)) }
                do throws(RedisError) { done(.success(try await link(loop).send(command))) } catch {
                    done(.failure(error))
                }
            }
            return false
        }
        if isClosed { done(.failure(.closed)) }
    }

    /// The client's own loop, for work that lasts, such as a subscriber's; once the client was
    /// closed it runs nothing more.
    package var homeLoop: EventLoop {
        let (loop, late) = home.withLock { ($0.loop(), $0.isClosed ? $0.thread : nil) }
        late?.stop()
        return loop
    }

    private func link(_ loop: EventLoop) -> RedisLink {
        if let known = loop.locals[key] {
            // The key is this client's alone.
            return unsafe unsafeDowncast(known, to: RedisLink.self)
        }
        let made = RedisLink(loop, shared)
        if shared.add(made) { loop.locals[key] = made } else { made.close() }
        return made
    }

    /// Opens a connection of its own on the client's loop, for a subscriber; call it there.
    package func openAside(for key: [UInt8]) async throws(RedisError) -> RedisConnection {
        guard let loop = EventLoop.current else { throw .closed }
        return try await link(loop).openAside(for: key)
    }

    /// Closes all connections; commands fail from now on. Once is enough.
    package func close() {
        shared.close(forgetting: key)
        let thread = home.withLock { home in
            home.isClosed = true
            return home.thread
        }
        thread?.stop()
    }
}

/// Carries one outcome to a thread that waits.
private final class RedisGate: Sendable {
    private let bell: Bell
    private let value = Mutex<RedisOutcome?>(nil)

    init(_ bell: Bell) { self.bell = bell }

    func open(_ outcome: RedisOutcome) {
        value.withLock { $0 = outcome }
        bell.ring()
    }

    func outcome(until end: MonotonicTime) -> RedisOutcome {
        while true {
            if let outcome = value.withLock({ $0 }) { return outcome }
            // The bell may ring for an earlier wait that was late.
            guard bell.wait(until: end) == .late else { continue }
            return value.withLock { $0 } ?? .failure(.timedOut)
        }
    }
}
