package import GatehouseCore

/// The start line and fields of a received message, as places in the buffer that holds them.
///
/// Nothing is copied and no String made until somebody asks. One per connection, reused; the places
/// are good while the buffer's written bytes stay where they are.
public final class MessageHead {
    /// One field line: its name's id and the places of name and value (without outer white space).
    package struct Line: Sendable {
        package var id: UInt8
        package var name: ByteRange
        package var value: ByteRange

        package init(id: UInt8, name: ByteRange, value: ByteRange) {
            self.id = id
            self.name = name
            self.value = value
        }
    }

    /// The field lines; clearing keeps the memory and costs nothing.
    package struct Lines: RandomAccessCollection, Sendable {
        private var storage: [Line] = []
        package private(set) var endIndex = 0
        package var startIndex: Int { 0 }

        package init() {}

        package subscript(index: Int) -> Line {
            precondition(index < endIndex)
            return storage[index]
        }

        @inline(__always)
        package mutating func append(_ line: Line) {
            if endIndex < storage.count {
                storage[endIndex] = line
            } else {
                if storage.isEmpty { storage.reserveCapacity(16) }
                storage.append(line)
            }
            endIndex &+= 1
        }

        package mutating func removeAll() { endIndex = 0 }
    }

    /// All but the lines and the buffer, as one value without memory of its own.
    struct Parts: Sendable {
        var method: Method = .get
        var status = 0
        var minorVersion = 1
        var target = ByteRange.none
        var path = ByteRange.none
        var query: ByteRange?
        var authority: ByteRange?
        var present = FieldSet()
        var framing = BodyFraming.none
        var keepsAlive = true
        var expectsContinue = false
        var byteCount = 0
    }

    // Stored apart and only ever read, set or swapped in one step: the compiler then proves that no
    // two accesses meet, and the hot path pays for no check of it.
    private var parts = Parts()
    private var storedLines = Lines()
    private var source: Buffer?
    /// How often the head was reset: a parser notices that an unfinished head was.
    private(set) var generation = 0

    /// The memory that the places point into; set by whoever read the message.
    package var buffer: Buffer? {
        get { source }
        set { source = newValue }
    }
    /// Method of a request.
    public package(set) var method: Method {
        get { parts.method }
        set { parts.method = newValue }
    }
    /// Status of a response, 100 to 599; 0 for a request.
    public package(set) var status: Int {
        get { parts.status }
        set { parts.status = newValue }
    }
    /// Minor version of HTTP/1.
    public package(set) var minorVersion: Int {
        get { parts.minorVersion }
        set { parts.minorVersion = newValue }
    }
    /// The whole request target as sent.
    package var target: ByteRange {
        get { parts.target }
        set { parts.target = newValue }
    }
    /// The target's path, as sent: what rules match and what is forwarded.
    package var path: ByteRange {
        get { parts.path }
        set { parts.path = newValue }
    }
    /// The target's query without `?`, or nil.
    package var query: ByteRange? {
        get { parts.query }
        set { parts.query = newValue }
    }
    /// Authority of an absolute-form target, or nil.
    package var authority: ByteRange? {
        get { parts.authority }
        set { parts.authority = newValue }
    }
    /// The field lines in order.
    package var lines: Lines {
        get { storedLines }
        set { storedLines = newValue }
    }
    /// Known names that occur.
    package var present: FieldSet {
        get { parts.present }
        set { parts.present = newValue }
    }
    /// How the body is framed.
    package var framing: BodyFraming {
        get { parts.framing }
        set { parts.framing = newValue }
    }
    /// Whether the peer allows another message on this connection.
    package var keepsAlive: Bool {
        get { parts.keepsAlive }
        set { parts.keepsAlive = newValue }
    }
    /// Whether the client waits for `100 Continue`.
    package var expectsContinue: Bool {
        get { parts.expectsContinue }
        set { parts.expectsContinue = newValue }
    }
    /// Bytes of start line and fields with their final empty line.
    package var byteCount: Int {
        get { parts.byteCount }
        set { parts.byteCount = newValue }
    }

    /// An empty head.
    public init() {}

    /// Swaps the lines for another's, for the sake of their memory.
    func swapLines(_ other: inout Lines) { swap(&other, &storedLines) }

    /// Forgets the message, keeps the memory.
    package func reset() {
        source = nil
        storedLines.removeAll()
        parts = Parts()
        generation &+= 1
    }

    /// The bytes at a place of this head.
    @_lifetime(borrow self)
    package func bytes(_ range: ByteRange) -> RawSpan {
        guard let buffer else { return RawSpan() }
        return unsafe _overrideLifetime(buffer.written.slice(range), borrowing: self)
    }

    /// The text at a place of this head; bytes that are no UTF-8 become U+FFFD.
    package func text(_ range: ByteRange) -> String {
        let bytes = bytes(range)
        return String(lossy: bytes)
    }

    /// Whether a field of this name was sent.
    public func contains(_ name: FieldName) -> Bool {
        if name.id != FieldName.unknown { return present.contains(name.id) }
        return lines.contains { matches($0, name) }
    }

    /// Place of the first value of this name.
    package func value(_ name: FieldName) -> ByteRange? {
        guard name.id == FieldName.unknown || present.contains(name.id) else { return nil }
        return lines.first { matches($0, name) }?.value
    }

    /// The first value of this name, as text.
    public subscript(name: FieldName) -> String? {
        value(name).map(text)
    }

    /// All values of this name, in order.
    public func values(of name: FieldName) -> [String] {
        lines.filter { matches($0, name) }.map { text($0.value) }
    }

    /// How many lines a field has.
    package func count(of name: FieldName) -> Int {
        var count = 0
        for line in lines where matches(line, name) { count &+= 1 }
        return count
    }

    private func matches(_ line: Line, _ name: FieldName) -> Bool {
        guard line.id == name.id else { return false }
        if line.id != FieldName.unknown { return true }
        return text(line.name).lowercased() == name.description
    }
}

/// How long a message's body is (RFC 9112 section 6.3).
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// Exactly this many bytes; never 0.
    case length(Int)
    /// Chunked transfer coding.
    case chunked
    /// Until the connection closes; responses only.
    case untilClose
}
