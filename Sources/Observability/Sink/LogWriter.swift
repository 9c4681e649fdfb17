import GatehouseCore
import Glibc
import Synchronization

/// The thread behind a `LogSink`: takes what is queued, writes it, and outlives a full disk.
final class LogWriter: Sendable {
    /// How the writer paces itself.
    struct Pace: Sendable {
        /// Pause after a write, so that a busy gate pays two system calls a batch and not a line.
        var linger = Duration.milliseconds(25)
        /// Pause after a failed write.
        var retry = Duration.milliseconds(250)
    }

    let queue: Mutex<LineQueue>
    private let output: any LogOutput
    private let pace: Pace
    private let notice: @Sendable (Int) -> [UInt8]
    private let wakeup = Wakeup()
    private let progress = Wakeup()

    init(
        output: any LogOutput, capacity: Int, pace: Pace,
        notice: @escaping @Sendable (Int) -> [UInt8]
    ) {
        queue = Mutex(LineQueue(capacity: capacity))
        self.output = output
        self.pace = pace
        self.notice = notice
    }

    func append(_ line: borrowing [UInt8]) {
        let line = copy line
        if queue.withLock({ $0.append(line) }) == .wakeWriter { wakeup.raise() }
    }

    func reopen() throws(LogFileError) {
        try output.reopen()
        queue.withLock { $0.hurry() }
        wakeup.raise()
    }

    func stop() {
        queue.withLock { $0.stop() }
        wakeup.raise()
    }

    /// Whether everything accepted so far was written before `deadline`.
    func flush(deadline: MonotonicTime) -> Bool {
        let target = queue.withLock { queue in
            queue.hurry()
            return queue.accepted
        }
        wakeup.raise()
        while queue.withLock({ $0.settled }) < target {
            let left = deadline - .now
            guard left > .zero else { return false }
            // Two waiters may take each other's hint: look again soon in any case.
            progress.wait(timeout: min(left, .milliseconds(10)))
        }
        return true
    }

    /// The thread's whole life.
    func run() {
        var batch = LogBatch()
        while true {
            if output.adoptReopened() { batch.rewindToLineStart() }
            if batch.isEmpty {
                switch queue.withLock({ $0.take(into: &batch, notice: notice) }) {
                case .write: break
                case .stop: return
                case .sleep:
                    wakeup.wait(timeout: nil)
                    continue
                }
            }
            guard write(&batch) else { return }
        }
    }

    /// One try; false when it failed and nobody wants another.
    private func write(_ batch: inout LogBatch) -> Bool {
        switch output.write(batch.remaining) {
        case .wrote(let count):
            batch.advance(count)
            guard batch.isEmpty else { return true }
            let isStopping = queue.withLock { queue in
                queue.settle(batch.accepted)
                return queue.isStopping
            }
            progress.raise()
            if !isStopping { wakeup.wait(timeout: pace.linger) }
            return true
        case .notReady(let descriptor):
            if giveUpIfStopping(batch) { return false }
            wakeup.wait(orWritable: descriptor, timeout: nil)
            return true
        case .failed:
            if giveUpIfStopping(batch) { return false }
            wakeup.wait(timeout: pace.retry)
            return true
        }
    }

    private func giveUpIfStopping(_ batch: LogBatch) -> Bool {
        let lines = batch.linesLeft
        return queue.withLock { queue in
            guard queue.isStopping else { return false }
            queue.giveUp(lines: lines)
            return true
        }
    }
}

extension LogWriter {
    /// Starts the thread. It takes no signals (the loops do), so that a closed pipe is an error
    /// number to it and never SIGPIPE.
    func start() {
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let code = unsafe pthread_create(&thread, &attributes, logWriterMain, context)
        precondition(code == 0, "no thread for the log: \(systemErrorText(code))")
    }
}

private func logWriterMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let writer = unsafe Unmanaged<LogWriter>.fromOpaque(context).takeRetainedValue()
    writer.run()
    return nil
}
