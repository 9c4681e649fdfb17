public import GatehouseCore

/// How much JSON is accepted; over a limit it is refused, not cut.
public struct JSONLimits: Equatable, Sendable {
    /// Bytes of the whole text. Default 1 MiB; never over 1 GiB.
    public var bytesMax = ByteCount.mebibytes(1)
    /// Objects and arrays inside each other. Default 32.
    public var depthMax = 32
    /// Members of one object. Default 1,000.
    public var membersMax = 1_000
    /// Elements of one array. Default 10,000.
    public var elementsMax = 10_000
    /// Values and member names in all: bounds the memory, 20 bytes each. Default 100,000.
    public var valuesMax = 100_000
    /// Bytes of one string or member name as written. Default 64 KiB.
    public var stringBytesMax = ByteCount.kibibytes(64)
    /// Characters of one number. Default 256.
    public var numberBytesMax = 256
    /// Lets a member name occur twice in one object, for data that nothing is decided upon: two
    /// readers may see different values.
    public var dangerouslyAllowsDuplicateMembers = false

    /// The defaults.
    public init() {}
}
