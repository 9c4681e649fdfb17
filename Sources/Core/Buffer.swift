#if canImport(Glibc)
    import Glibc
#endif

/// A fixed block of memory with a read and a write position: what sockets fill and codecs read.
///
/// One owner at a time; loops lend buffers from a pool. Reading goes through bounds-checked spans,
/// so hostile bytes never meet raw pointers outside this file and the C calls that fill it.
@safe public final class Buffer {
    private let base: UnsafeMutableRawPointer
    /// Bytes of memory held.
    public let capacity: Int
    // Private, so that the optimiser proves exclusive access instead of checking it at every byte.
    private var head = 0
    private var tail = 0
    private var spared = 0
    /// Where reading goes on.
    public var start: Int { head }
    /// Where writing goes on; `start...end` is unread.
    public var end: Int { tail }

    /// Allocates `capacity` bytes; undefined until written, and unreadable until then.
    public init(capacity: Int) {
        precondition(capacity > 0)
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit { unsafe base.deallocate() }

    /// Bytes written and not yet consumed.
    public var count: Int { end - start }
    /// Bytes that can still be appended without moving anything.
    public var free: Int { capacity - end - reserved }
    /// Bytes at the end that `free` leaves out: for framing that follows a piece of unknown size.
    public var reserved: Int {
        get { spared }
        set { spared = newValue }
    }
    /// Whether nothing is left to read.
    public var isEmpty: Bool { start == end }

    /// The unread bytes.
    public var readable: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: base + start, byteCount: end - start)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// All bytes written so far, read or not: for positions that were noted earlier.
    public var written: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: base, byteCount: end)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Marks the next `count` unread bytes as read.
    @inline(__always)
    public func consume(_ count: Int) {
        precondition(count >= 0 && start + count <= end)
        head += count
    }

    /// Forgets the content.
    public func clear() {
        head = 0
        tail = 0
        spared = 0
    }

    /// Moves the unread bytes down to `floor`, so that bytes before `floor` stay where they are.
    public func compact(to floor: Int) {
        precondition(floor >= 0 && floor <= start)
        let length = end - start
        if start > floor, length > 0 { unsafe memmove(base + floor, base + start, length) }
        head = floor
        tail = floor + length
    }

    /// Forgets bytes after position `end`.
    public func truncate(to end: Int) {
        precondition(end >= start && end <= self.end)
        tail = end
    }

    /// Appends one byte; the caller has checked `free`.
    @inline(__always)
    public func append(_ byte: UInt8) {
        precondition(end < capacity)
        unsafe base.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        tail += 1
    }

    /// Appends bytes; the caller has checked `free`.
    @inline(__always)
    public func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        precondition(length <= capacity - end)
        guard length > 0 else { return }
        unsafe bytes.withUnsafeBytes { source in
            _ = unsafe memcpy(base + end, source.baseAddress.unsafelyUnwrapped, length)
        }
        tail += length
    }

    /// Appends an array's bytes; the caller has checked `free`.
    @inline(__always)
    public func append(_ bytes: [UInt8]) { append(bytes.raw) }

    /// Appends fixed text, such as a status line; the caller has checked `free`.
    @inline(__always)
    public func append(_ text: StaticString) {
        precondition(text.hasPointerRepresentation)
        let length = text.utf8CodeUnitCount
        precondition(length <= capacity - end)
        _ = unsafe memcpy(base + end, text.utf8Start, length)
        tail += length
    }

    /// Overwrites one byte that was already written.
    public func overwrite(_ byte: UInt8, at position: Int) {
        precondition(position >= 0 && position < end)
        unsafe base.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
    }

    /// The free part, for a C call that fills it; follow with `commit`.
    @unsafe public var unsafeFreeSpace: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end - reserved)
    }

    /// The unread part, for a C call that sends it; valid until the buffer changes.
    @unsafe public var unsafeReadable: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + start, count: end - start)
    }

    /// Declares that a C call filled the first `count` free bytes.
    public func commit(_ count: Int) {
        precondition(count >= 0 && count <= capacity - end)
        tail += count
    }
}
