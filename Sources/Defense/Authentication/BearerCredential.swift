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
        // Which bytes a token may hold is the verifier's to say: a space or comma in it, and so a
        // second credential, is no base64url.
        self = .token(ByteRange(start: offset + start, count: value.byteCount - start))
    }
}
