package import GatehouseCore
import Glibc
import Synchronization

/// Takes complete lines from any thread and writes them behind everybody's back.
///
/// Appending costs one short lock and one copy; it never waits for a disk, a pipe or a terminal.
/// When the queue is full, lines are dropped and counted, and the log says how many are missing at
/// the place where they are missing. A full disk or a broken pipe is tried again until it works;
/// a line that was cut short by it is finished first.
package final class LogSink: Sendable {
    /// Where lines go.
    package enum Destination: Equatable, Sendable {
        /// File descriptor 1.
        case standardOutput
        /// File descriptor 2.
        case standardError
        /// A file, made with mode 0600 if it is not there; also a named pipe or a device.
        case file(String)
    }

    /// Most bytes that wait, unless told otherwise.
    package static let capacityDefault = ByteCount.mebibytes(2)

    private let writer: LogWriter
    /// Whether the destination is a terminal, for people to read.
    package let isTerminal: Bool

    /// Opens the destination and starts the writer.
    package convenience init(
        _ destination: Destination, capacity: ByteCount = capacityDefault
    ) throws(LogFileError) {
        let output: FileOutput
        var isTerminal = false
        switch destination {
        case .standardOutput:
            output = FileOutput(descriptor: STDOUT_FILENO)
            isTerminal = isatty(STDOUT_FILENO) == 1
        case .standardError:
            output = FileOutput(descriptor: STDERR_FILENO)
            isTerminal = isatty(STDERR_FILENO) == 1
        case .file(let path): output = try FileOutput(path: path)
        }
        self.init(output: output, capacity: capacity, isTerminal: isTerminal)
    }

    init(
        output: any LogOutput, capacity: ByteCount = capacityDefault, isTerminal: Bool = false,
        pace: LogWriter.Pace = .init(), clock: @escaping @Sendable () -> WallTime = { .now }
    ) {
        self.isTerminal = isTerminal
        writer = LogWriter(output: output, capacity: capacity.bytes, pace: pace) { count in
            LogSink.notice(dropped: count, at: clock())
        }
        writer.start()
    }

    deinit { writer.stop() }

    /// Appends one line; it ends with a line feed and holds no other.
    package func append(_ line: borrowing [UInt8]) {
        assert(line.last == 0x0A)
        writer.append(line)
    }

    /// Lines that were dropped since the start, for metrics.
    package var droppedLines: Int { writer.queue.withLock { $0.droppedTotal } }

    /// Opens a file again under its name, after log rotation; lines go on without a gap.
    /// - Throws: `LogFileError`; the old file then stays in use.
    package func reopen() throws(LogFileError) { try writer.reopen() }

    /// Waits until all that was appended is written; false if `deadline` comes first.
    @discardableResult
    package func flush(deadline: MonotonicTime) -> Bool { writer.flush(deadline: deadline) }

    /// The line that stands for lines that are missing.
    static func notice(dropped count: Int, at time: WallTime) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("time")
        json.string(time.timestamp)
        json.key("level")
        json.string("warn")
        json.key("event")
        json.string("log.dropped")
        json.key("lines")
        json.number(count)
        json.endObject()
        var line = json.finish()
        line.append(0x0A)
        return line
    }
}
