package import GatehouseCore

/// Reads an upstream's status line and fields, as strictly as a client's request: an upstream that
/// others can make say two things at once is no better than a client that does.
///
/// Keep the same head and buffer until `parse` returns true or throws.
package struct ResponseParser: Sendable {
    package typealias Limits = HeadLimits

    private var reader: HeadReader

    package init(limits: Limits = Limits()) { reader = HeadReader(limits: limits) }

    /// Reads a head from the buffer's unread bytes. Interim responses (1xx) are heads of their own:
    /// call again for what follows. 101 is refused, since nobody asked to switch.
    /// - Parameter requestMethod: what was asked; it decides whether a body follows.
    /// - Returns: true when `head` is filled and its bytes are consumed; false when more must come.
    package mutating func parse(
        _ buffer: Buffer, into head: MessageHead, requestMethod: Method
    ) throws(ParseError) -> Bool {
        reader.begin(buffer, head)
        do throws(ParseError) {
            guard try advance(buffer.written, head, requestMethod) else { return false }
        } catch {
            reader.end(buffer, head)
            throw error
        }
        let count = reader.line &- reader.start
        head.byteCount = count
        reader.end(buffer, head)
        buffer.consume(count)
        return true
    }

    /// Forgets an unfinished head.
    package mutating func reset() { reader.reset() }

    private mutating func advance(
        _ bytes: RawSpan, _ head: MessageHead, _ method: Method
    ) throws(ParseError) -> Bool {
        if !reader.isPastStartLine, try !startLine(bytes, head) { return false }
        guard try reader.fields(bytes) else { return false }
        var notes = FramingNotes()
        for line in reader.lines { try notes.take(line, bytes) }
        let minor = head.minorVersion
        let framing = try notes.responseFraming(
            status: head.status, minorVersion: minor, isHead: method == .head)
        head.framing = framing
        head.keepsAlive = notes.keepsAlive(minorVersion: minor) && framing != .untilClose
        return true
    }

    private mutating func startLine(
        _ bytes: RawSpan, _ head: MessageHead
    ) throws(ParseError) -> Bool {
        let end = reader.lineEnd(bytes.byteCount)
        if let next = try statusLine(bytes, reader.line, end, head) {
            reader.line = next
            reader.quiet = next
            reader.isPastStartLine = true
            return true
        }
        try reader.checkRoom(bytes.byteCount)
        return false
    }

    /// `HTTP-version SP status-code [SP reason-phrase] CRLF` (RFC 9112 section 4). The space before
    /// an empty reason may lack, as it does in many servers.
    private func statusLine(
        _ bytes: RawSpan, _ start: Int, _ end: Int, _ head: MessageHead
    ) throws(ParseError) -> Int? {
        guard let minor = try HTTPVersion.minor(bytes, start, end) else { return nil }
        head.minorVersion = minor
        var status = 0
        for offset in 8..<12 {
            guard start + offset < end else { return nil }
            let byte = bytes.byte(start + offset)
            if offset == 8 {
                guard byte == 0x20 else { throw .versionMalformed }
            } else {
                guard byte.isDigit else { throw .statusMalformed }
                status = status * 10 + Int(byte & 15)
            }
        }
        guard (100...599).contains(status) else { throw .statusMalformed }
        guard status != 101 else { throw .switchingUnrequested }
        head.status = status
        guard let last = try reasonEnd(bytes, start + 12, end) else { return nil }
        return last + 2
    }

    /// Where the CRLF after the reason stands; nil if it may yet come.
    private func reasonEnd(
        _ bytes: RawSpan, _ start: Int, _ end: Int
    ) throws(ParseError) -> Int? {
        guard start < end else { return nil }
        var index = start
        if bytes.byte(start) == 0x20 {
            index = bytes.firstControl(from: start, to: min(end, start + Self.reasonMax))
            while index < end, bytes.byte(index) == 0x09 {
                index = bytes.firstControl(from: index + 1, to: min(end, start + Self.reasonMax))
            }
            if index < end, index >= start + Self.reasonMax { throw .reasonMalformed }
        } else if bytes.byte(start) >= 0x20 {
            throw .statusMalformed
        }
        return try reader.endsLine(bytes, index, end) ? index : nil
    }

    /// Longest reason phrase; it is read by nobody and bounds what is read again.
    private static let reasonMax = 256
}
