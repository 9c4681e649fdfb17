package import GatehouseCore

/// Writes the chunked transfer coding around data that is put straight into the output buffer: the
/// size is filled in afterwards, so that data is never moved.
package enum ChunkFraming {
    /// Bytes of a chunk's header: eight hexadecimal digits and CRLF.
    package static let headerCount = 10
    /// Bytes that a chunk costs besides its data.
    package static let overhead = headerCount + 2
    /// Bytes of the last chunk with its empty trailer.
    package static let lastCount = 5

    /// Begins a chunk; needs `overhead` bytes and the data's free.
    /// - Returns: where the chunk begins, for `end`.
    package static func begin(in output: Buffer) -> Int {
        let position = output.end
        output.append("00000000\r\n")
        return position
    }

    /// Ends the chunk that began at `position`; one without data vanishes, since it would end the
    /// body. The output must not have been moved in between.
    package static func end(in output: Buffer, from position: Int) {
        let count = output.end - position - headerCount
        precondition(count >= 0 && count <= UInt32.max)
        guard count > 0 else { return output.truncate(to: position) }
        for index in 0..<8 {
            let digit = UInt8(truncatingIfNeeded: count &>> (28 &- index &* 4)) & 15
            output.overwrite(digit < 10 ? digit &+ 0x30 : digit &+ 0x57, at: position + index)
        }
        output.append("\r\n")
    }

    /// Ends the body; needs `lastCount` bytes free.
    package static func last(in output: Buffer) { output.append("0\r\n\r\n") }
}
