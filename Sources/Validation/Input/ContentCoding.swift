import GatehouseCore

/// What `Content-Encoding` names (RFC 9110 section 8.4.1).
package enum ContentCoding: String, CaseIterable, Sendable {
    /// RFC 1952.
    case gzip
    /// RFC 1950, the zlib format.
    case deflate
    /// Brotli (RFC 7932).
    case brotli = "br"

    /// Why a body could not be decoded.
    package enum Failure: Error, Equatable, Sendable {
        /// It is not what the coding says, is cut short, or goes on behind its end.
        case malformed
        /// It grows beyond what is allowed: a bomb, or simply too much.
        case tooLarge
    }

    /// The coding of a field's value; nil for one that is not known, and for several in a row.
    package init?(_ field: RawSpan) {
        if field.equalsIgnoringCase("gzip") || field.equalsIgnoringCase("x-gzip") {
            self = .gzip
        } else if field.equalsIgnoringCase("deflate") {
            self = .deflate
        } else if field.equalsIgnoringCase("br") {
            self = .brotli
        } else {
            return nil
        }
    }

    /// The decoded bytes. Stops as soon as there are more than `bytesMax`: a bomb costs that much
    /// memory and no more.
    package func decode(_ bytes: [UInt8], bytesMax: Int) throws(Failure) -> [UInt8] {
        switch self {
        case .gzip: try Inflation.inflate(bytes, windowBits: 15 + 16, bytesMax: bytesMax)
        case .deflate: try Inflation.inflate(bytes, windowBits: 15, bytesMax: bytesMax)
        case .brotli: try BrotliText.decode(bytes, bytesMax: bytesMax)
        }
    }
}
