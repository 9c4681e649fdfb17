import CZlib
import GatehouseCore

/// zlib, in both directions.
package enum Inflation {
    private static let pieceBytes = 32_768

    /// Decodes one whole stream; what follows it is refused.
    static func inflate(
        _ bytes: [UInt8], windowBits: Int32, bytesMax: Int
    ) throws(ContentCoding.Failure) -> [UInt8] {
        var stream = unsafe z_stream()
        guard unsafe gh_inflate_init(&stream, windowBits) == Z_OK else { throw .malformed }
        defer { unsafe inflateEnd(&stream) }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        var failure: ContentCoding.Failure?
        unsafe bytes.withUnsafeBufferPointer { input in
            unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.avail_in = UInt32(clamping: input.count)
            var code = Z_OK
            while code == Z_OK, failure == nil {
                let made = unsafe piece.withUnsafeMutableBufferPointer { target -> Int in
                    unsafe stream.next_out = target.baseAddress
                    unsafe stream.avail_out = UInt32(target.count)
                    code = unsafe zlib_inflate(&stream)
                    return unsafe target.count - Int(stream.avail_out)
                }
                if output.count + made > bytesMax { failure = .tooLarge }
                if failure == nil { output += piece[..<made] }
            }
            let isWhole = unsafe code == Z_STREAM_END && stream.avail_in == 0
            if failure == nil, !isWhole { failure = .malformed }
        }
        if let failure { throw failure }
        return output
    }

    private static func zlib_inflate(_ stream: UnsafeMutablePointer<z_stream>) -> Int32 {
        unsafe CZlib.inflate(stream, Z_NO_FLUSH)
    }

    /// Compresses in the zlib format, as PNG wants it.
    package static func deflate(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(UInt(bytes.count))
        var output = [UInt8](repeating: 0, count: Int(count))
        let code = unsafe compress2(&output, &count, bytes, UInt(bytes.count), 9)
        precondition(code == Z_OK, "compressing failed")
        return Array(output.prefix(Int(count)))
    }

    /// The check sum of gzip and PNG.
    package static func checkSum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: unsafe crc32(0, bytes, UInt32(bytes.count)))
    }
}
