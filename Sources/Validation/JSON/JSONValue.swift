import GatehouseCore

/// A value inside a parsed JSON text: a view that can't outlive the text and its tape.
public struct JSONValue: ~Escapable {
    let bytes: RawSpan
    let nodes: Span<JSONNode>
    let index: Int

    @_lifetime(copy bytes, copy nodes)
    init(bytes: RawSpan, nodes: Span<JSONNode>, index: Int) {
        self.bytes = bytes
        self.nodes = nodes
        self.index = index
    }

    var node: JSONNode { nodes[index] }

    /// What the value is.
    public var kind: JSONKind { node.kind }

    /// Number of members or elements; 0 for other kinds.
    public var count: Int { Int(node.children) }

    /// Offset of the value in the text, for messages.
    public var offset: Int { Int(node.start) }

    /// The bytes as written: a string's without quotes and with its escapes, a number's digits.
    public var text: RawSpan {
        @inline(__always)
        @_lifetime(copy self)
        get { bytes.slice(ByteRange(start: Int(node.start), count: Int(node.count))) }
    }

    /// A whole number that is written without fraction and exponent and fits; else nil.
    public var integer: Int64? { machineInteger }

    /// The same where it is used.
    @inline(__always)
    var machineInteger: Int64? {
        guard kind == .number, node.isSpecial else { return nil }
        let text = text
        let isNegative = text.byte(0) == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        let fitsAnyway = min(text.byteCount, index &+ Self.digitsThatFit)
        // Counted downwards, because the least Int64 has no positive twin.
        var value: Int64 = 0
        while index < fitsAnyway {
            value = value &* 10 &- Int64(text.byte(index) &- 0x30)
            index &+= 1
        }
        while index < text.byteCount {
            let digit = Int64(text.byte(index) &- 0x30)
            let (tenfold, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tenfold.subtractingReportingOverflow(digit)
            if overflowed || carried { return nil }
            value = sum
            index &+= 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// So many decimal digits fit whatever they are.
    private static let digitsThatFit = 18

    /// `true` or `false`; nil for other kinds.
    public var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// A string's text with its escapes resolved; nil for other kinds.
    public var string: String? {
        guard kind == .string else { return nil }
        let text = text
        if !node.isSpecial { return String(lossy: text) }
        var decoded: [UInt8] = []
        appendText(to: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Appends a string's text in UTF-8, with its escapes resolved; nothing for other kinds.
    public func appendText(to output: inout [UInt8]) {
        guard kind == .string else { return }
        let text = text
        if node.isSpecial {
            JSONEscapes.resolve(text, into: &output)
        } else {
            output.append(text)
        }
    }

    /// Whether the value is a string with exactly these bytes, escapes resolved.
    public func equals(_ other: RawSpan) -> Bool {
        guard kind == .string else { return false }
        let text = text
        if !node.isSpecial { return text.equals(other) }
        return JSONEscapes.resolved(text).raw.equals(other)
    }

    /// Whether the value is a string with exactly this text, escapes resolved.
    public func equals(_ other: StaticString) -> Bool {
        guard kind == .string else { return false }
        let text = text
        if !node.isSpecial { return text.equals(other) }
        return JSONEscapes.resolved(text).raw.equals(other)
    }

    /// The member of this name, or nil. Looks at every member: for many, walk `members` once.
    public subscript(name: StaticString) -> JSONValue? {
        @_lifetime(copy self)
        get {
            var members = members
            while let member = members.next() {
                if member.name.equals(name) { return member.value }
            }
            return nil
        }
    }

    /// The member whose name is these bytes, or nil.
    public subscript(name: RawSpan) -> JSONValue? {
        @_lifetime(copy self)
        get {
            var members = members
            while let member = members.next() {
                if member.name.equals(name) { return member.value }
            }
            return nil
        }
    }

    /// The members in order; none for other kinds.
    public var members: JSONMembers {
        @_lifetime(copy self)
        get { JSONMembers(self) }
    }

    /// The elements in order; none for other kinds.
    public var elements: JSONElements {
        @_lifetime(copy self)
        get { JSONElements(self) }
    }

    /// The value at another place of the tape.
    @_lifetime(copy self)
    func at(_ index: Int) -> JSONValue { JSONValue(bytes: bytes, nodes: nodes, index: index) }
}

/// A member of an object.
public struct JSONMember: ~Escapable {
    /// Its name; `kind` is `.string`.
    public let name: JSONValue
    /// Its value.
    public let value: JSONValue

    @_lifetime(copy name, copy value)
    init(name: JSONValue, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Walks the members of an object.
public struct JSONMembers: ~Escapable {
    private let object: JSONValue
    private var index: Int
    private let end: Int

    @_lifetime(copy object)
    init(_ object: JSONValue) {
        index = object.index + 1
        end = object.kind == .object ? Int(object.node.next) : index
        self.object = object
    }

    /// The next member, nil after the last.
    @_lifetime(copy self)
    public mutating func next() -> JSONMember? {
        guard index < end else { return nil }
        let value = object.at(index + 1)
        let member = JSONMember(name: object.at(index), value: value)
        index = Int(value.node.next)
        return member
    }
}

/// Walks the elements of an array.
public struct JSONElements: ~Escapable {
    private let array: JSONValue
    private var index: Int
    private let end: Int

    @_lifetime(copy array)
    init(_ array: JSONValue) {
        index = array.index + 1
        end = array.kind == .array ? Int(array.node.next) : index
        self.array = array
    }

    /// The next element, nil after the last.
    @_lifetime(copy self)
    public mutating func next() -> JSONValue? {
        guard index < end else { return nil }
        let element = array.at(index)
        index = Int(element.node.next)
        return element
    }
}
