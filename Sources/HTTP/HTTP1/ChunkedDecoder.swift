package import GatehouseCore

/// Takes the chunked transfer coding off a body (RFC 9112 section 7.1), strictly, with bounds on
/// all that is not data. The limit of the data itself is the caller's.
///
/// Every byte of framing is looked at once, wherever reads cut it. Trailers are checked and thrown
/// away: nothing after the body may change what the head said.
package struct ChunkedDecoder: Sendable {
    /// Bounds of what surrounds the data.
    package struct Limits: Sendable {
        /// Most bytes of chunk extensions in the whole body.
        package var extensionBytesMax = 4_096
        /// Most bytes of trailer fields.
        package var trailerBytesMax = 8_192
        /// Most trailer fields.
        package var trailersMax = 32

        package init() {}
    }

    /// Why `decode` returned.
    package enum Progress: Equatable, Sendable {
        /// All input is used up; the body goes on.
        case needsInput
        /// Output has no room left; there may be more input.
        case outputFull
        /// The body is complete; what is left in input belongs to the next message.
        case end
    }

    private enum State {
        case size, extensionName, extensionValue, extensionToken, quoted, escaped, unquoted
        case sizeLF, data, dataCR, dataLF
        case trailerStart, trailerName, trailerValue, trailerLF, endLF, done
    }

    private let limits: Limits
    private var state = State.size
    /// Bytes of data left in this chunk; while the size is read, its value so far.
    private var remaining: UInt64 = 0
    private var sizeDigits = 0
    /// Bytes seen of the extension part or trailer name that is being read.
    private var tokenBytes = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailers = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Consumes input and appends data to output's free space until one of them ends, or the body.
    /// - Throws: what is wrong with the framing; the connection must close.
    package mutating func decode(
        _ input: Buffer, into output: Buffer
    ) throws(ParseError) -> Progress {
        while state != .done {
            if input.isEmpty { return .needsInput }
            if state == .data {
                let free = min(output.free, input.count)
                guard free > 0 else { return .outputFull }
                let count = Int(min(UInt64(free), remaining))
                output.append(input.readable.extracting(0..<count))
                input.consume(count)
                remaining -= UInt64(count)
                if remaining == 0 { state = .dataCR }
            } else {
                input.consume(try frame(input.readable))
            }
        }
        return .end
    }

    /// Reads framing until data begins, the body ends, or bytes run out; returns how many it read.
    private mutating func frame(_ bytes: RawSpan) throws(ParseError) -> Int {
        var index = 0
        while index < bytes.byteCount, state != .data, state != .done {
            let byte = bytes.byte(index)
            index &+= 1
            switch state {
            case .size, .sizeLF, .dataCR, .dataLF: try sizeByte(byte)
            case .extensionName, .extensionValue, .extensionToken, .quoted, .escaped, .unquoted:
                try extensionByte(byte)
            case .trailerStart, .trailerName, .trailerValue, .trailerLF, .endLF:
                try trailerByte(byte)
            case .data, .done: break
            }
        }
        return index
    }

    private mutating func sizeByte(_ byte: UInt8) throws(ParseError) {
        switch state {
        case .dataCR:
            guard byte == 0x0D else { throw .chunkUnterminated }
            state = .dataLF
        case .dataLF:
            guard byte == 0x0A else { throw .chunkUnterminated }
            sizeDigits = 0
            state = .size
        case .sizeLF:
            guard byte == 0x0A else { throw .bareCR }
            state = remaining == 0 ? .trailerStart : .data
        default:
            try sizeDigit(byte)
        }
    }

    /// `chunk-size = 1*HEXDIG`: at most 16 digits, and no more than an `Int` holds.
    private mutating func sizeDigit(_ byte: UInt8) throws(ParseError) {
        if let digit = byte.hexDigit {
            guard sizeDigits < 16 else { throw .chunkSizeOverflow }
            sizeDigits += 1
            remaining = remaining &<< 4 | UInt64(digit)
            guard remaining <= UInt64(Int.max) else { throw .chunkSizeOverflow }
            return
        }
        guard sizeDigits > 0 else { throw .chunkSizeMalformed }
        switch byte {
        case 0x0D: state = .sizeLF
        case 0x3B:
            tokenBytes = 0
            state = .extensionName
            try countExtensionByte()
        default: throw .chunkSizeMalformed
        }
    }

    /// `*( ";" name [ "=" ( token / quoted-string ) ] )` (RFC 9112 section 7.1.1) without the "bad
    /// white space" that old senders put in.
    private mutating func extensionByte(_ byte: UInt8) throws(ParseError) {
        try countExtensionByte()
        switch state {
        case .quoted:
            if byte == 0x22 {
                state = .unquoted
            } else if byte == 0x5C {
                state = .escaped
            } else if !byte.isFieldValueByte {
                throw .chunkExtensionMalformed
            }
        case .escaped:
            guard byte.isFieldValueByte else { throw .chunkExtensionMalformed }
            state = .quoted
        case .extensionValue where byte == 0x22:
            state = .quoted
        case .extensionName where byte == 0x3D && tokenBytes > 0:
            tokenBytes = 0
            state = .extensionValue
        case .unquoted:
            try endExtension(byte)
        default:
            guard byte.isTokenByte else {
                guard tokenBytes > 0 else { throw .chunkExtensionMalformed }
                return try endExtension(byte)
            }
            tokenBytes += 1
            if state == .extensionValue { state = .extensionToken }
        }
    }

    private mutating func endExtension(_ byte: UInt8) throws(ParseError) {
        tokenBytes = 0
        switch byte {
        case 0x3B: state = .extensionName
        case 0x0D: state = .sizeLF
        default: throw .chunkExtensionMalformed
        }
    }

    private mutating func countExtensionByte() throws(ParseError) {
        extensionBytes += 1
        guard extensionBytes <= limits.extensionBytesMax else { throw .chunkExtensionTooLong }
    }

    /// Trailer fields (RFC 9112 section 7.1.2), with the rules of header fields.
    private mutating func trailerByte(_ byte: UInt8) throws(ParseError) {
        trailerBytes += 1
        guard trailerBytes <= limits.trailerBytesMax else { throw .trailerTooLarge }
        switch state {
        case .trailerStart:
            if byte == 0x0D {
                state = .endLF
                return
            }
            trailers += 1
            guard trailers <= limits.trailersMax else { throw .tooManyFields }
            tokenBytes = 0
            state = .trailerName
            try trailerNameByte(byte)
        case .trailerName: try trailerNameByte(byte)
        case .trailerValue:
            if byte.isFieldValueByte { return }
            guard byte == 0x0D else { throw byte == 0x0A ? .bareLF : .controlByte }
            state = .trailerLF
        case .trailerLF:
            guard byte == 0x0A else { throw .bareCR }
            state = .trailerStart
        default:
            guard byte == 0x0A else { throw .bareCR }
            state = .done
        }
    }

    private mutating func trailerNameByte(_ byte: UInt8) throws(ParseError) {
        if byte.isTokenByte {
            tokenBytes += 1
            return
        }
        switch byte {
        case 0x3A where tokenBytes > 0: state = .trailerValue
        case 0x3A: throw .fieldNameEmpty
        case 0x20, 0x09: throw tokenBytes == 0 ? .obsFold : .spaceInFieldName
        case 0x0D: throw .colonMissing
        case 0x0A: throw .bareLF
        case 0x00...0x1F, 0x7F: throw .controlByte
        default: throw .fieldNameMalformed
        }
    }
}
