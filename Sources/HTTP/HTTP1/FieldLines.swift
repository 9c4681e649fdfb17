import GatehouseCore

extension HeadReader {
    /// Reads field lines up to the empty line that ends the head (RFC 9112 section 5).
    /// - Returns: whether the empty line was there.
    mutating func fields(_ bytes: RawSpan) throws(ParseError) -> Bool {
        let table = KnownFields.table
        while true {
            let end = lineEnd(bytes.byteCount)
            if line < end, bytes.byte(line) == 0x0D {
                if try endsHead(bytes, end) { return true }
                break
            }
            guard line < end else { break }
            guard lines.count < limits.fieldsMax else { throw .tooManyFields }
            if staysQuiet(bytes, end) { break }
            guard let next = try fieldLine(bytes, end, table) else {
                quiet = end &- 1
                break
            }
            line = next
            quiet = next
        }
        try checkRoom(bytes.byteCount)
        return false
    }

    /// Whether CRLF follows at the line's start; false if its second byte is yet to come.
    @inline(__always)
    private mutating func endsHead(_ bytes: RawSpan, _ end: Int) throws(ParseError) -> Bool {
        guard line &+ 1 < end else { return false }
        guard bytes.byte(line &+ 1) == 0x0A else { throw .bareCR }
        line &+= 2
        return true
    }

    /// Reads one field line; returns where the next begins, or nil if its end is yet to come.
    @inline(__always)
    private mutating func fieldLine(
        _ bytes: RawSpan, _ end: Int, _ table: KnownFieldTable
    ) throws(ParseError) -> Int? {
        let nameEnd = min(end, line &+ Self.nameMax &+ 1)
        let colon = bytes.firstColon(from: line, to: nameEnd)
        var id = FieldName.unknown
        if colon < nameEnd { id = table.id(in: bytes, at: line, count: colon &- line) }
        if id == FieldName.unknown {
            // Names in the table are tokens; others are looked at byte by byte.
            try checkName(bytes, line, colon)
            guard colon < nameEnd else {
                if nameEnd < end { throw .fieldNameTooLong }
                return nil
            }
        }
        var first = colon &+ 1
        while first < end, bytes.byte(first).isFieldSpace { first &+= 1 }
        var last = bytes.firstControl(from: first, to: end)
        while last < end, bytes.byte(last) == 0x09 {
            last = bytes.firstControl(from: last &+ 1, to: end)
        }
        guard try endsLine(bytes, last, end) else { return nil }
        let next = last &+ 2
        while last > first, bytes.byte(last &- 1).isFieldSpace { last &-= 1 }
        lines.append(
            MessageHead.Line(
                id: id, name: ByteRange(start: line, count: colon &- line),
                value: ByteRange(start: first, count: last &- first)))
        present.insert(id)
        return next
    }

    /// Whether CRLF stands at `place`; false if it may yet come.
    @inline(__always)
    func endsLine(_ bytes: RawSpan, _ place: Int, _ end: Int) throws(ParseError) -> Bool {
        guard place < end else { return false }
        let byte = bytes.byte(place)
        guard byte == 0x0D else { throw byte == 0x0A ? .bareLF : .controlByte }
        guard place &+ 1 < end else { return false }
        guard bytes.byte(place &+ 1) == 0x0A else { throw .bareCR }
        return true
    }

    /// Refuses what is no field name; also an unfinished one, as soon as it is certain.
    private func checkName(_ bytes: RawSpan, _ start: Int, _ end: Int) throws(ParseError) {
        var index = start
        while index < end, bytes.byte(index).isTokenByte { index &+= 1 }
        guard index < end else {
            if start == end, start < bytes.byteCount { throw .fieldNameEmpty }
            return
        }
        switch bytes.byte(index) {
        case 0x20, 0x09: throw index == start ? .obsFold : .spaceInFieldName
        case 0x0D: throw .colonMissing
        case 0x0A: throw .bareLF
        case 0x00...0x1F, 0x7F: throw .controlByte
        default: throw .fieldNameMalformed
        }
    }
}

extension UInt8 {
    @inline(__always)
    var isFieldSpace: Bool { self == 0x20 || self == 0x09 }
}
