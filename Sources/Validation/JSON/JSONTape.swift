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
    var nodes: [JSONNode] = []
    /// Scratch of the search for duplicate members of large objects.
    var names: [JSONName] = []

    /// An empty tape.
    public init() {}

    /// An empty tape with room for what a text of this many bytes usually holds.
    init(forBytes count: Int) { nodes.reserveCapacity(min(count / 8 + 8, 65_536)) }

    /// Reads one JSON text; the values point into `bytes`.
    /// - Throws: `JSONError` with the reason and its place.
    @_lifetime(&self, copy bytes)
    public mutating func parse(
        _ bytes: RawSpan, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONValue {
        nodes.removeAll(keepingCapacity: true)
        var parser = JSONParser(bytes, limits: limits, tape: self)
        self = JSONTape()
        do throws(JSONError) { try parser.run() } catch {
            self = parser.tape
            throw error
        }
        self = parser.tape
        return JSONValue(bytes: bytes, nodes: nodes.span, index: 0)
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
    /// Bytes, without quotes.
    var count: Int32 = 0
    /// The node after this one and all in it; while a container is open, its parent.
    var next: Int32
    /// Members or elements of a container.
    var children: Int32 = 0
}

/// A member name on its way to being compared with its siblings.
struct JSONName: Sendable {
    var hash: UInt64
    var index: Int32
}
