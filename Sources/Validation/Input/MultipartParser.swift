import GatehouseCore

/// Takes what a parser of `multipart/form-data` finds.
package protocol MultipartSink {
    /// A part begins.
    mutating func begin(_ part: MultipartPart) throws(MultipartError)
    /// Content of the part that began last.
    mutating func content(_ bytes: RawSpan) throws(MultipartError)
}

/// Reads `multipart/form-data` (RFC 7578) as it arrives, strictly: exact delimiters, no preamble,
/// no bare line feeds, one `Content-Disposition` a part.
///
/// Content goes to the sink piece by piece; what is kept is one delimiter's length and a part's
/// header.
package struct MultipartParser: Sendable {
    private static let lineEnd = Array("\r\n".utf8)

    private enum State { case start, header, content, delimiterEnd, done }

    private let delimiter: [UInt8]
    private let limits: MultipartLimits
    private var state = State.start
    private var pending: [UInt8] = []
    private var seen: Set<String> = []
    private var (parts, files) = (0, 0)
    private var part = MultipartPart(name: "", filename: nil, type: nil)
    private var partBytes = 0
    private var sniffed: [UInt8] = []

    /// A parser for one body.
    /// - Parameter boundary: of the `Content-Type` field (RFC 2046 section 5.1.1).
    package init(
        boundary: String, limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) {
        let isPlain = boundary.utf8.allSatisfy {
            $0.isDigit || (0x61...0x7A).contains($0 | 0x20) || "'()+_,-./:=? ".utf8.contains($0)
        }
        guard (1...70).contains(boundary.utf8.count), isPlain, !boundary.hasSuffix(" ") else {
            throw .malformed("boundary")
        }
        delimiter = Array(("\r\n--" + boundary).utf8)
        self.limits = limits
        // The first delimiter stands at the very start, as if a line had ended before it.
        pending = Array("\r\n".utf8)
    }

    /// Takes the next bytes.
    package mutating func feed(
        _ bytes: RawSpan, to sink: inout some MultipartSink
    ) throws(MultipartError) {
        pending.append(bytes)
        var position = 0
        while try step(&position, &sink) {}
        pending.removeFirst(position)
    }

    /// Says that there are no more bytes.
    package func finish() throws(MultipartError) {
        guard state == .done else { throw .malformed("the last delimiter is missing") }
        guard pending.isEmpty || pending == Self.lineEnd else {
            throw .malformed("something follows the last delimiter")
        }
    }

    /// Does what the pending bytes allow; false when it needs more.
    private mutating func step(
        _ position: inout Int, _ sink: inout some MultipartSink
    ) throws(MultipartError) -> Bool {
        switch state {
        case .start:
            guard pending.count - position >= delimiter.count else { return false }
            guard pending[position...].starts(with: delimiter) else {
                throw .malformed("it does not begin with its boundary")
            }
            position += delimiter.count
            state = .delimiterEnd
        case .delimiterEnd:
            guard pending.count - position >= 2 else { return false }
            let next = Array(pending[position..<position + 2])
            position += 2
            switch next {
            case Array("\r\n".utf8): state = .header
            case Array("--".utf8): state = .done
            default: throw .malformed("a line of the boundary goes on")
            }
        case .header:
            guard let end = find(Array("\r\n\r\n".utf8), from: position) else {
                guard pending.count - position <= limits.headerBytesMax else {
                    throw .tooMuch("a part's header")
                }
                return false
            }
            guard end - position <= limits.headerBytesMax else { throw .tooMuch("a part's header") }
            try begin(Array(pending[position..<end]), &sink)
            position = end + 4
            state = .content
        case .content:
            return try content(&position, &sink)
        case .done:
            // The line's end may come in two pieces.
            guard Self.lineEnd.starts(with: pending[position...]) else {
                throw .malformed("something follows the last delimiter")
            }
            return false
        }
        return true
    }

    /// Hands over content up to the next delimiter, or up to where one could begin.
    private mutating func content(
        _ position: inout Int, _ sink: inout some MultipartSink
    ) throws(MultipartError) -> Bool {
        if let end = find(delimiter, from: position) {
            try give(position, end, &sink)
            try endPart()
            position = end + delimiter.count
            state = .delimiterEnd
            return true
        }
        let safe = max(position, pending.count - delimiter.count + 1)
        try give(position, safe, &sink)
        position = safe
        return false
    }

    private mutating func give(
        _ start: Int, _ end: Int, _ sink: inout some MultipartSink
    ) throws(MultipartError) {
        guard end > start else { return }
        partBytes += end - start
        let isFile = part.filename != nil
        let most = isFile ? limits.fileBytesMax : limits.fieldBytesMax
        guard partBytes <= most.bytes else { throw .tooMuch(isFile ? "a file" : "a field") }
        if isFile, sniffed.count < SniffedType.bytesMax {
            sniffed += pending[start..<min(end, start + SniffedType.bytesMax - sniffed.count)]
            if sniffed.count == SniffedType.bytesMax { try checkType() }
        }
        try sink.content(pending.raw.slice(ByteRange(start: start, count: end - start)))
    }

    private mutating func begin(
        _ header: [UInt8], _ sink: inout some MultipartSink
    ) throws(MultipartError) {
        parts += 1
        guard parts <= limits.partsMax else { throw .tooMuch("parts") }
        part = try MultipartHeader(header, limits: limits).part
        partBytes = 0
        sniffed.removeAll(keepingCapacity: true)
        if part.filename != nil {
            files += 1
            guard files <= limits.filesMax else { throw .tooMuch("files") }
        }
        // Several files may share a name, as browsers send them, and `a[]` is a list that says so;
        // any other field that repeats means two things.
        let mayRepeat =
            part.filename != nil || part.name.hasSuffix("[]")
            || limits.repeatable.contains(part.name)
        guard seen.insert(part.name.lowercased()).inserted || mayRepeat else {
            throw .refusedName("a field's name repeats")
        }
        try sink.begin(part)
    }

    private func endPart() throws(MultipartError) {
        guard part.filename != nil, sniffed.count < SniffedType.bytesMax else { return }
        try checkType()
    }

    private func checkType() throws(MultipartError) {
        let claimed = part.type ?? "application/octet-stream"
        let isTaken =
            limits.fileTypes.isEmpty
            || limits.fileTypes.contains { pattern in
                pattern == claimed
                    || (pattern.hasSuffix("/*") && claimed.hasPrefix(pattern.dropLast()))
            }
        guard isTaken else { throw .refusedType("files of this type are not taken") }
        guard SniffedType.fits(claimed, sniffed) else {
            throw .refusedType("a file's content is not of the type that it claims")
        }
    }

    private func find(_ needle: [UInt8], from start: Int) -> Int? {
        guard pending.count - start >= needle.count else { return nil }
        var index = start
        let last = pending.count - needle.count
        while index <= last {
            if pending[index] == needle[0] {
                var offset = 1
                while offset < needle.count, pending[index + offset] == needle[offset] {
                    offset += 1
                }
                if offset == needle.count { return index }
            }
            index += 1
        }
        return nil
    }
}
