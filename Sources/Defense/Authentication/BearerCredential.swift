import GatehouseCore
import GatehouseHTTP

/// What the `Authorization` field says (RFC 9110 section 11.6.2, RFC 6750 section 2.1).
enum BearerCredential {
    /// Place of the token.
    case token(ByteRange)
    /// No field, or another scheme: a client that does not try to sign in with a token.
    case absent
    /// A field that must not be guessed about.
    case malformed(Malformation)

    enum Malformation: String {
        case repeated = "more than one Authorization field"
        case empty = "Bearer without a token"
        case syntax = "not one token68 behind Bearer"
    }

    init(_ head: MessageHead) {
        guard head.present.contains(FieldName.authorization.id) else {
            self = .absent
            return
        }
        var place: ByteRange?
        for line in head.lines where line.id == FieldName.authorization.id {
            guard place == nil else {
                self = .malformed(.repeated)
                return
            }
            place = line.value
        }
        guard let place else {
            self = .absent
            return
        }
        self.init(value: head.bytes(place), at: Int(place.start))
    }

    private init(value: RawSpan, at offset: Int) {
        let schemeCount = 6
        var start = 0
        while start < value.byteCount, value.byte(start) != 0x20, value.byte(start) != 0x09 {
            start += 1
        }
        guard start == schemeCount,
            value.slice(ByteRange(start: 0, count: schemeCount)).equalsIgnoringCase("bearer")
        else {
            self = .absent
            return
        }
        while start < value.byteCount, value.byte(start) == 0x20 { start += 1 }
        guard start < value.byteCount else {
            self = .malformed(.empty)
            return
        }
        let token = ByteRange(start: start, count: value.byteCount - start)
        guard Self.isToken68(value.slice(token)) else {
            self = .malformed(.syntax)
            return
        }
        self = .token(ByteRange(start: offset + start, count: value.byteCount - start))
    }

    /// Whether no space, comma or quote is inside: then it is one credential and not several. Which
    /// bytes a token may hold is the verifier's to say, and stricter.
    private static func isToken68(_ text: RawSpan) -> Bool {
        for index in 0..<text.byteCount {
            let byte = text.byte(index)
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: ","), byte != UInt8(ascii: "\"")
            else { return false }
        }
        return true
    }
}
