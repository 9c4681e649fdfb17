import CUV
package import GatehouseCore
import Glibc
import Synchronization

/// One libuv loop on one thread, and the executor of every task that works for its connections.
///
/// A task with this executor as its preference runs on the loop's own thread from start to end: a
/// resumed continuation is pushed to a ring and run right after the event that resumed it.
///
/// `@unchecked Sendable`: all state but `inbox` and `identity` is touched on the loop's thread
/// alone; other threads may only `enqueue` and `submit`, which go through `inbox`.
@safe package final class EventLoop: TaskExecutor, @unchecked Sendable {
    let uv: UnsafeMutablePointer<uv_loop_t>
    private let wake: UnsafeMutablePointer<uv_async_t>
    private let ticker: UnsafeMutablePointer<uv_timer_t>
    private let inbox = Mutex(Inbox())
    private let identity = Atomic<UInt>(0)
    private var ring = JobRing()
    private var isDraining = false
    private var isStopping = false
    private var unflushed: [Socket] = []
    /// What others keep on this loop; for its thread alone.
    package var locals: [LoopLocalKey: AnyObject] = [:]

    /// Position among the server's loops.
    package let index: Int
    /// Deadlines of everything on this loop.
    let wheel = TimerWheel()
    /// Buffers for messages that are being read or written.
    package let buffers: BufferPool
    /// Where TLS records land before decryption, and where they are made; never held across a wait.
    let ciphertextIn: Buffer
    let ciphertextOut: Buffer

    /// Most jobs run before the loop looks at its sockets again.
    private static let drainBudget = 256

    private struct Inbox: ~Copyable {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable (EventLoop) -> Void] = []
        var isClosed = false
    }

    package init(index: Int, bufferSize: ByteCount = .kibibytes(32)) {
        self.index = index
        unsafe uv = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        unsafe ticker = .allocate(capacity: 1)
        buffers = BufferPool(size: bufferSize)
        ciphertextIn = Buffer(capacity: 65_536)
        ciphertextOut = Buffer(capacity: 65_536)
        unsafe uv_loop_init(uv)
        unsafe uv.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe uv_async_init(uv, wake) { handle in
            unsafe EventLoop.of(handle.unsafelyUnwrapped.pointee.loop).takeInbox()
        }
        unsafe uv_timer_init(uv, ticker)
    }

    deinit {
        unsafe uv_loop_close(uv)
        unsafe ticker.deallocate()
        unsafe wake.deallocate()
        unsafe uv.deallocate()
    }

    static func of(_ uv: UnsafeMutablePointer<uv_loop_t>?) -> EventLoop {
        unsafe Unmanaged<EventLoop>.fromOpaque(uv.unsafelyUnwrapped.pointee.data)
            .takeUnretainedValue()
    }

    /// Whether the caller is on this loop's thread.
    @inline(__always)
    package var isCurrent: Bool { identity.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            ring.push(job)
            return
        }
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            return inbox.jobs.count == 1 && inbox.calls.isEmpty
        }
        if mustWake { signal() }
    }

    /// Runs `call` on the loop's thread, from any thread. Calls after `stop` are dropped.
    package func submit(_ call: @escaping @Sendable (EventLoop) -> Void) {
        let mustWake = inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            inbox.calls.append(call)
            return inbox.calls.count == 1 && inbox.jobs.isEmpty
        }
        if mustWake { signal() }
    }

    private func signal() { unsafe _ = uv_async_send(wake) }

    private func takeInbox() {
        let (jobs, calls) = inbox.withLock { inbox in
            let taken = (inbox.jobs, inbox.calls)
            inbox.jobs = []
            inbox.calls = []
            return taken
        }
        for job in jobs { ring.push(job) }
        for call in calls { call(self) }
        drain()
    }

    /// Runs resumed tasks, then sends what their connections left to send. Called at the end of
    /// every event.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        let executor = unsafe asUnownedTaskExecutor()
        var budget = Self.drainBudget
        while budget > 0, let job = ring.pop() {
            unsafe job.runSynchronously(on: executor)
            budget -= 1
        }
        isDraining = false
        if !unflushed.isEmpty { flushAll() }
    }

    /// Asks for `socket.flush()` once the running jobs are done.
    func flushLater(_ socket: Socket) { unflushed.append(socket) }

    private func flushAll() {
        let sockets = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for socket in sockets { socket.flushPending() }
    }

    /// Lets other connections go first: the caller continues after the loop looked at its sockets.
    package func yield() async {
        await Waiter.suspend { deferred.append($0) }
    }
    private var deferred: [Waiter] = []

    private func resumeDeferred() {
        guard !deferred.isEmpty else { return }
        let waiting = deferred
        deferred.removeAll(keepingCapacity: true)
        for waiter in waiting { waiter.resume() }
    }

    // MARK: Running

    /// Serves until `stop`; the calling thread becomes the loop's.
    package func run() {
        identity.store(UInt(pthread_self()), ordering: .relaxed)
        becomeCurrent()
        unsafe uv_timer_start(
            ticker,
            { timer in unsafe EventLoop.of(timer.unsafelyUnwrapped.pointee.loop).tick() },
            UInt64(TimerWheel.tickMilliseconds), UInt64(TimerWheel.tickMilliseconds))
        takeInbox()
        while !isStopping {
            unsafe uv_run(uv, isIdle ? UV_RUN_ONCE : UV_RUN_NOWAIT)
            resumeDeferred()
            drain()
            endTurn()
        }
        shutDown()
    }

    private func tick() {
        refreshWallOffset()
        let now = MonotonicTime.now
        measureLag(at: now)
        advance(to: now)
    }

    /// Civil time at a moment of the monotonic clock: follows the system's clock within a tick,
    /// for the price of an addition.
    @inline(__always)
    package func wallTime(at time: MonotonicTime) -> WallTime {
        WallTime(nanoseconds: time.nanoseconds &+ wallOffset)
    }

    private func refreshWallOffset() {
        wallOffset = WallTime.now.nanoseconds &- MonotonicTime.now.nanoseconds
    }
    private var wallOffset = WallTime.now.nanoseconds &- MonotonicTime.now.nanoseconds

    /// Moves the loop's clocks on to `time` and fires what is due; tests name a time of their own.
    package func advance(to time: MonotonicTime) {
        wheel.advance(to: time)
        drain()
    }

    /// Ends `run` once the current event is done. Connections must have been closed before.
    package func stop() { submit { loop in loop.isStopping = true } }

    /// Work that stands behind everything else; looked at once in each turn of the loop.
    var backlog: (any TurnWork)?
    /// Told at every tick how late it came.
    var lagged: ((Duration, MonotonicTime) -> Void)?
    private var lastTick: MonotonicTime?
    /// Counts turns, so that one source can be held to so much in each.
    private(set) var turn = 0
    private var heldListeners: [Listener] = []

    /// Lets a listener go on with its waiting connections in the next turn.
    func acceptLater(_ listener: Listener) { heldListeners.append(listener) }

    private var isIdle: Bool {
        ring.isEmpty && deferred.isEmpty && heldListeners.isEmpty && backlog?.isPending != true
    }

    private func endTurn() {
        turn &+= 1
        if let backlog, backlog.isPending { backlog.runTurn() }
        guard !heldListeners.isEmpty else { return }
        let listeners = heldListeners
        heldListeners.removeAll(keepingCapacity: true)
        for listener in listeners { listener.goOn() }
    }

    private func measureLag(at now: MonotonicTime) {
        if let lastTick, let lagged {
            let due = lastTick + .milliseconds(Int64(TimerWheel.tickMilliseconds))
            lagged(max(now - due, .zero), now)
        }
        lastTick = now
    }

    private static func close(_ handle: UnsafeMutablePointer<uv_handle_t>) {
        if unsafe handle.pointee.type == UV_TCP, let data = unsafe handle.pointee.data {
            unsafe Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue().close()
        } else {
            unsafe uv_close(handle, nil)
        }
    }

    private func shutDown() {
        inbox.withLock { $0.isClosed = true }
        backlog?.abandon()
        unsafe uv_walk(
            uv,
            { handle, _ in
                if unsafe uv_is_closing(handle) == 0 {
                    unsafe EventLoop.close(handle.unsafelyUnwrapped)
                }
            }, nil)
        for _ in 0..<64 {
            let alive = unsafe uv_run(uv, UV_RUN_NOWAIT)
            takeInbox()
            resumeDeferred()
            drain()
            if alive == 0, ring.isEmpty { break }
        }
        locals = [:]
        resignCurrent()
    }
}

/// Work of a loop that stands behind its sockets and tasks.
protocol TurnWork: AnyObject {
    /// Whether there is any; then the loop does not sleep.
    var isPending: Bool { get }
    /// Does a turn's portion.
    func runTurn()
    /// Lets go of everything that waits: the loop ends.
    func abandon()
}

/// A growing ring of jobs, first in first out; the loop's thread alone touches it.
struct JobRing {
    private var slots: [UnownedJob?] = Array(repeating: nil, count: 64)
    private var head = 0
    private var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func push(_ job: UnownedJob) {
        if count == slots.count { grow() }
        slots[(head &+ count) & (slots.count &- 1)] = job
        count &+= 1
    }

    mutating func pop() -> UnownedJob? {
        guard count > 0 else { return nil }
        let job = slots[head]
        slots[head] = nil
        head = (head &+ 1) & (slots.count &- 1)
        count &-= 1
        return job
    }

    private mutating func grow() {
        var larger: [UnownedJob?] = []
        larger.reserveCapacity(slots.count * 2)
        for offset in 0..<count { larger.append(slots[(head + offset) & (slots.count - 1)]) }
        larger.append(contentsOf: repeatElement(nil, count: slots.count * 2 - count))
        slots = larger
        head = 0
    }
}
