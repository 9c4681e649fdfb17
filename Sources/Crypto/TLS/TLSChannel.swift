import COpenSSL
import GatehouseCore

/// The far end of one TLS session: a BIO over the two buffers of the call that is under way.
///
/// OpenSSL's own memory BIOs keep what they carry until it is read; this one keeps nothing, so that
/// an idle connection holds no bytes. Between calls it has neither input nor output and answers
/// "later".
@safe struct TLSChannel: ~Copyable {
    /// Memory of its own, which the BIO points to: a look at it costs no exclusivity check.
    private let ends: UnsafeMutablePointer<Ends>

    @unsafe private struct Ends {
        var input: Unmanaged<Buffer>?
        var output: Unmanaged<Buffer>?
    }

    init() {
        unsafe ends = .allocate(capacity: 1)
        unsafe ends.initialize(to: Ends())
    }

    deinit { unsafe ends.deallocate() }

    /// Lends the buffers for one call; the caller keeps them alive until `detach`.
    @inline(__always)
    func attach(input: Buffer?, output: Buffer) {
        unsafe ends.pointee.input = input.map { unsafe Unmanaged.passUnretained($0) }
        unsafe ends.pointee.output = Unmanaged.passUnretained(output)
    }

    @inline(__always)
    func detach() { unsafe ends.pointee = Ends() }

    /// A BIO that moves bytes through this channel, which must outlive it.
    @unsafe func makeBIO() -> OpaquePointer? {
        guard let method = unsafe Self.method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, ends)
        return unsafe bio
    }

    private static func take(
        _ input: Unmanaged<Buffer>, into target: UnsafeMutablePointer<CChar>, _ limit: Int
    ) -> Int {
        unsafe input._withUnsafeGuaranteedRef { buffer in
            let source = unsafe buffer.unsafeReadable
            let count = min(source.count, limit)
            guard count > 0, let start = source.baseAddress else { return 0 }
            unsafe UnsafeMutableRawPointer(target).copyMemory(from: start, byteCount: count)
            buffer.consume(count)
            return count
        }
    }

    private static func put(
        _ source: UnsafePointer<CChar>, _ length: Int, into output: Unmanaged<Buffer>
    ) -> Int {
        unsafe output._withUnsafeGuaranteedRef { buffer in
            let target = unsafe buffer.unsafeFreeSpace
            let count = min(target.count, length)
            guard count > 0, let start = target.baseAddress else { return 0 }
            unsafe start.copyMemory(from: UnsafeRawPointer(source), byteCount: count)
            buffer.commit(count)
            return count
        }
    }

    // MARK: C callbacks

    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        let method = unsafe BIO_meth_new(type, "gatehouse")
        unsafe BIO_meth_set_read_ex(method) { bio, target, limit, count in
            unsafe TLSChannel.read(bio, target, limit, count)
        }
        unsafe BIO_meth_set_write_ex(method) { bio, source, length, count in
            unsafe TLSChannel.write(bio, source, length, count)
        }
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return unsafe method
    }()

    @inline(__always)
    private static func ends(of bio: OpaquePointer?) -> UnsafeMutablePointer<Ends>? {
        unsafe BIO_get_data(bio)?.assumingMemoryBound(to: Ends.self)
    }

    private static func read(
        _ bio: OpaquePointer?, _ target: UnsafeMutablePointer<CChar>?, _ limit: Int,
        _ count: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        unsafe gh_BIO_clear_retry_flags(bio)
        guard let target = unsafe target, let input = unsafe ends(of: bio)?.pointee.input,
            case let taken = unsafe take(input, into: target, limit), taken > 0
        else {
            unsafe gh_BIO_set_retry_read(bio)
            return -1
        }
        unsafe count?.pointee = taken
        return 1
    }

    private static func write(
        _ bio: OpaquePointer?, _ source: UnsafePointer<CChar>?, _ length: Int,
        _ count: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        unsafe gh_BIO_clear_retry_flags(bio)
        guard let source = unsafe source, let output = unsafe ends(of: bio)?.pointee.output,
            case let taken = unsafe put(source, length, into: output), taken > 0
        else {
            unsafe gh_BIO_set_retry_write(bio)
            return -1
        }
        unsafe count?.pointee = taken
        return 1
    }
}
