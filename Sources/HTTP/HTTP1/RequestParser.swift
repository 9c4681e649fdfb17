package import GatehouseCore

/// Reads a request's start line and fields (RFC 9112), strictly: what two servers could read in two
/// ways is refused. A value without I/O; one per connection.
///
/// Keep the same head and buffer until `parse` returns true or throws. The buffer may be moved in
/// between; the head is then read again from its beginning.
package struct RequestParser: Sendable {
    package typealias Limits = HeadLimits

    private var reader: HeadReader
    private var skippedEmptyLine = false

    package init(limits: Limits = Limits()) { reader = HeadReader(limits: limits) }

    /// Reads a head from the buffer's unread bytes.
    ///
    /// One empty line in front is skipped, and consumed as soon as it is seen (RFC 9112
    /// section 2.2).
    /// - Returns: true when `head` is filled and its bytes are consumed; false when more must come.
    /// - Throws: what is wrong, as soon as it is certain. The connection must close; `head` holds
    ///   what was understood until then.
    package mutating func parse(
        _ buffer: Buffer, into head: MessageHead
    ) throws(ParseError) -> Bool {
        reader.begin(buffer, head)
        do throws(ParseError) {
            guard try advance(buffer, head) else { return false }
        } catch {
            end(buffer, head)
            throw error
        }
        let count = reader.line &- reader.start
        head.byteCount = count
        end(buffer, head)
        buffer.consume(count)
        return true
    }

    /// Forgets an unfinished head.
    package mutating func reset() {
        reader.reset()
        skippedEmptyLine = false
    }

    @inline(__always)
    private mutating func end(_ buffer: Buffer, _ head: MessageHead) {
        reader.end(buffer, head)
        skippedEmptyLine = false
    }

    @inline(__always)
    private mutating func advance(_ buffer: Buffer, _ head: MessageHead) throws(ParseError) -> Bool
    {
        if !reader.isPastStartLine {
            if try !skipsEmptyLine(buffer) { return false }
            if try !startLine(buffer.written, head) { return false }
        }
        let bytes = buffer.written
        guard try reader.fields(bytes) else { return false }
        try RequestRules.apply(bytes, reader.lines, head)
        return true
    }

    /// Skips one empty line; false if more bytes must come.
    @inline(__always)
    private mutating func skipsEmptyLine(_ buffer: Buffer) throws(ParseError) -> Bool {
        guard !buffer.isEmpty else { return false }
        let first = buffer.readable.byte(0)
        if first > 0x20 { return true }
        switch first {
        case 0x16: throw .tlsClientHello
        case 0x0A: throw .bareLF
        case 0x0D where skippedEmptyLine: throw .emptyStartLine
        case 0x0D: break
        default: throw .methodMalformed
        }
        guard buffer.count > 1 else { return false }
        guard buffer.readable.byte(1) == 0x0A else { throw .bareCR }
        buffer.consume(2)
        skippedEmptyLine = true
        reader.skip(to: buffer.start)
        return try skipsEmptyLine(buffer)
    }

    /// Reads the request line; false if its end is yet to come.
    @inline(__always)
    private mutating func startLine(
        _ bytes: RawSpan, _ head: MessageHead
    ) throws(ParseError) -> Bool {
        let end = reader.lineEnd(bytes.byteCount)
        if !reader.staysQuiet(bytes, end) {
            var line = RequestLine(bytes: bytes, start: reader.line, end: end)
            if let next = try line.parse(into: head) {
                reader.line = next
                reader.quiet = next
                reader.isPastStartLine = true
                return true
            }
            reader.quiet = max(reader.quiet, line.quiet)
        }
        try reader.checkRoom(bytes.byteCount)
        return false
    }
}
