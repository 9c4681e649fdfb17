import GatehouseCore

/// The grammar of RFC 8259 as a loop: nesting costs no stack, an open container remembers its
/// parent in its own node.
struct JSONParser: ~Escapable {
    typealias Nodes = OutputSpan<JSONNode>

    /// Where the reader stands. Lives in registers: what is not inlined gets and returns parts of
    /// it by value.
    struct Cursor {
        var position = 0
        var depth = 0
        /// Node of the innermost open container, or -1.
        var innermost = -1
        var isInObject = false
    }

    let bytes: RawSpan
    let limits: JSONLimits

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Places are 32-bit.
    private static let bytesMaxEver = 1 << 30
    /// Nodes that one turn of the loop may add: a value or a container's opening, and the name
    /// before the next value.
    private static let nodesPerTurn = 2

    /// Reads the one value that the text may hold. False if there is no room for its nodes.
    func run(_ nodes: inout Nodes, _ names: inout [JSONName]) throws(JSONError) -> Bool {
        guard bytes.byteCount <= min(limits.bytesMax.bytes, Self.bytesMaxEver) else {
            throw JSONError(reason: .tooLong, offset: limits.bytesMax.bytes)
        }
        var cursor = Cursor()
        repeat {
            if nodes.freeCapacity < Self.nodesPerTurn { return false }
        } while try readValue(&cursor, &nodes, &names)
        _ = skipSpace(&cursor)
        guard cursor.position == bytes.byteCount else {
            throw error(.trailingBytes, cursor.position)
        }
        return true
    }

    /// Reads a scalar whole, or a container's opening, up to where the next value begins. False if
    /// there is none.
    @inline(always)
    private func readValue(
        _ cursor: inout Cursor, _ nodes: inout Nodes, _ names: inout [JSONName]
    ) throws(JSONError) -> Bool {
        let byte = skipSpace(&cursor)
        switch byte {
        case UInt8(ascii: "\""): try readString(&cursor, &nodes)
        case UInt8(ascii: "-"), 0x30...0x39: try readNumber(&cursor, &nodes)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if try openContainer(byte, &cursor, &nodes) { return true }
        default: cursor.position = try readLiteral(cursor.position, &nodes)
        }
        return try readSeparators(&cursor, &nodes, &names)
    }

    /// After a value: closes what ends here. True if another value must follow.
    @inline(always)
    private func readSeparators(
        _ cursor: inout Cursor, _ nodes: inout Nodes, _ names: inout [JSONName]
    ) throws(JSONError) -> Bool {
        while cursor.innermost >= 0 {
            let byte = skipSpace(&cursor)
            if byte == UInt8(ascii: ",") {
                cursor.position &+= 1
                try beginChild(&cursor, &nodes)
                return true
            }
            guard byte == (cursor.isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw unexpected(cursor.position)
            }
            cursor.position &+= 1
            try closeContainer(&cursor, &nodes, &names)
        }
        return false
    }

    /// True if a first value follows.
    @inline(always)
    private func openContainer(
        _ byte: UInt8, _ cursor: inout Cursor, _ nodes: inout Nodes
    ) throws(JSONError) -> Bool {
        guard cursor.depth < limits.depthMax else { throw error(.tooDeep, cursor.position) }
        cursor.depth &+= 1
        let parent = Int32(truncatingIfNeeded: cursor.innermost)
        cursor.innermost = nodes.count
        cursor.isInObject = byte == UInt8(ascii: "{")
        try append(
            JSONNode(
                kind: cursor.isInObject ? .object : .array,
                start: Int32(truncatingIfNeeded: cursor.position), next: parent),
            cursor.position, &nodes)
        cursor.position &+= 1
        // What closes it stands two after what opens it, in ASCII.
        if skipSpace(&cursor) == byte &+ 2 { return false }
        try beginChild(&cursor, &nodes)
        return true
    }

