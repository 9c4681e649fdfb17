package import GatehouseCore

/// Renders heads into a buffer: whole, or not at all.
package enum HeadWriter {
    /// Most bytes of what a head holds besides the parts whose length is looked up: a status line,
    /// field names, a length, `Connection`, line ends.
    private static let fixedBytesMax = 256

    /// Writes a response's head; the status line always says HTTP/1.1 (RFC 9110 section 6.2).
    ///
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` in the response's own fields
    /// are ignored: only `framing`, `closes` and `date` speak for them.
    /// - Parameters:
    ///   - date: `Date`'s value, an IMF-fixdate.
    ///   - closes: whether the connection ends after this response.
    ///   - keepsAliveHTTP10: whether an HTTP/1.0 client that asked for it must be told that the
    ///     connection stays.
    /// - Returns: false if it might not fit; nothing was written then.
    package static func response(
        _ response: Response, date: [UInt8], closes: Bool, keepsAliveHTTP10: Bool,
        framing: ResponseFraming, into output: Buffer
    ) -> Bool {
        let fields = response.fields
        let type = fields.present.contains(FieldName.contentType.id) ? nil : response.contentType
        let needed =
            fixedBytesMax + date.count + fields.bytes.count + (type?.value.utf8.count ?? 0)
        guard output.free >= needed else { return false }
        status(response.status, into: output)
        output.append("Date: ")
        output.append(date)
        if let type {
            output.append("\r\nContent-Type: ")
            output.append(text: type.value)
        }
        output.append("\r\n")
        append(fields, without: responseFraming, into: output)
        switch framing.field {
        case .none: break
        case .contentLength(let length): contentLength(length, into: output)
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        }
        if closes || framing.closes {
            output.append("Connection: close\r\n")
        } else if keepsAliveHTTP10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
        return true
    }

    /// Writes an interim response without fields, such as `100 Continue`.
    package static func interim(_ code: Int, into output: Buffer) -> Bool {
        precondition((100...199).contains(code))
        guard output.free >= fixedBytesMax else { return false }
        status(code, into: output)
        output.append("\r\n")
        return true
    }

    /// Writes a request's head for an upstream. `target` and `host` are bytes that the parser took
    /// or that the configuration holds. `Host`, `Content-Length`, `Transfer-Encoding` and
    /// `Connection` in `fields` are ignored.
    /// - Returns: false if it might not fit; nothing was written then.
    package static func request(
        method: Method, target: RawSpan, host: RawSpan, fields: Fields, framing: BodyFraming,
        closes: Bool = false, into output: Buffer
    ) -> Bool {
        let needed =
            fixedBytesMax + method.rawValue.utf8.count + target.byteCount + host.byteCount
            + fields.bytes.count
        guard output.free >= needed else { return false }
        output.append(text: method.rawValue)
        output.append(0x20)
        output.append(target)
        output.append(" HTTP/1.1\r\nHost: ")
        output.append(host)
        output.append("\r\n")
        append(fields, without: requestFraming, into: output)
        switch framing {
        case .length(let length): contentLength(length, into: output)
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose:
            // A length of 0 is stated where a body is expected (RFC 9110 section 8.6).
            if method == .post || method == .put || method == .patch {
                contentLength(0, into: output)
            }
        }
        if closes { output.append("Connection: close\r\n") }
        output.append("\r\n")
        return true
    }

    private static func status(_ status: Int, into output: Buffer) {
        if let line = StatusLine.text(status) { return output.append(line) }
        precondition((100...599).contains(status))
        output.append("HTTP/1.1 ")
        output.append(decimal: status)
        output.append(" \r\n")
    }

    private static func contentLength(_ length: Int, into output: Buffer) {
        output.append("Content-Length: ")
        output.append(decimal: length)
        output.append("\r\n")
    }

    /// Copies field lines: in one piece, unless some of them are not theirs to say.
    private static func append(_ fields: Fields, without names: FieldSet, into output: Buffer) {
        guard fields.present.intersects(names) else { return output.append(fields.bytes) }
        for entry in fields.entries where !names.contains(entry.id) {
            output.append(fields.bytes.raw.slice(entry.line))
        }
    }

    private static let responseFraming = FieldSet([
        .contentLength, .transferEncoding, .connection, .date,
    ])
    private static let requestFraming = FieldSet([
        .contentLength, .transferEncoding, .connection, .host,
    ])
}

extension Buffer {
    /// Appends text; the caller has checked `free`.
    @inline(__always)
    package func append(text: String) {
        var text = text
        text.withUTF8 { bytes in unsafe append(RawSpan(_unsafeElements: bytes)) }
    }
}
