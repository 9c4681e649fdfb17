import GatehouseCore

/// Reads JSON (RFC 8259) in one strict pass into a flat list of places: no tree, no Strings.
///
/// The whole text is checked before the first value can be looked at, so that nobody acts on the
/// beginning of a broken document. A tape is meant to be kept and reused: parsing again needs no
/// new memory.
///
/// ```swift
/// var tape = JSONTape()
/// let root = try tape.parse(bytes)
/// let name = root["name"]?.string
/// ```
public struct JSONTape: Sendable {
    private(set) var nodes: [JSONNode] = []
    /// Scratch of the search for duplicate members of large objects.
    private var names: [JSONName] = []

    /// Most texts have fewer values and names than one in so many bytes.
    private static let bytesPerNode = 8
    /// Nodes that are made room for before anybody knows whether they are needed.
    private static let guessMax = 65_536

    /// An empty tape.
    public init() {}

    /// An empty tape with room for what a text of this many bytes usually holds.
    init(forBytes count: Int) { nodes.reserveCapacity(Self.guess(count)) }

    private static func guess(_ bytes: Int) -> Int { min(bytes / bytesPerNode + 8, guessMax) }

    /// Reads one JSON text; the values point into `bytes`.
    /// - Throws: `JSONError` with the reason and its place.
    @_lifetime(&self, copy bytes)
    public mutating func parse(
        _ bytes: RawSpan, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONValue {
        // Never more than the limit, and what the reader wants free before it finds that out.
        let roomMax = min(limits.valuesMax, Int.max - 2) + 2
        var room = min(max(nodes.capacity, Self.guess(bytes.byteCount)), roomMax)
        while try !read(bytes, limits, room: room) { room = min(room * 2, roomMax) }
        return JSONValue(bytes: bytes, nodes: nodes.span, index: 0)
    }

    /// False if the text needs more room: then nothing was read. That happens to a tape's first
    /// texts only, and costs what the rooms before cost, each of them half as large.
    private mutating func read(
        _ bytes: RawSpan, _ limits: JSONLimits, room: Int
    ) throws(JSONError) -> Bool {
        nodes.removeAll(keepingCapacity: true)
        let parser = JSONParser(bytes, limits: limits)
        var names: [JSONName] = []
        swap(&names, &self.names)
        defer { swap(&names, &self.names) }
        var isDone = false
        try nodes.append(addingCapacity: room) { (nodes: inout OutputSpan) throws(JSONError) in
            isDone = try parser.run(&nodes, &names)
        }
        return isDone
    }
}

/// What a JSON value is.
public enum JSONKind: UInt8, Sendable {
    /// `{…}`
    case object
    /// `[…]`
    case array
    /// `"…"`
    case string
    /// A number of any size.
    case number
    /// `true`
    case `true`
    /// `false`
    case `false`
    /// `null`
    case null
}

/// One value or member name on the tape. A member is its name's node followed by its value's.
struct JSONNode: Sendable {
    var kind: JSONKind
    /// A string with escapes; a number without fraction and exponent.
    var isSpecial = false
    /// First byte: behind the quote of a string.
    var start: Int32
    /// Bytes, without quotes; while an object is open, which hashes its names have.
    var count: Int32 = 0
    /// The node after this one and all in it; while a container is open, its parent.
    var next: Int32
    /// Of a container its members or elements, of a member name its hash.
    var detail: UInt32 = 0

    /// Members or elements of a container.
    @inline(__always)
    var children: Int32 {
        kind.rawValue <= JSONKind.array.rawValue ? Int32(truncatingIfNeeded: detail) : 0
    }
}

/// A member name on its way to being compared with its siblings.
struct JSONName: Sendable {
    var hash: UInt64
    var index: Int32
}
