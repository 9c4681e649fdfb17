import GatehouseCore

/// Places of the parts of a JWS in compact form (RFC 7515 section 3.1): exactly two dots, nothing
/// else; the JSON forms, five-part JWEs and detached payloads are not tokens.
struct CompactToken {
    let header: ByteRange
    let payload: ByteRange
    let signature: ByteRange
    /// Header, dot and payload: what is signed.
    let signed: ByteRange

    /// Most bytes of a token.
    static let bytesMax = 8_192

    init(_ token: RawSpan) throws(TokenError) {
        let count = token.byteCount
        guard count <= Self.bytesMax else { throw .malformed(.tooLong) }
        guard let first = Self.dot(in: token, from: 0),
            let second = Self.dot(in: token, from: first + 1),
            Self.dot(in: token, from: second + 1) == nil
        else { throw .malformed(.parts) }
        guard first > 0, second + 1 < count else { throw .malformed(.parts) }
        header = ByteRange(start: 0, count: first)
        payload = ByteRange(start: first + 1, count: second - first - 1)
        signature = ByteRange(start: second + 1, count: count - second - 1)
        signed = ByteRange(start: 0, count: second)
    }

    /// The next dot, looked for eight bytes at a time.
    private static func dot(in token: RawSpan, from start: Int) -> Int? {
        let low: UInt64 = 0x0101_0101_0101_0101
        var index = start
        while index &+ 8 <= token.byteCount {
            let word = token.word(index) ^ (low &* 0x2E)
            let found = (word &- low) & ~word & (low &<< 7)
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < token.byteCount {
            if token.byte(index) == UInt8(ascii: ".") { return index }
            index &+= 1
        }
        return nil
    }
}
