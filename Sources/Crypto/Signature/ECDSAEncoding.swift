import GatehouseCore

/// ECDSA signatures between their two spellings: r ‖ s of JOSE, and OpenSSL's DER.
enum ECDSAEncoding {
    /// DER of r ‖ s. Its range (1 to n - 1) is left to OpenSSL, which refuses all others.
    static func encode(_ signature: RawSpan, coordinateBytes length: Int) -> [UInt8] {
        var numbers: [UInt8] = []
        numbers.reserveCapacity(2 * length + 8)
        DER.appendUnsigned(signature.slice(ByteRange(start: 0, count: length)), to: &numbers)
        DER.appendUnsigned(signature.slice(ByteRange(start: length, count: length)), to: &numbers)
        return DER.sequence(numbers)
    }

    /// r ‖ s of DER that OpenSSL wrote; nil if it is something else.
    static func decode(_ der: RawSpan, coordinateBytes length: Int) -> [UInt8]? {
        // Up to P-256 lengths take one byte; P-521 needs two for the sequence.
        guard der.byteCount > 2, der.byte(0) == 0x30 else { return nil }
        var position = der.byte(1) == 0x81 ? 3 : 2
        var output: [UInt8] = []
        for _ in 0..<2 {
            guard position + 2 <= der.byteCount, der.byte(position) == 0x02 else { return nil }
            var start = position + 2
            let end = start + Int(der.byte(position + 1))
            guard end <= der.byteCount else { return nil }
            if start < end, der.byte(start) == 0 { start += 1 }
            guard end - start <= length else { return nil }
            output.append(contentsOf: repeatElement(0, count: length - (end - start)))
            output.append(der.slice(ByteRange(start: start, count: end - start)))
            position = end
        }
        return position == der.byteCount ? output : nil
    }
}
