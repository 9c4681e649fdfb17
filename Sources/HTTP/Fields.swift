package import GatehouseCore

/// The header fields of a response, held as the bytes that go on the wire.
///
/// Appending renders `Name: value CRLF` at once; sending is one copy. Names and values that could
/// split a message cannot get in: a control byte in a value is refused with `FieldError`.
public struct Fields: Sendable {
    struct Entry: Sendable {
        var id: UInt8
        var line: ByteRange
        var nameCount: Int32
    }

    package private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    package private(set) var present = FieldSet()

    /// No fields, and no memory.
    public init() {}

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }
    /// How many field lines there are.
    public var count: Int { entries.count }

    /// Whether a field of this name is there.
    public func contains(_ name: FieldName) -> Bool {
        if name.id != FieldName.unknown { return present.contains(name.id) }
        return entries.contains { matches($0, name) }
    }

    /// The first value of this name, as text.
    public subscript(name: FieldName) -> String? {
        guard name.id == FieldName.unknown || present.contains(name.id) else { return nil }
        guard let entry = entries.first(where: { matches($0, name) }) else { return nil }
        return String(lossy: bytes.raw.slice(valueRange(entry)))
    }

    /// All values of this name, in order.
    public func values(of name: FieldName) -> [String] {
        entries.filter { matches($0, name) }
            .map { String(lossy: bytes.raw.slice(valueRange($0))) }
    }

    /// Every line as name and value, in order; for tests and logs.
    public var lines: [(name: String, value: String)] {
        entries.map { entry in
            let name = ByteRange(start: Int(entry.line.start), count: Int(entry.nameCount))
            return (
                String(lossy: bytes.raw.slice(name)),
                String(lossy: bytes.raw.slice(valueRange(entry)))
            )
        }
    }

    /// Adds a line, keeping those of the same name.
    /// - Throws: `FieldError` if `value` holds a byte that no field value may hold (RFC 9110
    ///   section 5.5): nothing was added.
    public mutating func append(_ name: FieldName, _ value: String) throws(FieldError) {
        let value = Array(value.utf8)
        guard value.allSatisfy(\.isFieldValueByte) else { throw .forbiddenByte(in: name) }
        append(name, trusted: value.raw)
    }

    /// Replaces all lines of this name by one.
    public mutating func set(_ name: FieldName, _ value: String) throws(FieldError) {
        let value = Array(value.utf8)
        guard value.allSatisfy(\.isFieldValueByte) else { throw .forbiddenByte(in: name) }
        remove(name)
        append(name, trusted: value.raw)
    }

    /// Adds a line whose value is fixed text.
    package mutating func append(_ name: FieldName, _ value: StaticString) {
        let start = beginLine(name)
        bytes.append(value)
        endLine(name, from: start)
    }

    /// Adds a line whose value bytes were checked before: by the parser, or by being ours.
    package mutating func append(_ name: FieldName, trusted value: RawSpan) {
        let start = beginLine(name)
        bytes.append(value)
        endLine(name, from: start)
    }

    /// Adds a line whose value `write` appends; the value must be ours or checked.
    package mutating func append(_ name: FieldName, writing write: (inout [UInt8]) -> Void) {
        let start = beginLine(name)
        write(&bytes)
        endLine(name, from: start)
    }

    /// Adds a line of a received message: its name's and value's bytes as they came.
    package mutating func append(id: UInt8, name: RawSpan, trusted value: RawSpan) {
        let start = bytes.count
        bytes.append(name)
        bytes.append(": ")
        bytes.append(value)
        finish(id: id, nameCount: name.byteCount, from: start)
    }

    /// Adds lines rendered at start-up in one copy.
    package mutating func append(_ rendered: Fields) {
        let base = Int32(truncatingIfNeeded: bytes.count)
        bytes.append(contentsOf: rendered.bytes)
        for entry in rendered.entries {
            var entry = entry
            entry.line.start += base
            entries.append(entry)
        }
        present.formUnion(rendered.present)
    }

    /// Removes every line of this name.
    public mutating func remove(_ name: FieldName) {
        guard contains(name) else { return }
        var kept = Fields()
        for entry in entries where !matches(entry, name) { kept.copy(entry, from: self) }
        self = kept
    }

    /// Removes every line whose known name is in `names`.
    package mutating func remove(_ names: FieldSet) {
        guard entries.contains(where: { names.contains($0.id) }) else { return }
        var kept = Fields()
        for entry in entries where !names.contains(entry.id) { kept.copy(entry, from: self) }
        self = kept
    }

    /// Place of the first value of this name in `bytes`.
    package func place(of name: FieldName) -> ByteRange? {
        guard name.id == FieldName.unknown || present.contains(name.id) else { return nil }
        return entries.first { matches($0, name) }.map(valueRange)
    }

    /// Removes the lines whose id and name as sent are unwanted; costs no memory when none is.
    package mutating func removeAll(where isUnwanted: (_ id: UInt8, _ name: RawSpan) -> Bool) {
        var index = 0
        while index < entries.count, !holds(isUnwanted, at: index) { index += 1 }
        guard index < entries.count else { return }
        var kept = Fields()
        for other in entries.indices where !holds(isUnwanted, at: other) {
            kept.copy(entries[other], from: self)
        }
        self = kept
    }

    private func holds(_ test: (UInt8, RawSpan) -> Bool, at index: Int) -> Bool {
        let entry = entries[index]
        let all = bytes.raw
        let name = ByteRange(start: Int(entry.line.start), count: Int(entry.nameCount))
        return test(entry.id, all.slice(name))
    }

    /// Empties it but keeps its memory for the next message.
    package mutating func recycle() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        present = FieldSet()
    }

    private mutating func copy(_ entry: Entry, from other: Fields) {
        var moved = entry
        moved.line.start = Int32(truncatingIfNeeded: bytes.count)
        bytes.append(other.bytes.raw.slice(entry.line))
        entries.append(moved)
        present.insert(entry.id)
    }

    private mutating func beginLine(_ name: FieldName) -> Int {
        let start = bytes.count
        if name.id == FieldName.unknown {
            bytes.append(contentsOf: name.description.utf8)
        } else {
            bytes.append(KnownFields.names[Int(name.id)])
        }
        bytes.append(": ")
        return start
    }

    private mutating func endLine(_ name: FieldName, from start: Int) {
        let nameCount =
            name.id == FieldName.unknown
            ? name.description.utf8.count : KnownFields.names[Int(name.id)].utf8CodeUnitCount
        finish(id: name.id, nameCount: nameCount, from: start)
    }

    private mutating func finish(id: UInt8, nameCount: Int, from start: Int) {
        bytes.append(0x0D)
        bytes.append(0x0A)
        entries.append(
            Entry(
                id: id, line: ByteRange(start: start, count: bytes.count - start),
                nameCount: Int32(truncatingIfNeeded: nameCount)))
        present.insert(id)
    }

    private func valueRange(_ entry: Entry) -> ByteRange {
        ByteRange(
            start: Int(entry.line.start) + Int(entry.nameCount) + 2,
            count: Int(entry.line.count) - Int(entry.nameCount) - 4)
    }

    private func matches(_ entry: Entry, _ name: FieldName) -> Bool {
        guard entry.id == name.id else { return false }
        if entry.id != FieldName.unknown { return true }
        let range = ByteRange(start: Int(entry.line.start), count: Int(entry.nameCount))
        return String(lossy: bytes.raw.slice(range)).lowercased() == name.description
    }
}

/// Why a field line was refused.
public enum FieldError: Error, Equatable, Sendable {
    /// The value held CR, LF, NUL or another control byte: sent, it could split the message.
    case forbiddenByte(in: FieldName)
}

extension UInt8 {
    /// Whether the byte may stand in a field value: tab, visible ASCII, space, obs-text.
    @inline(__always)
    package var isFieldValueByte: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }
}
