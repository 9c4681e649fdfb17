import COpenSSL
import Glibc
import Synchronization

/// Counts what OpenSSL allocates; must be the first to touch OpenSSL in its process.
enum OpenSSLHeap {
    private static let live = Atomic<Int>(0)
    private static let made = Atomic<Int>(0)

    /// Bytes asked for and not given back.
    static var bytes: Int { live.load(ordering: .relaxed) }
    /// Blocks asked for so far.
    static var allocations: Int { made.load(ordering: .relaxed) }

    /// Each block carries its length before its first byte; 16 keeps the alignment.
    private static let header = 16

    static func watch() -> Bool {
        unsafe CRYPTO_set_mem_functions(
            { count, _, _ in unsafe OpenSSLHeap.allocate(count) },
            { block, count, _, _ in unsafe OpenSSLHeap.reallocate(block, count) },
            { block, _, _ in unsafe OpenSSLHeap.free(block) }) == 1
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        guard let block = unsafe malloc(count + header) else { return nil }
        unsafe block.storeBytes(of: count, as: Int.self)
        live.add(count, ordering: .relaxed)
        made.add(1, ordering: .relaxed)
        return unsafe block + header
    }

    private static func reallocate(
        _ block: UnsafeMutableRawPointer?, _ count: Int
    ) -> UnsafeMutableRawPointer? {
        guard let block = unsafe block else { return unsafe allocate(count) }
        let old = unsafe (block - header).load(as: Int.self)
        guard let fresh = unsafe allocate(count) else { return nil }
        unsafe fresh.copyMemory(from: block, byteCount: min(old, count))
        unsafe free(block)
        return unsafe fresh
    }

    private static func free(_ block: UnsafeMutableRawPointer?) {
        guard let block = unsafe block else { return }
        live.subtract(unsafe (block - header).load(as: Int.self), ordering: .relaxed)
        unsafe Glibc.free(block - header)
    }
}
