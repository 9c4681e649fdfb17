import COpenSSL
import GatehouseCore

extension RawSpan {
    /// Lends the bytes to a C call; an empty span gives a valid pointer too, since some calls take
    /// nil for "no argument".
    @inline(__always)
    func withUnsafeOctets<Result, Failure: Error>(
        _ body: (UnsafePointer<UInt8>, Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if byteCount == 0 {
            let nothing: (UInt8) = 0
            return try unsafe withUnsafePointer(to: nothing) { pointer throws(Failure) in
                try unsafe body(pointer, 0)
            }
        }
        return try unsafe withUnsafeBytes { bytes throws(Failure) in
            try unsafe body(
                bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), bytes.count
            )
        }
    }
}

extension [UInt8] {
    /// Makes the array `count` bytes long, keeping its memory; what it holds then is undefined.
    mutating func resize(to count: Int) {
        if self.count == count { return }
        removeAll(keepingCapacity: true)
        append(contentsOf: repeatElement(0, count: count))
    }
}
