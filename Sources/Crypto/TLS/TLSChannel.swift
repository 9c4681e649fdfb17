import COpenSSL
import GatehouseCore

/// The far end of one TLS session: a BIO over the two buffers of the call that is under way.
///
/// OpenSSL's own memory BIOs keep what they carry until it is read; this one keeps nothing, so that
/// an idle connection holds no bytes. Between calls it has neither input nor output and answers
/// "later".
@safe final class TLSChannel {
    private var input: Unmanaged<Buffer>?
    private var output: Unmanaged<Buffer>?

    /// Lends the buffers for one call; the caller keeps them alive until `detach`.
    @inline(__always)
    func attach(input: Buffer?, output: Buffer?) {
        unsafe self.input = input.map { unsafe Unmanaged.passUnretained($0) }
        unsafe self.output = output.map { unsafe Unmanaged.passUnretained($0) }
    }

    @inline(__always)
    func detach() {
        unsafe input = nil
        unsafe output = nil
    }

    /// A BIO that moves bytes through this channel, which must outlive it.
    @unsafe func makeBIO() -> OpaquePointer? {
        guard let method = unsafe Self.method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        return unsafe bio
    }

    private func take(into target: UnsafeMutablePointer<CChar>, _ limit: Int) -> Int {
        guard let input = unsafe input else { return 0 }
        return unsafe input._withUnsafeGuaranteedRef { buffer in
            let source = unsafe buffer.unsafeReadable
            let count = min(source.count, limit)
            guard count > 0, let start = source.baseAddress else { return 0 }
            unsafe UnsafeMutableRawPointer(target).copyMemory(from: start, byteCount: count)
            buffer.consume(count)
            return count
        }
    }

    private func put(_ source: UnsafePointer<CChar>, _ length: Int) -> Int {
        guard let output = unsafe output else { return 0 }
        return unsafe output._withUnsafeGuaranteedRef { buffer in
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
    private static func of(_ bio: OpaquePointer?) -> Unmanaged<TLSChannel>? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSChannel>.fromOpaque(data)
    }

    private static func read(
        _ bio: OpaquePointer?, _ target: UnsafeMutablePointer<CChar>?, _ limit: Int,
        _ count: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        unsafe gh_BIO_clear_retry_flags(bio)
        guard let channel = unsafe of(bio), let target = unsafe target else { return -1 }
        let taken = unsafe channel._withUnsafeGuaranteedRef { unsafe $0.take(into: target, limit) }
        unsafe count?.pointee = taken
        if taken > 0 { return 1 }
        unsafe gh_BIO_set_retry_read(bio)
        return -1
    }

    private static func write(
        _ bio: OpaquePointer?, _ source: UnsafePointer<CChar>?, _ length: Int,
        _ count: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        unsafe gh_BIO_clear_retry_flags(bio)
        guard let channel = unsafe of(bio), let source = unsafe source else { return -1 }
        let put = unsafe channel._withUnsafeGuaranteedRef { unsafe $0.put(source, length) }
        unsafe count?.pointee = put
        if put > 0 { return 1 }
        unsafe gh_BIO_set_retry_write(bio)
        return -1
    }
}
