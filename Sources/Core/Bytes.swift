/// A place inside a buffer: start and length in bytes.
public struct ByteRange: Equatable, Sendable {
    /// Offset of the first byte.
    public var start: Int32
    /// Number of bytes.
    public var count: Int32

    /// Names `count` bytes from `start`.
    @inline(__always)
    public init(start: Int, count: Int) {
        self.start = Int32(truncatingIfNeeded: start)
        self.count = Int32(truncatingIfNeeded: count)
    }

    /// An empty place.
    public static let none = ByteRange(start: 0, count: 0)
    /// Whether it holds no bytes.
    public var isEmpty: Bool { count == 0 }
}

extension RawSpan {
    // Loading is called unsafe for the type that it makes up; the span itself checks the bounds, in
    // release builds too, so that a second check here would only cost.

    /// One byte, bounds-checked.
    @inlinable @inline(__always)
    public func byte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes as a little-endian word, bounds-checked; for scanning a word at a time.
    @inlinable @inline(__always)
    public func word(_ offset: Int) -> UInt64 {
        unsafe UInt64(
            littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Eight bytes as a little-endian word; the caller has seen that they lie within.
    @inlinable @inline(__always)
    package func wordWithin(_ offset: Int) -> UInt64 {
        assert(offset >= 0 && offset <= byteCount - 8)
        return unsafe UInt64(
            littleEndian: unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// One byte; the caller has seen that it lies within.
    @inlinable @inline(__always)
    package func byteWithin(_ offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < byteCount)
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The bytes of `range`, bounds-checked.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public func slice(_ range: ByteRange) -> RawSpan {
        extracting(Int(range.start)..<Int(range.start) + Int(range.count))
    }

    /// Whether the bytes equal `other`, byte for byte. Not constant time.
    public func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var index = 0
        while index &+ 8 <= byteCount {
            if word(index) != other.word(index) { return false }
            index &+= 8
        }
        while index < byteCount {
            if byte(index) != other.byte(index) { return false }
            index &+= 1
        }
        return true
    }

    /// Whether the bytes equal fixed text.
    public func equals(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        for index in 0..<byteCount {
            guard unsafe byte(index) == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether the bytes equal fixed lower-case ASCII text, letters of either case being the same.
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        for index in 0..<byteCount {
            guard unsafe byte(index).asciiLowercased == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// A copy as an array.
    public var array: [UInt8] {
        // The empty array is one object for all threads, and the initialiser below writes to it.
        if byteCount == 0 { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            unsafe withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
            }
            count = byteCount
        }
    }
}

extension String {
    /// Text of the bytes; bytes that are no UTF-8 become U+FFFD.
    public init(lossy bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension UInt8 {
    /// The byte with A–Z folded to a–z.
    @inlinable @inline(__always)
    public var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    /// Value of a hexadecimal digit, or nil.
    @inlinable @inline(__always)
    public var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x37
        case 0x61...0x66: self &- 0x57
        default: nil
        }
    }
    /// Whether the byte is 0–9.
    @inlinable @inline(__always)
    public var isDigit: Bool { self &- 0x30 < 10 }
}

extension [UInt8] {
    /// Appends fixed text without making a String.
    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        precondition(text.hasPointerRepresentation)
        unsafe append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a span's bytes.
    @inlinable @inline(__always)
    public mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }

    /// Appends a number in decimal, without making a String.
    public mutating func append(decimal value: Int) {
        var rest = value.magnitude
        var digits: InlineArray<20, UInt8> = .init(repeating: 0x2D)
        var index = 20
        repeat {
            index &-= 1
            digits[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        } while rest > 0
        if value < 0 { index &-= 1 }
        unsafe append(digits.span.bytes.extracting(index..<20))
    }

    /// Appends a number as lower-case hexadecimal, padded to 16 digits.
    public mutating func append(hex value: UInt64) {
        var digits: InlineArray<16, UInt8> = .init(repeating: 0)
        var rest = value
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: rest &>> 60)
            digits[index] = digit < 10 ? digit &+ 0x30 : digit &+ 0x57
            rest &<<= 4
        }
        unsafe append(digits.span.bytes)
    }
}

extension Buffer {
    /// Appends a number in decimal; needs up to 20 bytes free.
    public func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var index = 20
        repeat {
            index -= 1
            digits[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        } while rest > 0
        while index < 20 {
            append(digits[index])
            index += 1
        }
    }
}

extension [UInt8] {
    /// The elements as raw bytes; every byte is initialised, so that this is safe.
    @inlinable @inline(__always)
    public var raw: RawSpan {
        @_lifetime(borrow self)
        get { unsafe span.bytes }
    }
}