    /// Counts one more child of the open container and, in an object, reads its name and colon.
    @inline(always)
    private func beginChild(
        _ cursor: inout Cursor, _ nodes: inout Nodes
    ) throws(JSONError) {
        let children = nodes[cursor.innermost].detail &+ 1
        guard Int(children) <= (cursor.isInObject ? limits.membersMax : limits.elementsMax) else {
            throw error(.tooManyValues, cursor.position)
        }
        nodes[cursor.innermost].detail = children
        guard cursor.isInObject else { return }
        guard skipSpace(&cursor) == UInt8(ascii: "\"") else {
            throw unexpected(cursor.position)
        }
        try readName(&cursor, &nodes)
        guard skipSpace(&cursor) == UInt8(ascii: ":") else { throw unexpected(cursor.position) }
        cursor.position &+= 1
    }

    /// Behind its last byte.
    @inline(always)
    private func closeContainer(
        _ cursor: inout Cursor, _ nodes: inout Nodes, _ names: inout [JSONName]
    ) throws(JSONError) {
        let closed = cursor.innermost
        let wasObject = cursor.isInObject
        cursor.depth &-= 1
        cursor.innermost = Int(nodes[closed].next)
        cursor.isInObject = cursor.innermost >= 0 && nodes[cursor.innermost].kind == .object
        nodes[closed].next = Int32(truncatingIfNeeded: nodes.count)
        nodes[closed].count = Int32(truncatingIfNeeded: cursor.position) &- nodes[closed].start
        guard wasObject else { return }
        if !limits.dangerouslyAllowsDuplicateMembers, hasDuplicateMember(closed, nodes, &names) {
            throw error(.duplicateMember, cursor.position)
        }
        nodes[closed].isSpecial = false
    }

    /// The place behind it.
    @inline(never)
    private func readLiteral(_ position: Int, _ nodes: inout Nodes) throws(JSONError) -> Int {
        switch peek(position) {
        case UInt8(ascii: "t"): try readLiteral("true", .true, position, &nodes)
        case UInt8(ascii: "f"): try readLiteral("false", .false, position, &nodes)
        case UInt8(ascii: "n"): try readLiteral("null", .null, position, &nodes)
        default: throw unexpected(position)
        }
    }

    private func readLiteral(
        _ text: StaticString, _ kind: JSONKind, _ position: Int, _ nodes: inout Nodes
    ) throws(JSONError) -> Int {
        let length = text.utf8CodeUnitCount
        guard position &+ length <= bytes.byteCount else { throw error(.unexpectedEnd, position) }
        guard bytes.slice(ByteRange(start: position, count: length)).equals(text) else {
            throw error(.unexpectedByte, position)
        }
        try appendScalar(kind, start: position, count: length, position, &nodes)
        return position &+ length
    }

    @inline(always)
    func appendScalar(
        _ kind: JSONKind, start: Int, count: Int, isSpecial: Bool = false, hash: UInt32 = 0,
        _ position: Int, _ nodes: inout Nodes
    ) throws(JSONError) {
        try append(
            JSONNode(
                kind: kind, isSpecial: isSpecial, start: Int32(truncatingIfNeeded: start),
                count: Int32(truncatingIfNeeded: count),
                next: Int32(truncatingIfNeeded: nodes.count &+ 1), detail: hash),
            position, &nodes)
    }

    @inline(always)
    private func append(
        _ node: JSONNode, _ position: Int, _ nodes: inout Nodes
    ) throws(JSONError) {
        guard nodes.count < limits.valuesMax else { throw error(.tooManyValues, position) }
        nodes.append(node)
    }

    /// The byte at a place, or 0 at the end: nowhere in the grammar is a NUL allowed.
    @inline(always)
    func peek(_ position: Int) -> UInt8 {
        position < bytes.byteCount ? bytes.byteWithin(position) : 0
    }

    /// The next byte that is no space.
    @inline(always)
    private func skipSpace(_ cursor: inout Cursor) -> UInt8 {
        while true {
            let byte = peek(cursor.position)
            if byte > 0x20 { return byte }
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: cursor.position &+= 1
            default: return byte
            }
        }
    }

    @inline(never)
    func error(_ reason: JSONError.Reason, _ position: Int) -> JSONError {
        JSONError(reason: reason, offset: position)
    }

    @inline(never)
    func unexpected(_ position: Int) -> JSONError {
        error(position < bytes.byteCount ? .unexpectedByte : .unexpectedEnd, position)
    }
}
