import GatehouseCore

/// Lines on their way from the loops to the writer: bytes up to a bound, and what became of them.
///
/// A value without input or output; `LogSink` guards it with a lock. Full means drop and count:
/// a log must never hold up a request.
struct LineQueue {
    /// What a producer has to do after appending.
    enum Appended: Equatable {
        /// Nothing: the writer is busy and will come by.
        case quietly
        /// Wake the writer: it sleeps, or the queue fills.
        case wakeWriter
    }

    private var bytes: [UInt8] = []
    private let capacity: Int
    private var droppedSinceTake = 0
    /// Set while the writer waits for a first line without a time limit.
    private var isWriterAsleep = false
    /// Set once the writer was told to hurry, until it comes by.
    private var isUrgent = false
    /// Lines refused for want of room or given up on, since the start.
    private(set) var droppedTotal = 0
    /// Bytes accepted since the start.
    private(set) var accepted = 0
    /// Bytes of `accepted` that were written, or given up on.
    private(set) var settled = 0
    private(set) var isStopping = false

    init(capacity: Int) {
        self.capacity = capacity
        bytes.reserveCapacity(capacity + Self.noticeBytesMax)
    }

    /// Room for the notice behind a full queue.
    private static let noticeBytesMax = 256

    /// Takes one whole line, its line feed included, or counts it as dropped.
    mutating func append(_ line: borrowing [UInt8]) -> Appended {
        guard line.count <= capacity - bytes.count, !isStopping else {
            droppedSinceTake += 1
            droppedTotal += 1
            return .quietly
        }
        bytes.append(contentsOf: copy line)
        accepted += line.count
        if isWriterAsleep {
            isWriterAsleep = false
            return .wakeWriter
        }
        guard !isUrgent, bytes.count >= capacity / 4 else { return .quietly }
        isUrgent = true
        return .wakeWriter
    }

    /// What the writer should do next.
    enum Work { case write, sleep, stop }

    /// Hands all lines to `batch`, in exchange for its memory. Lines that were dropped while these
    /// waited are told of right behind them: that is where they are missing.
    mutating func take(into batch: inout LogBatch, notice: (Int) -> [UInt8]) -> Work {
        isUrgent = false
        guard !bytes.isEmpty || droppedSinceTake > 0 else {
            if isStopping { return .stop }
            isWriterAsleep = true
            return .sleep
        }
        batch.refill(swapping: &bytes, capacity: capacity + Self.noticeBytesMax)
        if droppedSinceTake > 0 {
            batch.append(notice(droppedSinceTake))
            droppedSinceTake = 0
        }
        return .write
    }

    /// Notes that `count` accepted bytes are done with.
    mutating func settle(_ count: Int) { settled += count }

    /// Counts what was accepted and now will never be written: `lines` of a batch, and all here.
    mutating func giveUp(lines: Int) {
        droppedTotal += lines + bytes.count { $0 == 0x0A }
        bytes.removeAll()
    }

    /// Takes no more lines; the writer ends after what is there.
    mutating func stop() { isStopping = true }

    /// Notes that the writer is being woken for its own sake.
    mutating func hurry() {
        isWriterAsleep = false
        isUrgent = true
    }
}

/// The bytes that are being written: knows how far it got, and where lines begin.
struct LogBatch {
    private var bytes: [UInt8] = []
    private(set) var position = 0
    /// How many of the bytes came from the queue.
    private(set) var accepted = 0

    var isEmpty: Bool { position == bytes.count }
    var count: Int { bytes.count - position }

    /// The unwritten bytes.
    var remaining: RawSpan {
        @_lifetime(borrow self)
        get { bytes.raw.extracting(position..<bytes.count) }
    }

    mutating func refill(swapping queue: inout [UInt8], capacity: Int) {
        precondition(isEmpty)
        bytes.removeAll(keepingCapacity: true)
        position = 0
        // The second half of the memory appears with the first line, and stays.
        if bytes.capacity < capacity { bytes.reserveCapacity(capacity) }
        swap(&bytes, &queue)
        accepted = bytes.count
    }

    mutating func append(_ line: [UInt8]) { bytes.append(contentsOf: line) }

    mutating func advance(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        position += count
    }

    /// Goes back to the start of a line that was written in part: a new file gets it whole.
    mutating func rewindToLineStart() {
        while position > 0, bytes[position - 1] != 0x0A { position -= 1 }
    }

    /// Lines that are not wholly written.
    var linesLeft: Int {
        bytes[position...].count { $0 == 0x0A }
    }
}
