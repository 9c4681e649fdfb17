import GatehouseCore
import GatehouseValidation

/// Memory that checking a token needs, kept from one token to the next. One per loop.
struct TokenScratch {
    var parts = DecodedToken()
    var headerTape = JSONTape()
    var payloadTape = JSONTape()
    var contexts = MACContexts()

    /// What a header or payload may hold.
    static let limits = {
        var limits = JSONLimits()
        limits.bytesMax = .bytes(CompactToken.bytesMax)
        limits.depthMax = 16
        limits.membersMax = 256
        limits.elementsMax = 1_024
        limits.valuesMax = 2_048
        limits.stringBytesMax = .bytes(4_096)
        limits.numberBytesMax = 64
        return limits
    }()
}

/// The three parts of a token as bytes.
struct DecodedToken {
    private(set) var header: [UInt8] = []
    private(set) var payload: [UInt8] = []
    private(set) var signature: [UInt8] = []

    /// Replaces them by those of `token`.
    mutating func decode(_ token: RawSpan, _ parts: CompactToken) throws(TokenError) {
        guard Base64URL.decode(token.slice(parts.header), into: &header),
            Base64URL.decode(token.slice(parts.payload), into: &payload),
            Base64URL.decode(token.slice(parts.signature), into: &signature)
        else { throw .malformed(.encoding) }
    }
}

extension JSONTape {
    /// Reads a header or payload within the limits of tokens.
    @_lifetime(&self, copy bytes)
    mutating func read(
        _ bytes: RawSpan, else what: TokenError.Malformation
    ) throws(TokenError) -> JSONValue {
        do throws(JSONError) {
            return try parse(bytes, limits: TokenScratch.limits)
        } catch { throw .malformed(what) }
    }
}
