/// Bounds on what is learned of traffic: whatever comes, memory and file stay small.
enum TrafficLimits {
    /// Segments of a path.
    static let segmentsMax = 24
    /// Bytes of a segment that may be literal text.
    static let segmentBytesMax = 48
    /// Literal segments beside each other; more are values of a parameter.
    static let siblingsMax = 40
    /// Segments of all paths.
    static let pathNodesMax = 4_000
    /// Operations.
    static let operationsMax = 1_000
    /// Parameters of an operation, in each of query, header and cookie.
    static let parametersMax = 64
    /// Media types of a body; statuses of an operation.
    static let mediaTypesMax = 8
    static let statusesMax = 24
    /// Members of an object that are told apart.
    static let propertiesMax = 128
    /// Values inside each other.
    static let depthMax = 16
    /// Places in the values of one operation, and of all.
    static let operationNodesMax = 4_000
    static let nodesMax = 60_000
    /// Values of one body that are looked at.
    static let valuesMax = 20_000
    /// Bytes of a name.
    static let nameBytesMax = 64
    /// Texts that may be an enumeration's: bytes of one, texts, and texts not yet known well.
    static let choiceBytesMax = 32
    static let choicesMax = 16
    static let pendingMax = 64
    /// Clients that must have sent a text before the text itself is kept.
    static let choiceClientsMin = 3
    /// Bytes of a text whose format is looked for.
    static let formatBytesMax = 2_048
    /// Bytes of what is kept in a file.
    static let fileBytesMax = 32 << 20
}
