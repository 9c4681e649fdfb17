import CBrotli
import GatehouseCore

/// Brotli, decoded.
enum BrotliText {
    private static let pieceBytes = 32_768

    /// Decodes one whole stream; what follows it is refused.
    static func decode(
        _ bytes: [UInt8], bytesMax: Int
    ) throws(ContentCoding.Failure) -> [UInt8] {
        guard let state = unsafe BrotliDecoderCreateInstance(nil, nil, nil) else {
            throw .malformed
        }
        defer { unsafe BrotliDecoderDestroyInstance(state) }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        var failure: ContentCoding.Failure?
        unsafe bytes.withUnsafeBufferPointer { input in
            var rest = input.count
            var next = input.baseAddress
            var code = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT
            while code == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT, failure == nil {
                var room = pieceBytes
                unsafe piece.withUnsafeMutableBufferPointer { target in
                    var target = target.baseAddress
                    code = unsafe BrotliDecoderDecompressStream(
                        state, &rest, &next, &room, &target, nil)
                }
                if output.count + pieceBytes - room > bytesMax { failure = .tooLarge }
                if failure == nil { output += piece[..<(pieceBytes - room)] }
            }
            if failure == nil, code != BROTLI_DECODER_RESULT_SUCCESS || rest > 0 {
                failure = .malformed
            }
        }
        if let failure { throw failure }
        return output
    }
}
