import GatehouseCore

/// Bounds of one message's start line and fields.
package struct HeadLimits: Sendable {
    /// Most bytes of start line and fields together, with the final empty line.
    package var headBytesMax: Int
    /// Most field lines.
    package var fieldsMax: Int
    /// Most bytes of one line, with its CRLF.
    package var lineMax: Int

    package init(headBytesMax: Int = 16_384, fieldsMax: Int = 100, lineMax: Int = 8_192) {
        precondition(headBytesMax > 0 && fieldsMax >= 0 && lineMax > 0)
        self.headBytesMax = headBytesMax
        self.fieldsMax = fieldsMax
        self.lineMax = lineMax
    }
}

/// Reads a head line by line, and remembers where it stopped when bytes run out.
///
/// The verdict on a head depends on its bytes alone, never on how they were cut: an error is found
/// at the first byte that makes it certain. Finished lines are not read again; an unfinished line
/// is, while it is short; the rest of a long one is only searched for the byte that ends or breaks
/// it.
struct HeadReader: Sendable {
    /// Most bytes of a field name.
    static let nameMax = 256
    /// Unfinished lines up to this length are simply read again: it is cheaper than remembering.
    private static let rereadMax = nameMax + 64

    let limits: HeadLimits
    /// Where the head begins in the buffer.
    private(set) var start = 0
    /// Where the line begins that is being read.
    var line = 0
    /// Bytes of that line before this place neither end nor break it.
    var quiet = 0
    var isPastStartLine = false
    /// The field lines read so far.
    var lines = MessageHead.Lines()
    var present = FieldSet()
    /// The buffer of an unfinished head.
    private var source: ObjectIdentifier?
    private var generation = 0

    init(limits: HeadLimits) { self.limits = limits }

    /// Goes on with the head that the last call left unfinished, if its bytes are still where they
    /// were; a buffer that was moved is read from its beginning.
    @inline(__always)
    mutating func begin(_ buffer: Buffer, _ head: MessageHead) {
        let identity = ObjectIdentifier(buffer)
        if source == identity, start == buffer.start, quiet <= buffer.end,
            generation == head.generation
        {
            return
        }
        head.reset()
        // The head's memory is taken along, so that there is one array of lines a connection.
        if source == nil { head.swapLines(&lines) }
        lines.removeAll()
        source = identity
        generation = head.generation
        start = buffer.start
        line = start
        quiet = start
        isPastStartLine = false
        present = FieldSet()
    }

    /// Begins later: an empty line in front does not count.
    mutating func skip(to place: Int) {
        start = place
        line = place
        quiet = place
    }

    /// Hands what was read over, whole or as far as it was understood.
    @inline(__always)
    mutating func end(_ buffer: Buffer, _ head: MessageHead) {
        source = nil
        head.swapLines(&lines)
        head.present = present
        head.buffer = buffer
    }

    /// Forgets an unfinished head.
    mutating func reset() { source = nil }

    /// Where reading this line must stop: the end of the bytes, or a limit.
    @inline(__always)
    func lineEnd(_ written: Int) -> Int {
        min(written, min(line &+ limits.lineMax, start &+ limits.headBytesMax))
    }

    /// Bytes ran out before the line's end: because a limit was met, or because more must come.
    func checkRoom(_ written: Int) throws(ParseError) {
        let lineLimit = line + limits.lineMax
        let headLimit = start + limits.headBytesMax
        guard written >= min(lineLimit, headLimit) else { return }
        if headLimit < lineLimit { throw .headTooLarge }
        throw isPastStartLine ? .fieldLineTooLong : .startLineTooLong
    }

    /// Whether nothing new happened in a long unfinished line; every byte is looked at once.
    @inline(__always)
    mutating func staysQuiet(_ bytes: RawSpan, _ end: Int) -> Bool {
        quiet &- line > Self.rereadMax && searchesQuiet(bytes, end)
    }

    @inline(never)
    private mutating func searchesQuiet(_ bytes: RawSpan, _ end: Int) -> Bool {
        if isPastStartLine {
            quiet = bytes.firstControl(from: quiet, to: end)
            while quiet < end, bytes.byte(quiet) == 0x09 {
                quiet = bytes.firstControl(from: quiet &+ 1, to: end)
            }
        } else {
            quiet = bytes.firstInvisible(from: quiet, to: end)
        }
        return quiet == end
    }
}
