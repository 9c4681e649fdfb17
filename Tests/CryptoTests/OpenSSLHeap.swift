import OpenSSLHeapCounter

/// What OpenSSL allocates in this process.
enum OpenSSLHeap {
    /// Bytes asked for and not given back.
    static var bytes: Int { gh_heap_bytes() }
    /// Blocks asked for so far.
    static var allocations: Int { gh_heap_allocations() }

    static func watch() -> Bool { gh_heap_is_watched() == 1 }
}
