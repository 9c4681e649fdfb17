import COpenSSL

/// OpenSSL's reader and writer over memory, for PEM texts; wiped when it goes.
@safe final class MemoryBIO {
    @unsafe let pointer: OpaquePointer

    /// Empty, to write to.
    init() {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { fatalError("out of memory") }
        unsafe pointer = bio
    }

    /// Holds a copy of `bytes`, to read from.
    convenience init(_ bytes: [UInt8]) {
        self.init()
        unsafe _ = BIO_write(pointer, bytes, Int32(clamping: bytes.count))
    }

    deinit { unsafe BIO_free_all(pointer) }

    /// What was written and not read.
    var bytes: [UInt8] {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe gh_BIO_get_mem_data(pointer, &start)
        guard count > 0, let start = unsafe start else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
