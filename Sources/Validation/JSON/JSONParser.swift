import GatehouseCore

/// The grammar of RFC 8259 as a loop: nesting costs no stack, an open container remembers its
/// parent in its own node.
struct JSONParser: ~Escapable {
    let bytes: RawSpan
    let limits: JSONLimits
    var tape: JSONTape
    var position = 0
    private var depth = 0
    /// Node of the innermost open container, or -1.
    private var innermost = -1

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, limits: JSONLimits, tape: consuming JSONTape) {
        self.bytes = bytes
        self.limits = limits
        self.tape = tape
    }

    /// Places are 32-bit.
    private static let bytesMaxEver = 1 << 30

    /// Reads the one value that the text may hold.
    mutating func run() throws(JSONError) {
        guard bytes.byteCount <= min(limits.bytesMax.bytes, Self.bytesMaxEver) else {
            throw JSONError(reason: .tooLong, offset: limits.bytesMax.bytes)
        }
        repeat {
            skipSpace()
            try readValue()
        } while try readSeparators()
        skipSpace()
        guard position == bytes.byteCount else { throw error(.trailingBytes) }
    }

    /// Reads a scalar whole, or a container's opening up to its first value.
    private mutating func readValue() throws(JSONError) {
        switch peek() {
        case UInt8(ascii: "{"): try openContainer(.object)
        case UInt8(ascii: "["): try openContainer(.array)
        case UInt8(ascii: "\""): try readString()
        case UInt8(ascii: "t"): try readLiteral("true", .true)
        case UInt8(ascii: "f"): try readLiteral("false", .false)
        case UInt8(ascii: "n"): try readLiteral("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: try readNumber()
        default: throw unexpected()
        }
    }

    /// After a value: closes what ends here. True if another value must follow.
    private mutating func readSeparators() throws(JSONError) -> Bool {
        while innermost >= 0 {
            if justOpened {
                justOpened = false
                return true
            }
            skipSpace()
            let isObject = tape.nodes[innermost].kind == .object
            switch peek() {
            case UInt8(ascii: ","):
                position &+= 1
                try beginChild(isObject: isObject)
                return true
            case UInt8(ascii: "}") where isObject: try closeContainer()
            case UInt8(ascii: "]") where !isObject: try closeContainer()
            default: throw unexpected()
            }
        }
        return false
    }

    /// Whether a container was opened and its first value is still to come.
    private var justOpened = false

    private mutating func openContainer(_ kind: JSONKind) throws(JSONError) {
        guard depth < limits.depthMax else { throw error(.tooDeep) }
        depth &+= 1
        try append(JSONNode(kind: kind, start: Int32(position), next: Int32(innermost)))
        innermost = tape.nodes.count &- 1
        position &+= 1
        skipSpace()
        if peek() == (kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            return try closeContainer()
        }
        try beginChild(isObject: kind == .object)
        justOpened = true
    }

    /// Counts one more child of the open container and, in an object, reads its name and colon.
    private mutating func beginChild(isObject: Bool) throws(JSONError) {
        let children = tape.nodes[innermost].children &+ 1
        guard children <= (isObject ? limits.membersMax : limits.elementsMax) else {
            throw error(.tooManyValues)
        }
        tape.nodes[innermost].children = children
        guard isObject else { return }
        skipSpace()
        guard peek() == UInt8(ascii: "\"") else { throw unexpected() }
        try readString()
        skipSpace()
        guard peek() == UInt8(ascii: ":") else { throw unexpected() }
        position &+= 1
    }

    private mutating func closeContainer() throws(JSONError) {
        position &+= 1
        depth &-= 1
        let closed = innermost
        innermost = Int(tape.nodes[closed].next)
        tape.nodes[closed].next = Int32(tape.nodes.count)
        tape.nodes[closed].count = Int32(position) &- tape.nodes[closed].start
        if tape.nodes[closed].kind == .object, !limits.dangerouslyAllowsDuplicateMembers {
            if tape.hasDuplicateMember(closed, in: bytes) { throw error(.duplicateMember) }
        }
    }

    private mutating func readLiteral(_ text: StaticString, _ kind: JSONKind) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        guard position &+ length <= bytes.byteCount else { throw error(.unexpectedEnd) }
        guard bytes.slice(ByteRange(start: position, count: length)).equals(text) else {
            throw error(.unexpectedByte)
        }
        try appendScalar(kind, start: position, count: length)
        position &+= length
    }

    mutating func appendScalar(
        _ kind: JSONKind, start: Int, count: Int, isSpecial: Bool = false
    ) throws(JSONError) {
        try append(
            JSONNode(
                kind: kind, isSpecial: isSpecial, start: Int32(start), count: Int32(count),
                next: Int32(tape.nodes.count &+ 1)))
    }

    private mutating func append(_ node: JSONNode) throws(JSONError) {
        guard tape.nodes.count < limits.valuesMax else { throw error(.tooManyValues) }
        tape.nodes.append(node)
    }

    /// The next byte, or 0 at the end: nowhere in the grammar is a NUL allowed.
    @inline(__always)
    func peek() -> UInt8 { position < bytes.byteCount ? bytes.byte(position) : 0 }

    @inline(__always)
    private mutating func skipSpace() {
        while true {
            switch peek() {
            case 0x20, 0x09, 0x0A, 0x0D: position &+= 1
            default: return
            }
        }
    }

    func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, offset: position)
    }

    func unexpected() -> JSONError {
        error(position < bytes.byteCount ? .unexpectedByte : .unexpectedEnd)
    }
}
