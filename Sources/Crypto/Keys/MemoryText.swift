import COpenSSL
import GatehouseCore

/// A memory BIO: a text that OpenSSL's PEM functions read or write.
@safe final class MemoryText {
    let handle: OpaquePointer

    /// An empty one to write to.
    init() throws(KeyError) {
        guard let handle = unsafe BIO_new(BIO_s_mem()) else { throw .malformed("no memory") }
        unsafe self.handle = handle
    }

    /// One that holds a copy of `bytes`.
    convenience init(_ bytes: RawSpan) throws(KeyError) {
        try self.init()
        let isWritten = unsafe bytes.withUnsafeOctets { start, count in
            unsafe BIO_write(handle, start, Int32(clamping: count)) == Int32(clamping: count)
        }
        guard isWritten || bytes.byteCount == 0 else { throw .malformed("no memory") }
    }

    deinit { unsafe BIO_free(handle) }

    /// What was written.
    func contents() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(handle))
        let count = unsafe BIO_read(handle, &bytes, Int32(clamping: bytes.count))
        return Array(bytes.prefix(Int(max(count, 0))))
    }
}
