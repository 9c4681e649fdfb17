/// A number of bytes with its unit: limits say `.kibibytes(16)`, not `16384`.
public struct ByteCount: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// Bytes.
    public let bytes: Int

    /// A count of bytes.
    public static func bytes(_ count: Int) -> ByteCount { .init(bytes: count) }
    /// A count of 1,024 bytes each.
    public static func kibibytes(_ count: Int) -> ByteCount { .init(bytes: count << 10) }
    /// A count of 1,048,576 bytes each.
    public static func mebibytes(_ count: Int) -> ByteCount { .init(bytes: count << 20) }

    /// Whether `left` is smaller.
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }

    /// The shortest exact form: `16KiB`, `1MiB`, `100B`.
    public var description: String {
        if bytes > 0, bytes & (1 << 30 - 1) == 0 { return "\(bytes >> 30)GiB" }
        if bytes > 0, bytes & (1 << 20 - 1) == 0 { return "\(bytes >> 20)MiB" }
        if bytes > 0, bytes & (1 << 10 - 1) == 0 { return "\(bytes >> 10)KiB" }
        return "\(bytes)B"
    }
}
